"""The collection of unused payloads as a durable step."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from pydantic import BaseModel, Field
from temporalio import activity

from segue.runtime.heartbeats import heartbeating
from segue.runtime.payloads.collecting import DEFAULT_GRACE, SHORTEST_GRACE, Collected, collect
from segue.runtime.payloads.marking import Histories
from segue.runtime.payloads.stores import PayloadStore


class CollectionRequest(BaseModel, frozen=True):
    """What to collect. Lives in histories: fields are only ever added.

    Attributes:
        grace_seconds: Payloads used within so many seconds stay; at least an hour.
    """

    grace_seconds: float = Field(
        default=DEFAULT_GRACE.total_seconds(), ge=SHORTEST_GRACE.total_seconds()
    )


class CollectionActivities:
    """Activities over the payload stores of one Temporal server.

    Args:
        histories: Every namespace whose runs use the stores.
        stores: The one that is written to, and those that were.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        histories: Sequence[Histories],
        stores: Sequence[PayloadStore],
        clock: Callable[[], float],
    ) -> None:
        self._histories = histories
        self._stores = stores
        self._clock = clock

    @activity.defn(name="payloads-collect")
    async def collect_payloads(self, request: CollectionRequest) -> Collected:
        """Remove payloads that no record refers to.

        Idempotency: a second run goes on where the first one ended, and counts only what it removes
        itself.
        """
        total = Collected()
        async with heartbeating():
            for store in self._stores:
                result = await collect(
                    self._histories,
                    store,
                    now=self._clock(),
                    grace=timedelta(seconds=request.grace_seconds),
                )
                total = total.plus(result)
            return total
