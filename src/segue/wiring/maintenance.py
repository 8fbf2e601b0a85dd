"""What runs once a day: payloads that nobody refers to any more are removed."""

import time
from collections.abc import Sequence

from temporalio.client import Client

from segue.runtime.payloads.collection import MAINTENANCE_QUEUE, PayloadCollectionWorkflow
from segue.runtime.payloads.collection_activities import CollectionActivities
from segue.runtime.payloads.histories import TemporalHistories
from segue.runtime.payloads.stores import PayloadStore
from segue.runtime.worker import WorkerParts


def maintenance_parts(clients: Sequence[Client], stores: Sequence[PayloadStore]) -> WorkerParts:
    """The worker's share of maintenance.

    Args:
        clients: One of every namespace whose runs use the stores.
        stores: All that payloads may lie in.
    """
    histories = [TemporalHistories(client) for client in clients]
    collection = CollectionActivities(histories, stores, time.time)
    return WorkerParts(
        task_queue=MAINTENANCE_QUEUE,
        workflows=[PayloadCollectionWorkflow],
        activities=[collection.collect_payloads],
    )
