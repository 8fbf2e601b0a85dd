"""Webhooks from the event to the receiver, on a Temporal server."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from segue.runs.events import Event
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.workflow.approvals import Decision
from segue.runtime.worker import WorkerParts, build_replayer
from segue.storage.database import Database
from segue.webhooks.activities import DeliveryActivities
from segue.webhooks.sending.addresses import AllowedHosts
from segue.webhooks.service.announcing import Announcer
from segue.webhooks.service.webhooks import Webhooks
from segue.webhooks.store.webhook_store import WebhookStore
from segue.webhooks.wire import WEBHOOKS_QUEUE
from segue.webhooks.workflows import WebhookDeliveryWorkflow
from tests.fakes.doubles.scripted_http import Reply, scripted_server
from tests.fakes.programs.openai_server.steps import text, tool_calls
from tests.fakes.waiting import until
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.temporal import serving

EVENT = Event(id="evt_1", type="turn.ended", at=1_800_000_000.0, data={"turn": 3})
LOOPBACK = AllowedHosts(["127.0.0.1"])
DONE = Reply(204, b"")


def parts(store: WebhookStore) -> list[WorkerParts]:
    activities = DeliveryActivities(store, LOOPBACK)
    return [
        WorkerParts(
            task_queue=WEBHOOKS_QUEUE,
            workflows=[WebhookDeliveryWorkflow],
            activities=[activities.deliver],
        )
    ]


def service(store: WebhookStore, client: Client) -> Webhooks:
    async def opened(_namespace: str | None = None) -> Client:
        return client

    return Webhooks(store, LOOPBACK, opened)


async def deliver(client: Client, delivery: str) -> WorkflowHandle[Any, Any]:
    """Time is skipped for those alone who wait for what they started."""
    return await client.start_workflow(
        WebhookDeliveryWorkflow.run,
        delivery,
        id=f"webhook-{delivery}",
        task_queue=WEBHOOKS_QUEUE,
    )


async def run_of(client: Client, delivery: str) -> WorkflowHandle[Any, Any]:
    """Of the latest run."""
    name = f"webhook-{delivery}"
    run_id = (await client.get_workflow_handle(name).describe()).run_id
    return client.get_workflow_handle(name, run_id=run_id)


async def state_of(webhooks: Webhooks) -> Any:
    page = await webhooks.deliveries()
    return [(row.type, row.state, row.attempts) for row in page.deliveries]


async def test_a_receiver_that_is_away_for_a_day_is_told_when_it_is_back(
    time_skipping: WorkflowEnvironment, sqlite_database: Database
):
    store, client = WebhookStore(sqlite_database), time_skipping.client
    webhooks = service(store, client)
    began = await time_skipping.get_current_time()
    async with serving(client, parts(store)), scripted_server(*[Reply(503)] * 6, DONE) as receiver:
        new = await webhooks.add(receiver.url, ["turn.ended"])
        handle = await deliver(client, await store.enqueue_for(EVENT, new.webhook.id))
        assert await handle.result() == "delivered"
        history = await handle.fetch_history()
        await build_replayer([WebhookDeliveryWorkflow]).replay_workflow(history)

    assert await state_of(webhooks) == [("turn.ended", "delivered", 7)]
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert await time_skipping.get_current_time() - began > timedelta(hours=15)
    assert new.secret not in history.to_json()
    assert receiver.url not in history.to_json()


async def test_what_nobody_takes_is_given_up_and_may_be_sent_again(
    time_skipping: WorkflowEnvironment, sqlite_database: Database
):
    store, client = WebhookStore(sqlite_database), time_skipping.client
    webhooks = service(store, client)
    async with serving(client, parts(store)), scripted_server(Reply(500)) as receiver:
        new = await webhooks.add(receiver.url, ["turn.ended"])
        delivery = await store.enqueue_for(EVENT, new.webhook.id)
        assert await (await deliver(client, delivery)).result() == "failed"
        assert await state_of(webhooks) == [("turn.ended", "failed", 10)]

        receiver.script(DONE)
        await webhooks.send_again(delivery)
        assert await (await run_of(client, delivery)).result() == "delivered"
    assert await state_of(webhooks) == [("turn.ended", "delivered", 1)]


async def test_a_question_and_the_end_of_a_turn_are_told_once_and_without_what_was_said(
    agents: AgentWorld,
):
    store = WebhookStore(agents.database)
    webhooks = service(store, agents.client)

    async def client() -> Client:
        return agents.client

    agents = await agents.announcing(Announcer(store, client))
    await agents.openai.script("a", [tool_calls([("transfer", {"amount": 100})]), text("Secret.")])
    async with (
        serving(agents.client, parts(store)),
        scripted_server(DONE) as receiver,
        agents.worker([Chat], TOOLS),
    ):
        new = await webhooks.add(receiver.url, ["approval.waiting", "turn.ended"])
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        reply = asyncio.create_task(send_message(chat, say("Pay 100.")))

        async def told(count: int) -> bool:
            return len(receiver.received) == count

        await until(lambda: told(1), "the question is told")
        (request,) = await pending_approvals(chat)
        await decide(chat, Decision(request_id=request.id, approve=True, who="ann"))
        await reply
        await until(lambda: told(2), "the end of the turn is told")
        await webhooks.test(new.webhook.id)
        await until(lambda: told(3), "the test is told")

    question, end, _ = (json.loads(call.body) for call in receiver.received)
    assert question["type"] == "approval.waiting"
    assert question["data"]["tool"] == "transfer"
    assert question["data"]["arguments_sha256"] == request.arguments_sha256
    assert end["type"] == "turn.ended"
    assert end["data"]["status"] == "ok"
    assert not any(b"amount" in call.body or b"Secret" in call.body for call in receiver.received)
