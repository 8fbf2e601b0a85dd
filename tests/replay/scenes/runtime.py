"""The upkeep: of payloads, and of what is old."""

from collections.abc import Sequence

from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.payloads.collection import PayloadCollectionWorkflow
from segue.runtime.payloads.collection_activities import CollectionRequest
from segue.runtime.payloads.sql_store import SqlPayloads
from segue.runtime.pruning import PruningWorkflow
from segue.runtime.worker import build_worker
from segue.storage.pruning import PrunedRows
from segue.wiring.maintenance import maintenance_parts
from tests.replay.stage import Histories, Scene, all_runs, new_database

NOTHING = "PayloadCollection.nothing"
SOME = "Pruning.some"


async def some_rows() -> Sequence[PrunedRows]:
    """As if some were deleted."""
    return (PrunedRows("syncs", 2, 0), PrunedRows("imports", 0, 0))


async def collection(server: Endpoint) -> Histories:
    """Nothing to collect."""
    client = await connect(server.address, {})
    async with new_database() as database:
        parts = maintenance_parts([client], (SqlPayloads(database),), some_rows)
        async with build_worker(client, parts):
            await client.execute_workflow(
                PayloadCollectionWorkflow.run,
                CollectionRequest(),
                id="collection",
                task_queue=parts.task_queue,
            )
            return {NOTHING: await all_runs(client, "collection")}


async def pruning(server: Endpoint) -> Histories:
    """Some rows are old."""
    client = await connect(server.address, {})
    parts = maintenance_parts([client], (), some_rows)
    async with build_worker(client, parts):
        await client.execute_workflow(
            PruningWorkflow.run, id="pruning", task_queue=parts.task_queue
        )
        return {SOME: await all_runs(client, "pruning")}


SCENES = (Scene((NOTHING,), collection), Scene((SOME,), pruning))
