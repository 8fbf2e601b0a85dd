"""Deliveries to webhooks: taken at once, and given up at once."""

from temporalio.client import WorkflowHistory

from segue.runs.events import Event
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.worker import WorkerParts, build_worker
from segue.webhooks.activities import DeliveryActivities
from segue.webhooks.sending.addresses import AllowedHosts
from segue.webhooks.store.webhook_store import WebhookStore
from segue.webhooks.wire import WEBHOOKS_QUEUE
from segue.webhooks.workflows import WebhookDeliveryWorkflow
from tests.fakes.doubles.scripted_http import Reply, scripted_server
from tests.replay.stage import Histories, Scene, all_runs, new_database

AGAIN, GONE = "WebhookDelivery.again", "WebhookDelivery.gone"
EVENT = Event(id="evt_scene", type="turn.ended", at=1_800_000_000.0, data={"turn": 1})


async def deliveries(server: Endpoint) -> Histories:
    """One that is taken at the second try, and one whose receiver is gone."""
    client = await connect(server.address, {})
    histories: dict[str, list[WorkflowHistory]] = {}
    async with new_database() as database:
        store = WebhookStore(database)
        activities = DeliveryActivities(store, AllowedHosts(["127.0.0.1"]))
        parts = WorkerParts(
            task_queue=WEBHOOKS_QUEUE,
            workflows=[WebhookDeliveryWorkflow],
            activities=[activities.deliver],
        )
        async with (
            build_worker(client, parts),
            scripted_server(Reply(503), Reply(204, b""), Reply(410)) as receiver,
        ):
            webhook = await store.add(receiver.url, ["turn.ended"], "whsec_c2NlbmU=")
            for name in (AGAIN, GONE):
                event = EVENT.model_copy(update={"id": f"evt_{name}"})
                delivery = await store.enqueue_for(event, webhook.id)
                await client.execute_workflow(
                    WebhookDeliveryWorkflow.run, delivery, id=name, task_queue=WEBHOOKS_QUEUE
                )
                histories[name] = await all_runs(client, name)
    return histories


SCENES = (Scene((AGAIN, GONE), deliveries),)
