"""What runs once a day: payloads that nobody refers to are removed, and what is old is deleted."""

import time
from collections.abc import Awaitable, Callable, Sequence

from temporalio.client import Client

from segue.runtime.daily import MAINTENANCE_QUEUE
from segue.runtime.payloads.collection import PayloadCollectionWorkflow
from segue.runtime.payloads.collection_activities import CollectionActivities
from segue.runtime.payloads.histories import TemporalHistories
from segue.runtime.payloads.stores import PayloadStore
from segue.runtime.pruning import PruningWorkflow
from segue.runtime.pruning_activities import PruningActivities
from segue.runtime.worker import WorkerParts
from segue.storage.pruning import PrunedRows


def maintenance_parts(
    clients: Sequence[Client],
    stores: Sequence[PayloadStore],
    prune: Callable[[], Awaitable[Sequence[PrunedRows]]],
) -> WorkerParts:
    """The worker's share of maintenance.

    Args:
        clients: One of every namespace whose runs use the stores.
        stores: All that payloads may lie in.
        prune: Deletes what is old, by the settings.
    """
    histories = [TemporalHistories(client) for client in clients]
    collection = CollectionActivities(histories, stores, time.time)
    return WorkerParts(
        task_queue=MAINTENANCE_QUEUE,
        workflows=[PayloadCollectionWorkflow, PruningWorkflow],
        activities=[collection.collect_payloads, PruningActivities(prune).prune_old],
    )
