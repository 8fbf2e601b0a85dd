"""What the event tables need not keep: the events of turns that ended long ago."""

from collections.abc import Sequence

import sqlalchemy as sa

from segue.sessions.events.tables import EVENTS, STREAMS
from segue.storage.pruning import Expiry


def event_expiries(before: float) -> Sequence[Expiry]:
    """The events of turns that ended before a moment; epoch seconds."""
    is_over = STREAMS.c.finished_at < before
    of_them = EVENTS.c.turn.in_(sa.select(STREAMS.c.turn).where(is_over))
    return (
        Expiry("events of turns", EVENTS, of_them, (EVENTS.c.data,)),
        Expiry("turns with events", STREAMS, is_over),
    )
