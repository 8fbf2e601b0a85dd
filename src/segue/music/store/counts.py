"""What this process decides about songs, counted for Prometheus."""

from prometheus_client import Counter

from segue.observability.process_metrics import PROCESS

DECIDED = Counter(
    "segue_tracks_decided_total",
    "Songs of playlists that were decided about: accept, review, none, failed.",
    ("decision",),
    registry=PROCESS,
)
