"""A credential's value stays in the worker, whatever the model, the service and the run do."""

import json
import logging
from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError

from segue.gallery.patterns.secrets import SecretsWorkflow
from segue.gallery.tools.credentials import Credentials
from segue.gallery.tools.warehouse import Warehouse
from segue.llm.config import LlmConfig
from segue.runtime.embedded import Endpoint
from segue.storage.database import Database
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.steps import text, tool_calls
from tests.fakes.worlds.agents import AgentWorld, agent_world

VALUE = "kestrel-4711-under-the-mat"  # no form that the log's own net knows
LOOK_UP = tool_calls([("stock_of", {"item": "lamp"})])


def echoing_service(token: str, item: str) -> str:
    return f"12 of {item}, asked with {token}"


@pytest.mark.parametrize(
    ("credential", "warehouse", "told"),
    [
        (
            "tenant",
            Warehouse(Credentials({"tenant": VALUE}), echoing_service),
            "asked with [credential tenant]",
        ),
        ("tenant", Warehouse(Credentials({"tenant": VALUE})), "unknown token [credential tenant]"),
        ("other", Warehouse(Credentials({"tenant": VALUE})), "has no credential"),
    ],
    ids=["the service says it back", "the service refuses it", "the worker has none"],
)
async def test_the_value_of_a_credential_is_in_no_history_log_database_or_question_of_a_model(
    temporal_server: Endpoint,
    scripted_openai: ScriptedOpenAI,
    sqlite_database: Database,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    credential: str,
    warehouse: Warehouse,
    told: str,
):
    caplog.set_level(logging.DEBUG)
    # The model asks for another credential first: the tool has no word for it.
    stray = tool_calls([("stock_of", {"item": "lamp", "credential": "admin"})])
    await scripted_openai.script("stock", [stray, LOOK_UP, text("Twelve.")])
    config = LlmConfig(
        model="stock", openai_base_url=scripted_openai.base_url, openai_api_key="test"
    )
    async with agent_world(
        temporal_server, scripted_openai, sqlite_database, config=config
    ) as world:
        history = await history_of(world, warehouse, credential)
    calls = await scripted_openai.calls("stock")
    questions = json.dumps([call.body for call in calls])
    database = contents_of(tmp_path)

    assert "do not fit the tool's schema" in questions
    events = b"".join(history)
    assert f'"credential":"{credential}"'.encode() in events
    assert b'"credential":"admin"' not in events
    assert told in questions
    places = {
        "history": events,
        "database": database,
        "log": caplog.text.encode(),
        "questions": questions.encode(),
    }
    assert [place for place, content in places.items() if VALUE.encode() in content] == []


def contents_of(folder: Path) -> bytes:
    """All files of a folder, in one."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def history_of(world: AgentWorld, warehouse: Warehouse, credential: str) -> list[bytes]:
    """The events of a run, however it ended."""
    async with world.worker([SecretsWorkflow], [warehouse.stock_of]):
        run = await world.start(SecretsWorkflow.run, "How many lamps are there?", credential)
        try:
            await run.result()
        except WorkflowFailureError as failure:
            assert VALUE not in str(failure.cause)  # noqa: PT017 - any end is fine, but for this
        return [event.SerializeToString() for event in (await run.fetch_history()).events]
