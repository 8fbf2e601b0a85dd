"""Workers for music by agents that kill themselves at chosen steps, and whoever starts the next.

A step is the type of an activity, or ``workflow TYPE``. A file in a worker's folder that is named
after a moment and a step is a trap: the first worker that comes there takes the file away, stays
where it is, and dies by SIGKILL a moment later, with whatever else it has in progress.
"""

import asyncio
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy.engine import URL
from temporalio import activity, workflow
from temporalio.plugin import SimplePlugin
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.music.agents.rules import music_rules
from segue.music.catalogues.open import open_local
from segue.music.register.worker import music_parts
from segue.music.store.music_store import music_store
from segue.runs.register import model_parts, plugins_for
from segue.runtime.client import connect
from segue.runtime.worker import run_workers
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.histories import WORKFLOW
from tests.fakes.programs.warm import command_of
from tests.fakes.worlds.agents import agent_ports
from tests.fakes.worlds.music import AT_ONCE
from tests.fakes.worlds.music_agents import OFFLINE
from tests.fakes.worlds.strategies import spotify_over

BEFORE = "before"  # the step is the worker's, and nothing of it is done
AFTER = "after"  # its effect is there, and nobody else knows

_QUIET_S = 1.0  # steps that come to their traps within it share a kill, and so its costs
_WORKFLOWS_HELD_S = 1.2  # Temporal takes one that stands still for two seconds for broken
_OTHERS_END_S = 10.0
_FEW_TRIES = 5  # one of them is lost in a trap at most
_TRAPS = "traps"
_SPRUNG = "sprung"

_LOG = "worker.log"
_PROGRAM = "tests.fakes.programs.music_agent_worker"


class Given(BaseModel, frozen=True):
    """What a worker stands on.

    Attributes:
        temporal: ``host:port``.
        namespace: The only one that it serves.
        catalogue: URL of the local catalogue service.
        folder: Of the database, of traps and of the log; for the workers that follow it, too.
    """

    temporal: str
    namespace: str
    catalogue: str
    folder: Path

    def database(self) -> URL:
        """A file; somebody has migrated it."""
        return database_url(None, self.folder)


def traps_of(steps: Iterable[str]) -> set[str]:
    """Names of the traps for these; when a workflow's code has run, nothing has happened yet."""
    return {
        f"{moment} {step}"
        for step in steps
        for moment in ((BEFORE,) if step.startswith(WORKFLOW) else (BEFORE, AFTER))
    }


# --- the test's side ---


