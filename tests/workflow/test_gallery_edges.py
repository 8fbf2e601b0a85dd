"""What models may do wrong in patterns of the gallery, and what their callers get."""

import asyncio
from uuid import uuid4

import pytest

from segue.gallery.catalogue import row_of
from segue.gallery.register.parts import gallery_parts
from segue.gallery.service.gallery import workflow_type
from segue.gallery.tools.images import Images
from segue.gallery.tools.toolbox import Toolbox
from segue.llm.config import LlmConfig
from segue.runtime.embedded import Endpoint
from segue.runtime.worker import build_worker
from segue.storage.database import Database
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.steps import Step, text, tool_calls
from tests.fakes.worlds.agents import agent_world

MODEL = "edges"
WITHIN_S = 30.0


@pytest.mark.parametrize(
    ("plan", "says", "asked"),
    [
        ("free", [text("Pay first.")], 2),
        ("paid", [text("By magnets."), text("Magnets.")], 3),
    ],
    ids=["off", "on"],
)
async def test_an_agent_that_is_off_is_not_shown_to_a_model_and_not_run_when_it_is_called(
    temporal_server: Endpoint,
    scripted_openai: ScriptedOpenAI,
    sqlite_database: Database,
    plan: str,
    says: list[Step],
    asked: int,
):
    calling = tool_calls([("ask_expert", {"input": "How does it work?"})])
    await scripted_openai.script(MODEL, [calling, *says])
    row = row_of("agents_as_tools_conditional")
    config = LlmConfig(openai_base_url=scripted_openai.base_url, openai_api_key="test", model=MODEL)
    async with (
        asyncio.timeout(WITHIN_S),
        agent_world(temporal_server, scripted_openai, sqlite_database, config=config) as world,
        world.models(),
        build_worker(world.client, gallery_parts(Toolbox(images=Images(())), [row])[0]),
    ):
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
