"""What this process asks of a catalogue, counted for Prometheus."""

from prometheus_client import Counter, Histogram

from segue.observability.process_metrics import PROCESS

NO_ANSWER = "none"

REQUESTS = Counter(
    "segue_catalogue_requests_total",
    "Requests to the catalogue; status: HTTP's, 429 among them, or none without an answer.",
    ("request", "status"),
    registry=PROCESS,
)
SECONDS = Histogram(
    "segue_catalogue_request_duration_seconds",
    "Until the catalogue answered.",
    ("request",),
    registry=PROCESS,
)
