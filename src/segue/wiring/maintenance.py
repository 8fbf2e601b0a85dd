"""What runs once a day: payloads that nobody refers to any more are removed."""

import time
from collections.abc import Sequence

from temporalio.client import Client

from segue.runtime.payloads.collection import MAINTENANCE_QUEUE, PayloadCollectionWorkflow
from segue.runtime.payloads.collection_activities import CollectionActivities
from segue.runtime.payloads.histories import TemporalHistories
from segue.runtime.payloads.stores import PayloadStore
from segue.runtime.worker import WorkerParts


def maintenance_parts(client: Client, stores: Sequence[PayloadStore]) -> WorkerParts:
    """The worker's share of maintenance, for the namespace of ``client``."""
    collection = CollectionActivities([TemporalHistories(client)], stores, time.time)
    return WorkerParts(
        task_queue=MAINTENANCE_QUEUE,
        workflows=[PayloadCollectionWorkflow],
        activities=[collection.collect_payloads],
    )