@dataclass
class TrappedWorkers:
    """One worker at a time, and the next as soon as that one has died.

    Attributes:
        given: To each of them.
        died: Process ids of those that have.
    """

    given: Given
    died: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        for name in (_TRAPS, _SPRUNG):
            (self.given.folder / name).mkdir(parents=True)

    def trap(self, steps: Iterable[str]) -> None:
        """A worker dies at every moment of each of these."""
        for name in traps_of(steps):
            (self.given.folder / _TRAPS / name).touch()

    def waiting(self) -> list[str]:
        """Traps to which no worker has come."""
        return sorted(path.name for path in (self.given.folder / _TRAPS).iterdir())

    def sprung(self) -> dict[str, int]:
        """Traps in which a worker has died, and which one."""
        sprung = (path.name.rpartition(" ") for path in (self.given.folder / _SPRUNG).iterdir())
        return {name: int(pid) for name, _, pid in sprung}

    async def kept_up(self) -> None:
        """Let there be a worker until this is cancelled.

        Raises:
            AssertionError: One died that was in no trap.
        """
        while True:
            process = await self._started()
            try:
                await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            assert process.pid in self.sprung().values(), self._log()
            self.died.append(process.pid)

    async def _started(self) -> asyncio.subprocess.Process:
        with (self.given.folder / _LOG).open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command_of(_PROGRAM),
                self.given.model_dump_json(),
                env={**os.environ, "OPENAI_AGENTS_DISABLE_TRACING": "1"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _log(self) -> str:
        return (self.given.folder / _LOG).read_text(encoding="utf-8")[-2_000:]


# --- the worker's side ---


async def _serve(given: Given) -> None:
    database = Database(given.database())
    catalogue = open_local(given.catalogue)
    pool = ModelPool(LlmConfig(), rules=RuleBook(*music_rules()))
    ports = agent_ports(database, pool)
    store = music_store(database, catalogue=catalogue.name, rules="test", clock=time.time)
    plugins = [
        *plugins_for(ports, mcp_servers=spotify_over(catalogue, database)),
        # The last is the innermost: after the effect, and before the ledger knows of it.
        SimplePlugin("tests.Traps", interceptors=[_Trapped(_Traps(given.folder))]),
    ]
    client = await connect(given.temporal, {}, namespace=given.namespace, plugins=plugins)
    music = music_parts(catalogue, store, search_concurrency=4, settle=AT_ONCE, agent_plan=OFFLINE)
    await run_workers(client, [*music, model_parts(ports)], stop=asyncio.Event())


class _Traps:
    """The traps of this process; it dies once no other step has come to its own for a moment.

    Attributes:
        untrapped: Activities that are at work.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._dies_at = math.inf
        self._latest = math.inf
        self.untrapped = 0

    async def passed(self, moment: str, step: str) -> None:
        """Go on where there is no trap, else never."""
        if self._taken(f"{moment} {step}"):
            self._die_soon()
            await asyncio.Event().wait()

    def begun(self, workflow_type: str) -> None:
        """The same, in a workflow's thread."""
        if self._taken(f"{BEFORE} {WORKFLOW}{workflow_type}"):
            self._latest = min(self._latest, time.monotonic() + _WORKFLOWS_HELD_S)
            self._die_soon()
            threading.Event().wait()

    def _taken(self, name: str) -> bool:
        with suppress(FileNotFoundError):
            # One step, for the process may end between any two.
            taken = self._folder / _SPRUNG / f"{name} {os.getpid()}"
            (self._folder / _TRAPS / name).rename(taken)
            return True
        return False

    def _die_soon(self) -> None:
        alive = math.isinf(self._dies_at)
        self._dies_at = min(time.monotonic() + _QUIET_S, self._latest)
        if alive:
            threading.Thread(target=self._die, daemon=True).start()

    def _die(self) -> None:
        while (left := self._dies_at - time.monotonic()) > 0:
            time.sleep(left)
        # What is in no trap ends first: on a busy machine the same step would die with others again
        # and again, until it has no try left.
        latest = min(self._latest, time.monotonic() + _OTHERS_END_S)
        while self.untrapped and time.monotonic() < latest:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)


class _Trapped(Interceptor):
    def __init__(self, traps: _Traps) -> None:
        self._traps = traps

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        return _TrappedActivity(next, self._traps)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - Temporal's name
    ) -> type[WorkflowInboundInterceptor]:
        input.unsafe_extern_functions["tests_begun"] = self._traps.begun
        return _TrappedWorkflow


class _TrappedActivity(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, traps: _Traps) -> None:
        super().__init__(following)
        self._traps = traps

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
        step, may_die = activity.info().activity_type, _may_be_killed(activity.info())
        if may_die:
            await self._traps.passed(BEFORE, step)
        self._traps.untrapped += 1
        try:
            result = await super().execute_activity(input)
        finally:
            self._traps.untrapped -= 1
        if may_die:
            await self._traps.passed(AFTER, step)
        return result


def _may_be_killed(info: activity.Info) -> bool:
    """Whether a try is left after it; dying with others must not be what uses them up."""
    most = info.retry_policy.maximum_attempts if info.retry_policy else 0
    return info.attempt == 1 or most > _FEW_TRIES


class _TrappedWorkflow(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 - Temporal's name
        begun: Callable[[str], None] = workflow.extern_functions()["tests_begun"]
        begun(workflow.info().workflow_type)
        return await super().execute_workflow(input)


if __name__ == "__main__":
    asyncio.run(_serve(Given.model_validate_json(sys.argv[1])))
