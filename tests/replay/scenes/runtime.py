"""The upkeep of payloads."""

from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.payloads.collection import PayloadCollectionWorkflow
from segue.runtime.payloads.collection_activities import CollectionRequest
from segue.runtime.payloads.sql_store import SqlPayloads
from segue.runtime.worker import build_worker
from segue.wiring.maintenance import maintenance_parts
from tests.replay.stage import Histories, Scene, all_runs, new_database

NOTHING = "PayloadCollection.nothing"


async def collection(server: Endpoint) -> Histories:
    """Nothing to collect."""
    client = await connect(server.address, {})
    async with new_database() as database:
        parts = maintenance_parts([client], (SqlPayloads(database),))
        async with build_worker(client, parts):
            await client.execute_workflow(
                PayloadCollectionWorkflow.run,
                CollectionRequest(),
                id="collection",
                task_queue=parts.task_queue,
            )
            return {NOTHING: await all_runs(client, "collection")}


SCENES = (Scene((NOTHING,), collection),)
