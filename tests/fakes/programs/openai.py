"""The scripted OpenAI-compatible server as a process, its handle and its fixtures.

How scripts are chosen and what steps there are: ``tests.fakes.programs.openai_server``.
"""

import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from pydantic import TypeAdapter

from segue.errors.base import SegueError
from segue.runtime.processes import Child, RestartPolicy, Supervisor
from tests.fakes.programs.openai_server.scripts import RecordedCall, Script
from tests.fakes.programs.openai_server.steps import Step
from tests.fakes.programs.warm import command_of

_PROGRAM = "tests.fakes.programs.openai_server"
_CALLS = TypeAdapter(list[RecordedCall])
_COUNTS = TypeAdapter(dict[str, int])


@dataclass(frozen=True)
class ScriptedOpenAI:
    """A handle to a running server; any process may make one from its address.

    Attributes:
        url: Without a path, such as ``http://127.0.0.1:1234``.
    """

    url: str

    @property
    def base_url(self) -> str:
        """What clients take as ``base_url`` or ``api_base``."""
        return f"{self.url}/v1"

    async def script(self, name: str, steps: Sequence[Step], *, keep_bodies: int = 100) -> None:
        """Set a script; one of the same name is replaced and its calls are forgotten.

        Args:
            name: Chosen by a client's API key, by its model, or by ``gpt-scripted:NAME`` as model.
            steps: Played in order, each ``times`` times.
            keep_bodies: So many of the newest calls keep their request body.
        """
        script = Script(name=name, steps=tuple(steps), keep_bodies=keep_bodies)
        await self._ask("POST", "", content=script.model_dump_json())

    async def calls(self, name: str) -> list[RecordedCall]:
        """The calls of a script, in order; ``?`` names those that found no script."""
        return _CALLS.validate_json(await self._ask("GET", f"/calls?name={_quoted(name)}"))

    async def count(self, name: str) -> int:
        """How many calls a script has had."""
        return _COUNTS.validate_json(await self._ask("GET", ""))[name]

    async def release(self, name: str, count: int = 1) -> None:
        """Let as many answers go on that are held (``hold_after``), or will be."""
        await self._ask("POST", f"/release?name={_quoted(name)}&count={count}")

    async def reset(self) -> None:
        """Forget all scripts and calls."""
        await self._ask("DELETE", "")

    async def _ask(self, method: str, path: str, *, content: str | None = None) -> bytes:
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.request(
                method, f"{self.url}/_script{path}", content=content, timeout=30
            )
        assert answer.is_success, f"{method} /_script{path}: {answer.status_code} {answer.text}"
        return answer.content


@asynccontextmanager
async def running_openai(port: int = 0) -> AsyncGenerator[ScriptedOpenAI]:
    """A server in its own process, gone afterwards; it cannot outlive this process.

    Args:
        port: 0: any free one.
    """
    with tempfile.TemporaryDirectory(prefix="scripted-openai-") as folder:
        ready = Path(folder) / "port"

        async def is_ready() -> bool:
            return ready.exists()

        child = Child(
            name="scripted OpenAI server",
            argv=[*command_of(_PROGRAM), "--port", str(port), "--ready-file", str(ready)],
            log_path=Path(folder) / "server.log",
            failure=SegueError,
            ready=is_ready,
            grace=timedelta(0),  # it has nothing to save
        )
        # One that ended has lost its scripts: it is not started again.
        async with Supervisor([child], policy=RestartPolicy(crashes=0)):
            yield ScriptedOpenAI(f"http://127.0.0.1:{int(ready.read_text(encoding='utf-8'))}")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def openai_process() -> AsyncGenerator[ScriptedOpenAI]:
    """One server for all tests of a process; tests take ``scripted_openai``."""
    async with running_openai() as server:
        yield server


@pytest.fixture
async def scripted_openai(openai_process: ScriptedOpenAI) -> ScriptedOpenAI:
    """A server without scripts and calls."""
    await openai_process.reset()
    return openai_process


def _quoted(name: str) -> str:
    return str(httpx2.QueryParams({"": name}))[1:]
