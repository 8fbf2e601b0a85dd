"""Record how agents run under the contract, in all its ways, for the tests of replay.

python -m scripts.record_agent_histories

The agents SDK is workflow code: a new version of it, or a change of the contract, must replay what
began before. As with ``record_histories``, a file that exists stays as it is.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.record_histories import FOLDER, all_runs, numbered, write
from segue.runs.contracts import Budget, RunOutcome
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.workflow.approvals import Decision
from segue.runtime.embedded import EmbeddedTemporal, Endpoint
from segue.runtime.payloads.collection import PayloadCollectionWorkflow
from segue.runtime.payloads.collection_activities import CollectionRequest
from segue.runtime.payloads.sql_store import SqlPayloads
from segue.runtime.processes import Supervisor
from segue.runtime.worker import build_worker
from segue.storage.address import database_url
from segue.storage.database import Database
from segue.wiring.maintenance import maintenance_parts
from tests.fakes.agent_workflows import AskOnce, PlainRunner, weather
from tests.fakes.agents import AgentWorld, agent_world
from tests.fakes.openai import running_openai
from tests.fakes.openai_server.faults import FAULTS
from tests.fakes.openai_server.steps import Step, UseTool, text, tool_calls, use_tool
from tests.fakes.thread_workflows import TOOLS, Chat, ChatSetup, chat_setup, say
from tests.fakes.waiting import until

PAY = tool_calls([("transfer", {"amount": 1}), ("transfer", {"amount": 2})])


@dataclass
class Case:
    """A chat to record.

    Attributes:
        script: What its model says.
        setup: How it goes.
        messages: What it is told.
        meanwhile: Done while the last message is answered.
    """

    script: list[Step]
    setup: ChatSetup
    messages: tuple[str, ...] = ("Hello.",)
    meanwhile: Callable[[AgentWorld, str], Awaitable[None]] | None = None


async def approve(world: AgentWorld, workflow_id: str) -> None:
    """Answer two questions: yes to the first, no to the second."""
    chat = world.client.get_workflow_handle(workflow_id)

    async def asked() -> bool:
        return len(await pending_approvals(chat)) == 2

    await until(asked, "two questions")
    for number, request in enumerate(await pending_approvals(chat)):
        decision = Decision(request_id=request.id, approve=number == 0, who="ann", reason="so")
        await decide(chat, decision)


def cases() -> dict[str, Case]:
    """Every way of a chat."""
    pages = use_tool(UseTool(tool="page", arguments='{"number": $n}', times=3), times=None)
    many = use_tool(UseTool(tool="page", arguments='{"number": $n}', times=6), times=None)
    return {
        "two-turns": Case([text("Hi."), text("Bye.")], chat_setup("x"), ("Hello.", "Go.")),
        "tools": Case([pages], chat_setup("x")),
        "approvals": Case([PAY, text("Half.")], chat_setup("x", approval=True), meanwhile=approve),
        "asked-across-runs": Case(
            [text("Hi."), PAY, text("Half.")],
            chat_setup("x", approval=True, renewal_bytes=4_000),
            ("Hello.", "Pay."),
            approve,
        ),
        "renewed-between-turns": Case(
            [text("Hi.", times=None)], chat_setup("x", renewal_turns=2), ("1", "2", "3", "4", "5")
        ),
        "renewed-in-a-turn": Case([many], chat_setup("x", renewal_bytes=9_000, max_turns=20)),
        "out-of-budget": Case([pages], chat_setup("x", budget=Budget(turns=2))),
        "tried-again": Case(
            [FAULTS["server error (500)"].model_copy(update={"times": 1}), text("Hi.")],
            chat_setup("x"),
        ),
        "no-answer": Case([FAULTS["wrong key (401)"]], chat_setup("x")),
    }


async def record(world: AgentWorld, name: str, case: Case, folder: Path) -> None:
    """Let one chat go its way, and write down how it went."""
    await world.openai.script(name, case.script)
    setup = case.setup.model_copy(update={"model": f"gpt-scripted:{name}"})
    chat = await world.start(Chat.run, setup, id=f"chat-{name}")
    outcome: RunOutcome | None = None
    for message in case.messages:
        reply = asyncio.create_task(send_message(chat, say(message)))
        if case.meanwhile is not None and message == case.messages[-1]:
            await case.meanwhile(world, chat.id)
        outcome = await reply
    await chat.signal(Chat.end_chat)
    await chat.result()
    print(f"{name}: {outcome and (outcome.output or outcome.failure)}")
    for label, history in numbered(name, await all_runs(world.client, chat.id)).items():
        write(folder / f"Chat.{label}.json", history)


async def record_others(world: AgentWorld, folder: Path) -> None:
    """The workflows that are no chats."""
    await world.openai.script("o", [tool_calls([("weather", {"city": "Rome"})]), text("Sunny.")])
    for kind in (AskOnce, PlainRunner):
        await world.openai.script(
            "o", [tool_calls([("weather", {"city": "Rome"})]), text("Sunny.")]
        )
        handle = await world.start(kind.run, "gpt-scripted:o", "Weather?", id=kind.__name__)
        await handle.result()
        write(folder / f"{kind.__name__}.tool.json", await handle.fetch_history())
    parts = maintenance_parts([world.client], (SqlPayloads(world.database),))
    async with build_worker(world.client, parts):
        handle = await world.client.start_workflow(
            PayloadCollectionWorkflow.run,
            CollectionRequest(),
            id="collection",
            task_queue=parts.task_queue,
        )
        await handle.result()
        write(folder / "PayloadCollection.nothing.json", await handle.fetch_history())


async def main() -> None:
    """Record what is missing."""
    folder = FOLDER / version("segue")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        database = Database(database_url(None, Path(data)))
        await database.migrate()
        async with (
            EmbeddedTemporal(Path(data)) as temporal,
            Supervisor([temporal.child()]),
            running_openai() as openai,
            agent_world(
                Endpoint(address=temporal.address, ui_url=temporal.ui_url), openai, database
            ) as world,
            world.worker([Chat, AskOnce, PlainRunner], [*TOOLS, weather]),
        ):
            for name, case in cases().items():
                await record(world, name, case, folder)
            await record_others(world, folder)
        await database.aclose()


if __name__ == "__main__":
    asyncio.run(main())
    time.sleep(0.1)  # the SDK's threads end; see segue.runtime.client
