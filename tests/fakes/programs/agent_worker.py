"""A worker for agents in its own process: to be killed, or to kill itself at a chosen moment.

Its parts are those of ``tests.fakes.worlds.agents``, over the same database, model server and
Temporal. A file in its folder named after one of ``MOMENTS`` is a trap: the first worker
that comes there takes the file away and dies by SIGKILL.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.assistant.activities import AssistantActivities
from segue.assistant.agents.rules import assistant_rules
from segue.assistant.tool_activities import ToolServerActivities
from segue.assistant.tool_servers import ToolServers
from segue.assistant.weather import SampleWeather, Weather
from segue.assistant.workflows.orchestrator import DurableAgentWorkflow
from segue.errors.base import SegueError
from segue.llm.answers import Answer, Listener, ModelRequest
from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.runs.ports import AgentPorts
from segue.runs.register import model_parts, plugins_for
from segue.runs.store.effects import Effect, EffectLedger
from segue.runtime.client import connect
from segue.runtime.processes import Child, RestartPolicy, Supervisor
from segue.runtime.signals import stop_on_signals
from segue.runtime.worker import WorkerParts, run_workers
from segue.sessions.operations import Appended
from segue.sessions.rows import UNNAMED, Opening
from segue.sessions.store import ConversationStore
from segue.sessions.turns import Item
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.programs.warm import command_of
from tests.fakes.waiting import is_alive, until
from tests.fakes.workflows.killed import HOLD_S, Counter, post, wire
from tests.fakes.worlds.agents import AgentWorld, agent_ports

ANSWER_STORED = "answer-stored"  # and Temporal does not know yet that the model has answered
EFFECT_RECORDED = "effect-recorded"  # and Temporal does not know yet that the tool has ended
MODEL_ASKED = "model-asked"  # and it has not answered
TOOL_BEGUN = "tool-begun"  # the weather, and nobody knows it yet
MOMENTS = (ANSWER_STORED, EFFECT_RECORDED, MODEL_ASKED, TOOL_BEGUN)

_PROGRAM = "tests.fakes.programs.agent_worker"


# --- the test's side ---


@dataclass(frozen=True)
class AgentWorkers:
    """Worker processes of one world.

    Attributes:
        folder: Of logs, of traps, and of what tools write.
    """

    world: AgentWorld
    folder: Path
    supervisor: Supervisor

    async def start(self, *names: str) -> None:
        """Start workers; each asks for work when this returns."""
        for name in names:
            await self.supervisor.start(self._child(name))

    async def kill(self, name: str) -> None:
        """SIGKILL: no chance to clean up."""
        pid = self.supervisor.pid(name)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not is_alive(pid), "the end of a worker")

    def trap(self, moment: str) -> None:
        """The first worker that comes to this moment dies there."""
        assert moment in MOMENTS
        (self.folder / moment).touch()

    def sprung(self, moment: str) -> bool:
        """Whether a worker has died there."""
        return not (self.folder / moment).exists()

    def _child(self, name: str) -> Child:
        ready = self.folder / f"{name}.ready"

        async def is_ready() -> bool:
            return ready.exists()

        world = self.world
        options = {
            "--temporal": world.server.address,
            "--queue": world.queue,
            "--database": world.database.url.render_as_string(hide_password=False),
            "--models": world.openai.base_url,
            "--folder": str(self.folder),
            "--ready-file": str(ready),
        }
        flat = [word for option in options.items() for word in option]
        return Child(
            name=name,
            argv=[*command_of(_PROGRAM), *flat],
            log_path=self.folder / f"{name}.log",
            failure=SegueError,
            ready=is_ready,
        )


@asynccontextmanager
async def agent_workers(
    world: AgentWorld, folder: Path, *, restarted: bool = False
) -> AsyncGenerator[AgentWorkers]:
    """Hands for worker processes, none of which is started yet; all are gone afterwards.

    Args:
        world: What they stand on.
        folder: Theirs alone.
        restarted: One that was killed is started again.
    """
    policy = RestartPolicy(crashes=100 if restarted else 0)
    async with Supervisor(policy=policy) as supervisor:
        yield AgentWorkers(world, folder, supervisor)


# --- the worker's side ---


@dataclass(frozen=True)
class _Traps:
    folder: Path
    in_transaction: set[str] = field(default_factory=set[str])

    def committed(self) -> None:
        """The transaction has ended; what waited for that has passed."""
        for moment in self.in_transaction:
            self.passed(moment)
        self.in_transaction.clear()

    def passed(self, moment: str) -> None:
        try:
            (self.folder / moment).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


class _TrappedDatabase(Database):
    def __init__(self, url: URL, traps: _Traps) -> None:
        super().__init__(url)
        self._traps = traps

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        async with super().writing() as connection:
            yield connection
        if self._transaction() is None:
            self._traps.committed()


class _TrappedStore(ConversationStore):
    def __init__(self, database: Database, traps: _Traps) -> None:
        super().__init__(database)
        self._traps = traps

    async def append(
        self,
        conversation: str,
        operation: str,
        items: Sequence[Item],
        *,
        note: str = "",
        opening: Opening = UNNAMED,
    ) -> Appended:
        appended = await super().append(conversation, operation, items, note=note, opening=opening)
        if operation.endswith("/answer"):
            self._traps.in_transaction.add(ANSWER_STORED)
        return appended


class _TrappedLedger(EffectLedger):
    def __init__(self, database: Database, traps: _Traps) -> None:
        super().__init__(database)
        self._traps = traps

    async def finish(self, key: str, result: str) -> Effect:
        effect = await super().finish(key, result)
        self._traps.passed(EFFECT_RECORDED)
        return effect


class _TrappedWeather(SampleWeather):
    def __init__(self, traps: _Traps) -> None:
        self._traps = traps

    async def current(self, city: str) -> Weather:
        self._traps.passed(TOOL_BEGUN)
        return await super().current(city)


def _ports(database: Database, pool: ModelPool, traps: _Traps) -> AgentPorts:
    ports = agent_ports(database, pool, stall_seconds=HOLD_S)

    async def ask(request: ModelRequest, listener: Listener | None) -> Answer:
        traps.passed(MODEL_ASKED)
        return await ports.ask(request, listener)

    return replace(
        ports,
        ask=ask,
        conversations=_TrappedStore(database, traps),
        effects=_TrappedLedger(database, traps),
    )


async def _serve(given: argparse.Namespace) -> None:
    traps = _Traps(Path(given.folder))
    database = _TrappedDatabase(database_url(given.database, Path()), traps)
    config = LlmConfig(openai_base_url=given.models, openai_api_key="test")
    pool = ModelPool(config, rules=RuleBook(*assistant_rules()))
    ports = _ports(database, pool, traps)
    client = await connect(given.temporal, {}, plugins=plugins_for(ports))
    tools = AssistantActivities(_TrappedWeather(traps))
    server_tools = ToolServerActivities(ToolServers([]))
    parts = WorkerParts(
        task_queue=given.queue,
        workflows=[Counter, DurableAgentWorkflow],
        activities=[
            wire,
            post,
            tools.calculate,
            tools.current_weather,
            server_tools.refresh_tools,
            server_tools.call_tool,
        ],
    )
    try:
        with stop_on_signals() as stop:
            await asyncio.to_thread(Path(given.ready_file).touch)
            await run_workers(client, [parts, model_parts(ports)], stop=stop)
    finally:
        await pool.aclose()
        await database.aclose()


def main() -> None:
    """Run a worker until SIGTERM."""
    parser = argparse.ArgumentParser()
    for name in ("temporal", "queue", "database", "models", "folder", "ready-file"):
        parser.add_argument(f"--{name}", required=True)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
