"""The end of a sync: its songs are counted, and whoever wants to know is told."""

import time

from temporalio import activity

from segue.music.contracts.tracks import TrackStatus
from segue.music.store.outcomes import OutcomeStore
from segue.music.wire.names import ANNOUNCE_SYNC_END
from segue.music.wire.syncs import SyncEnd
from segue.runs.events import Announce, Event, EventType, event_id


class EndingActivities:
    """Counts and announces ends of syncs.

    Args:
        outcomes: Where songs are counted.
        announce: Who tells others.
    """

    def __init__(self, outcomes: OutcomeStore, announce: Announce) -> None:
        self._outcomes = outcomes
        self._announce = announce

    @activity.defn(name=ANNOUNCE_SYNC_END)
    async def announce_sync_end(self, end: SyncEnd) -> None:
        """Count the songs of a real sync; announce the end, and that songs wait for a person.

        Raises:
            StorageError: The database is away.
            TemporalUnreachableError: Temporal is.

        Idempotency: the sync's row says that its songs are counted; each event has an id that is
        made from the sync's, so it is told once.
        """
        if not end.dry_run:
            await self._outcomes.count_songs(end.run_id, end.counts)
        await self._announce(_event("sync.ended", end))
        if end.counts.get(TrackStatus.REVIEW) and not end.dry_run:
            await self._announce(_event("reviews.waiting", end))


def _event(type: EventType, end: SyncEnd) -> Event:  # noqa: A002 - the word receivers see
    facts = end.model_dump(mode="json", exclude={"run_id"})
    return Event(
        id=event_id(type, end.run_id),
        type=type,
        at=time.time(),
        data={"workflow_id": activity.info().workflow_id, "sync": end.run_id, **facts},
    )
