"""What models may do wrong in patterns of the gallery, and what their callers get."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause

from segue.gallery.catalogue import row_of
from segue.gallery.register.parts import gallery_parts
from segue.gallery.service.gallery import workflow_type
from segue.gallery.tools.images import Images
from segue.gallery.tools.toolbox import Toolbox
from segue.llm.config import LlmConfig
from segue.runtime.embedded import Endpoint
from segue.runtime.worker import build_worker
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.deciding import decide_first
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.steps import (
    RawReply,
    Step,
    handoff,
    refusal,
    structured,
    text,
    tool_calls,
)
from tests.fakes.worlds.agents import AgentWorld, agent_world
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.gallery import gallery_service

MODEL = "edges"
WITHIN_S = 30.0


on_one_loop = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True)
class Edge:
    """Something that a model does wrong.

    Attributes:
        slug: The pattern.
        fault: What goes wrong.
        says: The model's answers in order.
        ends: The code of the failure, or an expression that the answer has.
        arguments: Of the workflow; none: the first sample's.
    """

    slug: str
    fault: str
    says: tuple[Step, ...]
    ends: str
    arguments: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"{self.slug}, {self.fault}"


WEATHER = tool_calls([("get_weather", {"city": "Rome"})], times=None)
UNHANDLED = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
SPANISH = tool_calls([("translate_to_spanish", {"input": "Good morning"})])
EDGES = (
    Edge("hello_world", "declines", (refusal("No haikus."),), "run.refused"),
    Edge("hello_world", "says nothing", (text("", times=None),), "model.unusable_answer"),
    Edge("hello_world", "calls a tool that is not there", (WEATHER,), "run.too_many_turns"),
    Edge("tools", "calls its tool for ever", (WEATHER,), "run.too_many_turns"),
    Edge(
        "tools",
        "calls its tool with other arguments, and goes on",
        (tool_calls([("get_weather", {"town": 3})]), text("I do not know.")),
        "^I do not know",
    ),
    Edge("deterministic", "judges in prose", (text("Good.", times=None),), "run.invalid_output"),
    Edge(
        "deterministic",
        "judges without a verdict",
        (text("An outline."), structured({"good_quality": True}, times=None)),
        "run.invalid_output",
    ),
    Edge(
        "routing",
        "hands over to nobody who is there, and goes on",
        (handoff("Klingon agent"), text("Hello.")),
        "^Response: Hello",
    ),
    Edge(
        "agents_as_tools",
        "an agent that is a tool declines, and the others go on",
        (SPANISH, refusal("No."), text("Done."), text("Nothing.")),
        "^Nothing",
    ),
    Edge(
        "llm_as_a_judge",
        "judges by a word that is no score",
        (text("Outline."), structured({"feedback": "", "score": "superb"}, times=None)),
        "run.invalid_output",
    ),
    Edge(
        "output_guardrails",
        "says what must not be said",
        (structured({"reasoning": "", "response": "650-1", "user_name": None}),),
        "^Output guardrail triggered",
    ),
    Edge("output_guardrails", "answers in prose", (text("Hi.", times=None),), "run.invalid_output"),
    Edge("input_guardrails", "checks in prose", (text("Hm.", times=None),), "run.invalid_output"),
    Edge("non_strict_output", "tells no JSON", (text("Ha.", times=None),), "run.invalid_output"),
)
OTHERS = ("agents_as_tools_conditional", "hosted_mcp_approval")  # with tests of their own
SLUGS = tuple(dict.fromkeys((*(edge.slug for edge in EDGES), *OTHERS)))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    temporal_server: Endpoint,
    openai_process: ScriptedOpenAI,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[AgentWorld]:
    """One worker of the patterns in the table, answered by the scripted model."""
    database = Database(database_url(None, tmp_path_factory.mktemp("edges")))
    await prepare(database)
    config = LlmConfig(openai_base_url=openai_process.base_url, openai_api_key="test", model=MODEL)
    rows = [row_of(slug) for slug in SLUGS]
    async with (
        agent_world(temporal_server, openai_process, database, config=config) as made,
        AsyncExitStack() as stack,
        made.models(),
    ):
        for part in gallery_parts(Toolbox(images=Images(())), rows):
            await stack.enter_async_context(build_worker(made.client, part))
        yield made
    await database.aclose()


@on_one_loop
@pytest.mark.parametrize("edge", EDGES, ids=str)
async def test_what_a_model_does_wrong_ends_in_a_coded_failure_or_an_answer(
    world: AgentWorld, scripted_openai: ScriptedOpenAI, edge: Edge
):
    await scripted_openai.script(MODEL, edge.says)
    service = gallery_service(world)
    async with asyncio.timeout(WITHIN_S):
        start = await service.start(edge.slug, edge.arguments, owner="edges")
        run = await service.run(edge.slug, start.workflow_id, owner="edges", within=None)
        history = await world.client.get_workflow_handle(start.workflow_id).fetch_history()

    if run.failure is not None:
        assert (run.failure.code, run.status) == (edge.ends, "failed"), run.failure.message
    else:
        assert re.search(edge.ends, str(run.result)), run.result
    stuck = [
        event
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        # Something came while the task was ending, and Temporal gives it out once more.
        and event.workflow_task_failed_event_attributes.cause != UNHANDLED
    ]
    assert stuck == []


@on_one_loop
@pytest.mark.parametrize(
    ("plan", "says", "asked"),
    [
        ("free", [text("Pay first.")], 2),
        ("paid", [text("By magnets."), text("Magnets.")], 3),
    ],
    ids=["off", "on"],
)
async def test_an_agent_that_is_off_is_not_shown_to_a_model_and_not_run_when_it_is_called(
    world: AgentWorld,
    scripted_openai: ScriptedOpenAI,
    plan: str,
    says: list[Step],
    asked: int,
):
    calling = tool_calls([("ask_expert", {"input": "How does it work?"})])
    await scripted_openai.script(MODEL, [calling, *says])
    row = row_of("agents_as_tools_conditional")
    async with asyncio.timeout(WITHIN_S):
        answer: object = await world.client.execute_workflow(
            workflow_type(row.pattern().workflow),
            args=["How does it work?", plan],
            id=f"edges-{uuid4().hex}",
            task_queue=row.queue,
        )

    calls = await scripted_openai.calls(MODEL)
    assert len(calls) == asked
    assert ("ask_expert" in str(calls[0].body)) is (plan == "paid")
    assert answer == ("Magnets." if plan == "paid" else "Pay first.")


def asking_provider() -> Step:
    """A provider that asks whether it may call a tool of a server that it hosts."""
    request = {
        "id": "mcpr_1",
        "type": "mcp_approval_request",
        "server_label": "gitmcp",
        "name": "search_codex_documentation",
        "arguments": '{"query": "language"}',
    }
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": MODEL,
        "output": [request],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    event = {"type": "response.completed", "sequence_number": 0, "response": response}
    body = f"event: response.completed\ndata: {json.dumps(event)}\n\n"
    return Step(raw=RawReply(content_type="text/event-stream", body=body))


@on_one_loop
@pytest.mark.parametrize("approve", [True, False], ids=["yes", "no"])
async def test_a_provider_is_told_what_a_person_decided_about_its_call(
    world: AgentWorld, scripted_openai: ScriptedOpenAI, approve: bool
):
    await scripted_openai.script(MODEL, [asking_provider(), text("Rust.")])
    row = row_of("hosted_mcp_approval")
    async with asyncio.timeout(WITHIN_S):
        run = await world.client.start_workflow(
            workflow_type(row.pattern().workflow),
            args=["Which language is this repo written in?"],
            id=f"edges-{uuid4().hex}",
            task_queue=row.queue,
        )
        request = await decide_first(run, approve=approve, reason="" if approve else "Too early.")
        assert await run.result() == "Rust."

    first, second = await scripted_openai.calls(MODEL)
    assert '"require_approval":"always"' in json.dumps(first.body, separators=(",", ":"))
    assert request.arguments == '{"query": "language"}'
    assert second.body is not None
    answer = second.body["input"][-1]
    assert (answer["type"], answer["approval_request_id"]) == ("mcp_approval_response", "mcpr_1")
    assert answer["approve"] is approve
    assert ("Too early." in answer.get("reason", "")) is not approve
