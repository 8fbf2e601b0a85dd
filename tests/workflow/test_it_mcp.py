"""The IT MCP server on a real Temporal: whose state it is, and that it stays."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from mcp import Client
from temporalio.client import Client as TemporalClient, WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from segue.it.it_mcp import it_mcp_server
from segue.it.service import ItService
from segue.it.store import ItSessionStore, place_of
from segue.it.wire.names import IDLE
from segue.platform.mcp.callers import OWNER
from segue.runtime.mcp_meta import IDEMPOTENCY_KEY, THREAD
from tests.fakes.programs.spotify_mcp import Strangers, answer, call, refusal, text_of
from tests.fakes.waiting import until
from tests.fakes.worlds.it_sessions import CountingJira, it_part
from tests.fakes.worlds.temporal import serving
from tests.fakes.worlds.tool_servers import http_client

SOON = timedelta(milliseconds=300)
TOKENS = {"ann": "a-token-of-somebody", "bob": "a-token-of-anybody"}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(sqlite_database, clock):
    return ItSessionStore(sqlite_database, clock)


@pytest.fixture
def jira():
    return CountingJira()


@pytest.fixture
def worker(temporal_client: TemporalClient, sessions, jira):
    @asynccontextmanager
    async def run() -> AsyncGenerator[None]:
        async with serving(temporal_client, [it_part(jira, sessions)]):
            yield

    return run


@pytest.fixture
def server(temporal_client: TemporalClient, sessions):
    """Makes a server, as another process would have it."""

    def make(**options: Any):
        async def service() -> ItService:
            return ItService(temporal_client, sessions)

        return it_mcp_server(service, **options)

    return make


@pytest.fixture
def thread():
    """The ``_meta`` of a conversation of its own."""
    return {THREAD: uuid4().hex}


async def done(server, tool: str, arguments: dict[str, Any] | None, meta: dict[str, Any]):
    result = await call(Strangers(server), tool, arguments, meta)
    assert not result.is_error, text_of(result)
    assert result.structured_content
    return result.structured_content


async def test_the_examples_of_the_documents_work_without_a_login(server, worker, thread):
    async with worker():
        project = await done(server(), "set_jira_project", {"project": "DEMO-123"}, thread)
        metrics = await done(server(), "get_jira_metrics", None, thread)
        tracked = await done(server(), "track_ip", None, thread)
        await done(server(), "track_ip", {"address": "2001:DB8::1"}, thread)
        history = await done(server(), "get_ip_history", None, thread)

    assert project == {"project": "DEMO-123"}
    assert (metrics["project"], metrics["offline"]) == ("DEMO-123", True)
    assert (tracked["address"], tracked["seen"]) == ("127.0.0.1", True)
    assert [(each["address"], each["seen"]) for each in history["addresses"]] == [
        ("127.0.0.1", True),
        ("2001:db8::1", False),
    ]
    assert all(each["at"].endswith("+00:00") for each in history["addresses"])


async def test_without_a_project_the_tool_that_sets_it_is_told(server, worker, thread):
    async with worker():
        result = await call(Strangers(server()), "get_jira_metrics", None, thread)

    assert text_of(result).startswith("[it.no_project]")
    assert "set_jira_project" in text_of(result)


async def test_a_conversation_goes_before_a_handle_and_a_handle_before_the_user(server, worker):
    thread = {THREAD: uuid4().hex}
    async with (
        worker(),
        http_client(server(), token=TOKENS["ann"], users=TOKENS, mode="legacy") as client,
    ):
        session = (await answer(client, "open_it_session"))["session"]
        await answer(client, "set_jira_project", project="MINE")
        await answer(client, "set_jira_project", project="HANDLE", session=session)
        await call(client, "set_jira_project", {"project": "THREAD", "session": session}, thread)

        projects = [
            (await answer(client, "get_jira_metrics"))["project"],
            (await answer(client, "get_jira_metrics", session=session))["project"],
            (await call(client, "get_jira_metrics", {}, thread)).structured_content["project"],
        ]
        seen = await answer(client, "track_ip")

    assert projects == ["MINE", "HANDLE", "THREAD"]
    assert seen["address"] == "192.0.2.7"


async def test_another_connection_of_the_same_user_meets_the_same_state(server, worker):
    async with worker():
        for project in ("FIRST", None):
            async with http_client(server(), token=TOKENS["bob"], users=TOKENS) as client:
                if project:
                    await answer(client, "set_jira_project", project=project)
                else:
                    assert (await answer(client, "get_jira_metrics"))["project"] == "FIRST"


async def test_nobody_meets_the_conversation_or_the_session_of_another(server, worker, thread):
    async with worker():
        async with http_client(server(), token=TOKENS["ann"], users=TOKENS) as ann:
            await call(ann, "set_jira_project", {"project": "SECRET"}, thread)
            session = (await answer(ann, "open_it_session"))["session"]
        async with http_client(server(), token=TOKENS["bob"], users=TOKENS) as bob:
            other = await call(bob, "get_jira_metrics", {}, thread)
            found = await refusal(bob, "get_jira_metrics", session=session)
            closed = await refusal(bob, "close_it_session", session=session)
            listed = await answer(bob, "list_it_sessions")

    assert text_of(other).startswith("[it.no_project]")
    assert found.startswith("[it.session_not_found]")
    assert closed.startswith("[it.session_not_found]")
    assert session not in str(listed)


async def test_an_expired_session_says_so_and_a_closed_one_is_gone(
    server, worker, clock, temporal_client
):
    client = Strangers(server())
    async with worker():
        first = (await answer(client, "open_it_session"))["session"]
        await answer(client, "set_jira_project", project="DEMO", session=first)
        second = (await answer(client, "open_it_session"))["session"]
        sessions = (await answer(client, "list_it_sessions"))["sessions"]
        await answer(client, "close_it_session", session=first)
        gone = await refusal(client, "get_jira_metrics", session=first)
        clock.now += 7 * 86_400 + 1
        expired = await refusal(client, "get_ip_history", session=second)
        after = (await answer(client, "list_it_sessions"))["sessions"]

    assert {each["session"] for each in sessions} == {first, second}
    assert len(first) == 32
    assert gone.startswith("[it.session_not_found]")
    assert expired.startswith("[it.session_expired]")
    assert "7 days" in expired
    assert "open_it_session" in expired
    assert after == []


async def test_a_repeated_call_takes_effect_once_and_its_key_serves_no_other(
    server, worker, thread
):
    once = {**thread, IDEMPOTENCY_KEY: "k"}
    async with worker():
        first = await done(server(), "track_ip", {"address": "192.0.2.1"}, once)
        again = await done(server(), "track_ip", {"address": "192.0.2.1"}, once)
        other = await call(Strangers(server()), "track_ip", {"address": "192.0.2.2"}, once)
        tool = await call(Strangers(server()), "set_jira_project", {"project": "DEMO"}, once)
        history = await done(server(), "get_ip_history", None, thread)

    assert first == again
    assert history["addresses"] == [first]
    assert text_of(other).startswith("[tools.key_taken]")
    assert text_of(tool).startswith("[tools.key_taken]")


async def test_while_its_worker_is_away_a_call_waits_and_takes_effect_once_it_is_back(
    server, worker, thread
):
    waiting = await call(
        Strangers(server(within=SOON)), "track_ip", {"address": "192.0.2.1"}, thread
    )
    key = text_of(waiting).partition('call="')[2].partition('"')[0]
    async with worker():
        await done(server(), "track_ip", {"address": "192.0.2.1", "call": key}, thread)
        history = await done(server(), "get_ip_history", None, thread)

    assert text_of(waiting).startswith("[tools.still_waiting] Still waiting for the IT worker")
    assert len(history["addresses"]) == 1


async def test_what_nobody_asked_before_is_empty(server, thread):
    """Not even a worker is needed."""
    assert (await done(server(), "get_ip_history", None, thread)) == {"addresses": []}


async def test_calls_at_once_are_all_remembered(server, worker, thread):
    addresses = [f"192.0.2.{number}" for number in range(1, 9)]
    async with worker():
        await asyncio.gather(
            *(done(server(), "track_ip", {"address": each}, thread) for each in addresses)
        )
        history = await done(server(), "get_ip_history", None, thread)

    assert sorted(each["address"] for each in history["addresses"]) == sorted(addresses)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("track_ip", {"address": "300.1.1.1"}),
        ("track_ip", {"address": "localhost"}),
        ("set_jira_project", {"project": 'DEMO" OR project = "OTHER'}),
        ("set_jira_project", {"project": ""}),
    ],
)
async def test_arguments_that_do_not_fit_are_refused(server, tool, arguments):
    assert (await refusal(Strangers(server()), tool, **arguments)).startswith("[input.invalid]")


async def test_every_tool_says_what_it_takes_and_how_long_a_session_lives(server):
    async with Client(server()) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    assert list(tools) == [
        *("set_jira_project", "get_jira_metrics", "track_ip", "get_ip_history"),
        *("open_it_session", "list_it_sessions", "close_it_session"),
    ]
    assert "7 days" in (tools["open_it_session"].description or "")
    assert all(tool.output_schema and tool.annotations for tool in tools.values())


async def test_a_session_that_closed_when_idle_is_found_again(
    time_skipping: WorkflowEnvironment, sessions, jira
):
    place = place_of(OWNER, uuid4().hex)
    async with serving(time_skipping.client, [it_part(jira, sessions)]):
        service = ItService(time_skipping.client, sessions)
        await service.set_project(place, "a", "DEMO")
        noted = await service.track_ip(place, "b", "192.0.2.1", seen=True)
        run = time_skipping.client.get_workflow_handle(place.session)

        async def is_closed() -> bool:
            return (await run.describe()).status is WorkflowExecutionStatus.COMPLETED

        await time_skipping.sleep(IDLE)
        await until(is_closed, "the idle session's end")
        closed = await service.ip_history(place)
        again = await service.track_ip(place, "b", "192.0.2.1", seen=True)
        metrics = await service.jira_metrics(place)

    assert closed.addresses == (noted,)
    assert again == noted
    assert metrics.project == "DEMO"
