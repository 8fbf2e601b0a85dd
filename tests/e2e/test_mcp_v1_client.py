"""Our MCP servers and the official client of before version 2, which most programs still have."""

import json
import subprocess
import sys
import venv
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from segue.runtime.embedded import EmbeddedTemporal
from segue.runtime.processes import Supervisor
from segue.runtime.roles import Role
from segue.storage.address import database_url
from segue.wiring.database import upgrade_schema
from tests.fakes.data.tracks import TRACKS
from tests.fakes.programs import mcp_v1_client
from tests.fakes.programs.mcp_v1_client import Answers, Visit
from tests.fakes.programs.processes import running_local_catalogue
from tests.fakes.programs.spotify_mcp import ServerProcess
from tests.fakes.programs.worker_processes import WITHIN_S, cluster_settings, end, launch
from tests.fakes.waiting import until

pytestmark = pytest.mark.timeout(180)  # processes, and cold ones
LOCK = Path(__file__).parents[2] / "requirements" / "mcp-v1.txt"
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "spotify": ("search_tracks", {"query": "Harbour Lights"}),
    "finance": ("calculate_roi", {"principal": 10_000.0, "rate": 5.0, "years": 10}),
    "it": ("track_ip", {"address": "192.0.2.9"}),
}
Ask = Callable[..., list[Answers]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory) -> Ask:
    """Lets the older client make visits, in order; skips where its packages cannot be had."""
    environment = tmp_path_factory.mktemp("mcp-v1") / "environment"
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    if complaint := _install(python):
        pytest.skip(f"the packages of {LOCK.name} cannot be had: {complaint}")

    def ask(*visits: Visit) -> list[Answers]:
        process = subprocess.run(
            [str(python), "-I", mcp_v1_client.__file__],
            input=json.dumps(visits),
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout)

    return ask


def _install(python: Path) -> str:
    """Install the locked packages as this machine's pip is set up; what it says where it cannot."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    locked = ["--no-deps", "--require-hashes", "--requirement", str(LOCK)]
    try:
        process = subprocess.run(
            [*pip, "install", "--quiet", "--retries=0", "--timeout=10", *locked],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "pip found no index in two minutes"
    return process.stderr.strip().rpartition("\n")[2] if process.returncode else ""


@dataclass
class Served:
    """The three servers with all that they work with."""

    urls: dict[str, str]
    commands: dict[str, list[str]]
    environment: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory) -> AsyncGenerator[Served]:
    folder = tmp_path_factory.mktemp("served")
    url = database_url(None, folder).render_as_string(hide_password=False)
    with running_local_catalogue(folder, TRACKS) as catalogue:
        temporal = EmbeddedTemporal(folder / "temporal")
        async with temporal, Supervisor([temporal.child()]):
            settings = cluster_settings(folder / "data", temporal.address, url, catalogue.url)
            await upgrade_schema(settings)
            worker = await launch(settings, Role.ALL, only=["finance", "it"])
            servers = {
                name: ServerProcess(
                    settings.environment(), ("--no-jobs",) * (name == "spotify"), name=name
                )
                for name in CALLS
            }
            try:
                await until(worker.is_ready, "the worker", within_s=WITHIN_S)
                for server in servers.values():
                    await server.start()
                yield Served(
                    {name: server.url for name, server in servers.items()},
                    {
                        name: [server.stdio().command, *server.stdio().args]
                        for name, server in servers.items()
                    },
                    settings.environment(),
                )
            finally:
                for server in servers.values():
                    server.end()
                await end(worker.process)


def check_answers(answers: list[Answers]) -> None:
    for name, answer in zip(CALLS, answers, strict=True):
        (result,) = answer["results"]
        tool, _ = CALLS[name]
        assert answer["initialized"]["serverInfo"]["name"] == name
        assert answer["initialized"]["protocolVersion"] == "2025-11-25"
        assert tool in {each["name"] for each in answer["tools"]}
        assert all(each["outputSchema"]["type"] == "object" for each in answer["tools"])
        assert not result.get("isError"), result
    found, grown, tracked = (answer["results"][0]["structuredContent"] for answer in answers)
    assert found["tracks"]
    assert grown["future_value"] == "16288.95"
    assert tracked["address"] == "192.0.2.9"


def test_over_http_all_three_list_their_tools_and_answer(ask: Ask, served: Served):
    check_answers(ask(*(Visit(url=served.urls[name], calls=[CALLS[name]]) for name in CALLS)))


def test_over_stdio_all_three_list_their_tools_and_answer(ask: Ask, served: Served):
    visits = [
        Visit(command=served.commands[name], environment=served.environment, calls=[CALLS[name]])
        for name in CALLS
    ]

    check_answers(ask(*visits))


def test_a_session_of_the_older_protocol_selects_no_state(ask: Ask, served: Served):
    def visit(session: str, *call: Any) -> Visit:
        return Visit(url=served.urls["it"], headers={"Mcp-Session-Id": session}, calls=[call])

    first, second = ask(
        visit("one", "set_jira_project", {"project": "DEMO-123"}),
        visit("two", "get_jira_metrics", {}),
    )

    assert first["results"][0]["structuredContent"] == {"project": "DEMO-123"}
    assert second["results"][0]["structuredContent"]["project"] == "DEMO-123"
