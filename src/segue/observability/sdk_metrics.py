"""The metrics of Temporal's SDK: pollers, slots, latencies, requests and their failures."""

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from segue.observability.logs import CORE_LOGGING


def serve_sdk_metrics(address: str) -> str:
    """Count for every client that this process connects from now on, and for its workers.

    The SDK serves the numbers itself until the process ends. Its logs go where ``configure`` sent
    them.

    Args:
        address: ``host:port`` on which nothing listens, on loopback: nobody is asked who he is.

    Returns:
        The URL of the numbers, in Prometheus' text format. Names end in their unit and in
        ``_total`` as Prometheus has it; durations are in seconds.

    Raises:
        ValueError: Something listens there.
    """
    exporter = PrometheusConfig(
        bind_address=address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    telemetry = TelemetryConfig(logging=CORE_LOGGING, metrics=exporter)
    Runtime.set_default(Runtime(telemetry=telemetry), error_if_already_set=False)
    return f"http://{address}/metrics"
