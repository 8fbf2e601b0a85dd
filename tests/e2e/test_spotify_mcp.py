"""The Spotify MCP server in real processes: restarted between any two calls, killed amid one."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import pytest
from mcp import Client, MCPError

from segue.music.catalogues.local.faults import FaultPlan
from tests.fakes.data.tracks import TRACKS
from tests.fakes.programs.processes import running_local_catalogue
from tests.fakes.programs.spotify_mcp import (
    CHILD,
    ServerProcess,
    answer,
    call,
    environment_of,
    http_client_of,
    refusal,
)
from tests.fakes.waiting import children, until
from tests.fakes.worlds.stack import ADD, Witness

pytestmark = pytest.mark.timeout(400)  # a process starts in two seconds, or in ten on a busy day

LIGHTS, LIVE = TRACKS[0].uri, TRACKS[1].uri
Connect = Callable[[], AbstractAsyncContextManager[Client]]


@pytest.fixture
def catalogue(tmp_path):
    with running_local_catalogue(tmp_path, TRACKS) as running:
        yield running


@pytest.fixture
def server(catalogue, tmp_path):
    process = ServerProcess(environment_of(tmp_path / "data", catalogue.url), ("--no-jobs",))
    yield process
    process.kill()


@pytest.fixture
async def witness(catalogue):
    witness = Witness(catalogue.url)
    yield witness
    await witness.aclose()


async def test_over_stdio_every_call_may_meet_another_process(server, witness):
    @asynccontextmanager
    async def connect() -> AsyncGenerator[Client]:
        async with Client(server.child()) as client:
            yield client

    await _a_playlist_call_by_call(connect, witness)


async def test_over_http_the_server_may_be_killed_between_any_two_calls(server, witness):
    @asynccontextmanager
    async def connect() -> AsyncGenerator[Client]:
        server.kill()
        await server.start()
        async with http_client_of(server.url) as client:
            yield client

    await _a_playlist_call_by_call(connect, witness)


async def test_over_http_one_client_goes_on_over_a_restart(server):
    await server.start()
    async with http_client_of(server.url) as client:
        made = await answer(client, "create_playlist", name="Mine")
        server.kill()
        await server.start()
        read = await answer(client, "get_playlist", playlist_id=made["id"])

    assert (read["name"], read["total"]) == ("Mine", 0)


async def test_a_client_of_the_older_protocol_needs_no_session(server):
    await server.start()
    async with http_client_of(server.url, mode="legacy") as client:
        found = await answer(client, "search_tracks", query="Harbour Lights")
        server.kill()
        await server.start()
        again = await answer(client, "search_tracks", query="Harbour Lights")
        version = client.protocol_version

    assert again == found
    assert version < "2026"


async def test_the_command_serves_until_sigterm_and_ends_well(server):
    await server.start()
    async with http_client_of(server.url) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}

    assert names >= {"search_tracks", "add_to_playlist"}
    assert server.end(signal.SIGTERM) == 0


async def test_killed_amid_an_addition_the_retried_call_adds_once(server, catalogue, witness):
    async with Client(server.child()) as client:
        made = await answer(client, "create_playlist", name="Mine")
    asked = {"playlist_id": made["id"], "track_uris": [LIGHTS]}
    before = await witness.requests(ADD)
    # The request is under way when its sender dies, and takes effect after that.
    catalogue.faults(FaultPlan(slow=1, slow_seconds=1, methods=("POST",), paths=("/items",)))

    with suppress(MCPError, BaseExceptionGroup):
        async with Client(server.child()) as client, asyncio.TaskGroup() as calls:
            calls.create_task(call(client, "add_to_playlist", asked, {"idempotencyKey": "k"}))
            await until(lambda: _asked(witness, before), "the addition")
            _kill_child()
    catalogue.faults(FaultPlan())
    async with Client(server.child()) as client:
        retried = await answer(client, "add_to_playlist", once="k", **asked)
        again = await answer(client, "add_to_playlist", once="k", **asked)

    assert await witness.uris(made["id"]) == [LIGHTS]
    assert retried["already_present"] == [LIGHTS]
    assert again == retried


async def test_two_servers_at_once_add_once_even_without_a_key(server, catalogue, witness):
    catalogue.faults(FaultPlan(slow=1, slow_seconds=0.5, methods=("POST",), paths=("/items",)))
    async with Client(server.child()) as one, Client(server.child()) as other:
        made = await answer(one, "create_playlist", name="Mine")
        await asyncio.gather(
            *(
                answer(client, "add_to_playlist", playlist_id=made["id"], track_uris=[LIGHTS])
                for client in (one, other)
            )
        )

    assert await witness.uris(made["id"]) == [LIGHTS]


async def test_what_cannot_be_reached_is_told_and_the_server_goes_on(server, catalogue):
    async with Client(server.child()) as client:
        catalogue.kill()
        told = await refusal(client, "search_tracks", query="Harbour")
        catalogue.start()
        found = await answer(client, "search_tracks", query="Harbour")

    assert told.startswith("[catalogue.unavailable] ")
    assert found["tracks"]


async def _a_playlist_call_by_call(connect: Connect, witness: Witness) -> None:
    async with connect() as client:
        found = await answer(client, "search_tracks", query="Harbour Lights Ada", limit=5)
    assert LIGHTS in [track["uri"] for track in found["tracks"]]
    async with connect() as client:
        made = await answer(client, "create_playlist", name="Mine", once="1")
    async with connect() as client:
        await answer(
            client, "add_to_playlist", once="2", playlist_id=made["id"], track_uris=[LIGHTS, LIVE]
        )
    async with connect() as client:
        repeated = await answer(
            client, "add_to_playlist", once="2", playlist_id=made["id"], track_uris=[LIGHTS, LIVE]
        )
    assert repeated["added"] == [LIGHTS, LIVE]
    async with connect() as client:
        verified = await answer(client, "verify_track", playlist_id=made["id"], track_uri=LIVE)
    assert verified["positions"] == [1]
    async with connect() as client:
        page = await answer(client, "get_playlist", playlist_id=made["id"], limit=1)
    assert (page["total"], page["next_offset"]) == (2, 1)
    assert await witness.uris(made["id"]) == [LIGHTS, LIVE]


async def _asked(witness: Witness, before: int) -> bool:
    return await witness.requests(ADD) > before


def _kill_child() -> None:
    (child,) = children(CHILD)
    os.kill(child.pid, signal.SIGKILL)
