"""What patterns of our own promise beyond their samples: people, ends in the middle, many items."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowHistory
from temporalio.exceptions import CancelledError

from segue.gallery.catalogue import ROWS, row_of
from segue.gallery.patterns.fan_out import FanOutWorkflow, Judgement
from segue.gallery.service.gallery import workflow_type
from segue.gallery.wire import BEYOND
from segue.runs.service.client import decide, pending_approvals
from segue.runs.service.records import AgentRecords
from segue.runs.workflow.approvals import ApprovalRequest, Decision
from segue.runtime.embedded import Endpoint
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.waiting import until
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.gallery import gallery_world

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITHIN_S = 20.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    temporal_server: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[AgentWorld]:
    """One worker of our own patterns."""
    database = Database(database_url(None, tmp_path_factory.mktemp("beyond")))
    await prepare(database)
    rows = [row for row in ROWS if row.queue == BEYOND]
    async with gallery_world(temporal_server, database, rows=rows) as made:
        yield made
    await database.aclose()


async def begin(world: AgentWorld, slug: str, *arguments: object) -> WorkflowHandle[Any, Any]:
    """Start a pattern."""
    return await world.client.start_workflow(
        workflow_type(row_of(slug).pattern().workflow),
        args=list(arguments),
        id=f"{slug}-{uuid4().hex[:8]}",
        task_queue=BEYOND,
    )


async def question_of(run: WorkflowHandle[Any, Any]) -> ApprovalRequest:
    """What it waits for."""
    found: list[ApprovalRequest] = []

    async def waits() -> bool:
        found[:] = await pending_approvals(run)
        return bool(found)

    await until(waits, "a question")
    return found[0]


# --- human_in_the_loop ---


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        ({"approve": True}, "Done: 400 EUR of order A-7 are paid back (a sample: no money moved)."),
        (
            {"approve": True, "arguments": '{"order": "A-7", "euros": 250}'},
            "Done: 250 EUR of order A-7 are paid back (a sample: no money moved).",
        ),
        ({"approve": False, "reason": "It was delivered."}, "Not done: It was delivered."),
    ],
    ids=["yes", "yes with other arguments", "no with a reason"],
)
async def test_a_large_sum_is_paid_back_as_a_person_says(
    world: AgentWorld, decision: dict[str, Any], answer: str
):
    async with asyncio.timeout(WITHIN_S):
        run = await begin(world, "human_in_the_loop", "Pay back 400 euros of order A-7")
        question = await question_of(run)
        waiting = await AgentRecords(world.records(), world.client).approvals()
        await decide(run, Decision(request_id=question.id, who="ann", **decision))
        result = await run.result()

    assert question.id in {each.id for each in waiting.approvals}
    assert result == answer


# --- saga ---


async def test_a_trip_that_is_cancelled_in_the_middle_is_taken_back(world: AgentWorld):
    async with asyncio.timeout(WITHIN_S):
        run = await begin(world, "saga", "Book a trip to Rome")
        await until(lambda: booked(run), "the first booking")
        await run.cancel()
        with pytest.raises(WorkflowFailureError) as failure:
            await run.result()
        started = await activities(run)

    assert isinstance(failure.value.cause, CancelledError)
    assert 1 <= started.count("gallery_book") <= 3
    assert started.count("gallery_take_back") == started.count("gallery_book")


async def booked(run: WorkflowHandle[Any, Any]) -> bool:
    """Whether something was booked."""
    return "gallery_book" in await activities(run)


async def activities(run: WorkflowHandle[Any, Any]) -> list[str]:
    """The types of the activities that a workflow has started, in order."""
    history = await run.fetch_history()
    kinds = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
    ]
    return [kind for kind in kinds if kind]


# --- retry ---


async def test_each_tool_is_tried_as_often_as_its_failure_allows(world: AgentWorld):
    async with asyncio.timeout(WITHIN_S):
        run = await begin(world, "retry", "Prepare a day in Atlantis")
        answer = await run.result()
        history = await run.fetch_history()

    assert answer.splitlines() == [
        "forecast: sun in Atlantis, at try 3 (sample data)",
        "find_hotel: not done. The tool failed (NoHotelThere).",
        "send_card: nobody knows whether it happened, so I did not try again",
    ]
    assert "Row 7" not in answer  # what an error says beside its type
    tries = attempts(history)
    assert tries["gallery_forecast"] == 3
    assert tries["gallery_find_hotel"] == 1
    assert tries["gallery_send_card"] == 2  # the second found it begun, and did not run


def attempts(history: WorkflowHistory) -> dict[str, int]:
    """How many attempts each type of activity took, the last of each type."""
    types = {
        event.event_id: event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    }
    starts = [
        event.activity_task_started_event_attributes
        for event in history.events
        if event.HasField("activity_task_started_event_attributes")
    ]
    return {types[start.scheduled_event_id]: start.attempt for start in starts}


# --- fan_out ---


async def test_thirty_items_are_judged_in_order_and_one_that_fails_loses_no_other(
    world: AgentWorld,
):
    items = [*(f"Song {number} is good" for number in range(29)), "?!"]
    async with asyncio.timeout(WITHIN_S):
        run = await begin(world, "fan_out", items)
        results = await world.client.get_workflow_handle_for(FanOutWorkflow.run, run.id).result()
        progress = await run.query("progress")

    judgements = [Judgement.model_validate(each) for each in results]
    assert [each.item for each in judgements] == items
    assert [each.mood for each in judgements] == ["good"] * 29 + [""]
    assert "declined" in judgements[-1].failure
    assert progress == 30


# --- usage_budget ---


async def test_a_budget_of_nothing_asks_nobody(world: AgentWorld):
    async with asyncio.timeout(WITHIN_S):
        result = await (await begin(world, "usage_budget", "Read the 5 pages", 0)).result()

    assert result.startswith("Stopped: ")
    assert "0 calls of models, 0 of tools" in result
