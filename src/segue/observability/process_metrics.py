"""What this process counts itself, for Prometheus; whoever counts registers here.

Sum these over processes. What stands in the database is the same from every process instead.
"""

from prometheus_client import CollectorRegistry, generate_latest

PROCESS = CollectorRegistry()


def process_metrics() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(PROCESS)
