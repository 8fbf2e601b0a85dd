"""Forgetting what is old as a durable step."""

from collections.abc import Awaitable, Callable, Sequence

from pydantic import BaseModel
from temporalio import activity

from segue.runtime.heartbeats import heartbeating
from segue.storage.pruning import PrunedRows


class Pruned(BaseModel, frozen=True):
    """What was deleted. Lives in histories: fields are only ever added.

    Attributes:
        rows: How many of each kind, without those of which there were none.
    """

    rows: dict[str, int] = {}


class PruningActivities:
    """Activities over the database of one installation.

    Args:
        prune: Deletes what nobody needs, by the settings.
    """

    def __init__(self, prune: Callable[[], Awaitable[Sequence[PrunedRows]]]) -> None:
        self._prune = prune

    @activity.defn(name="prune-old")
    async def prune_old(self) -> Pruned:
        """Delete what ended long ago.

        Idempotency: a second run goes on where the first one ended, and counts only what it deletes
        itself.
        """
        async with heartbeating():
            rows = await self._prune()
        return Pruned(rows={each.what: each.rows for each in rows if each.rows})
