"""Announces events: written down, and on their way before the call returns."""

from collections.abc import Awaitable, Callable

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from segue.runs.events import Event
from segue.runtime.faults import from_failure
from segue.webhooks.store.webhook_store import WebhookStore
from segue.webhooks.wire import DELIVERY_WORKFLOW, WEBHOOKS_QUEUE


class Announcer:
    """Tells webhooks of events; where there are none, an announcement costs nothing.

    Args:
        store: Of webhooks.
        client: Of the configured namespace, opened when there is something to send.
    """

    def __init__(self, store: WebhookStore, client: Callable[[], Awaitable[Client]]) -> None:
        self._store = store
        self._client = client

    async def __call__(self, event: Event) -> None:
        """Announce an event; the same one again is told once.

        Raises:
            StorageError: The database is away.
            TemporalUnreachableError: Temporal is; what was written down is sent once the caller
                announces it again.
        """
        for delivery in await self._store.enqueue(event):
            await start_delivery(await self._client(), delivery)


async def start_delivery(client: Client, delivery: str, *, again: bool = False) -> None:
    """Have a delivery sent; one that is on its way stays as it is.

    Args:
        client: Of the configured namespace.
        delivery: Id, of the store.
        again: Send it although it ended.

    Raises:
        SegueError: Temporal did not take it.
    """
    reuse = WorkflowIDReusePolicy
    try:
        await client.start_workflow(
            DELIVERY_WORKFLOW,
            delivery,
            id=f"webhook-{delivery}",
            task_queue=WEBHOOKS_QUEUE,
            id_reuse_policy=reuse.ALLOW_DUPLICATE if again else reuse.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
            if again
            else WorkflowIDConflictPolicy.FAIL,
        )
    except WorkflowAlreadyStartedError:
        return
    except RPCError as failure:
        raise from_failure(failure) from failure
