"""Connections: what is waited for, what is told, and whose settings count."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.service import RPCStatusCode

from segue.errors.settings import SettingsError
from segue.errors.temporal import TemporalUnreachableError
from segue.runtime.client import connect, serves
from segue.runtime.embedded import EmbeddedTemporal, Endpoint
from segue.runtime.processes import Supervisor
from tests.fakes.doubles.scripted_http import closed

_SHORT = timedelta(milliseconds=300)
_NOBODY = "127.0.0.1:9"  # the discard port: nothing listens there


async def test_a_client_waits_for_a_server_that_is_starting(tmp_path: Path):
    async with EmbeddedTemporal(tmp_path) as temporal:
        connecting = asyncio.create_task(connect(temporal.address, {}, wait=timedelta(minutes=1)))
        await asyncio.sleep(0)
        async with Supervisor([temporal.child()]):
            assert await serves(await connecting, "default")


async def test_a_server_that_never_answers_is_told_with_its_address():
    with pytest.raises(TemporalUnreachableError) as told:
        await connect(_NOBODY, {}, wait=_SHORT)

    assert _NOBODY in told.value.message
    assert "refused" in told.value.message
    assert "waited 0.3 s" in told.value.message


async def test_a_namespace_that_does_not_exist_is_told(temporal_server: Endpoint):
    with pytest.raises(TemporalUnreachableError, match=r"'nowhere'.*not found"):
        await connect(temporal_server.address, {}, namespace="nowhere", wait=_SHORT)


async def test_the_environment_names_server_and_namespace(temporal_server: Endpoint):
    environment = {
        "TEMPORAL_ADDRESS": temporal_server.address,
        "TEMPORAL_NAMESPACE": "temporal-system",
    }

    client = await connect(None, environment)

    assert client.namespace == "temporal-system"


async def test_a_profile_file_names_them_too(temporal_server: Endpoint, tmp_path: Path):
    profile = tmp_path / "temporal.toml"
    profile.write_text(f'[profile.default]\naddress = "{temporal_server.address}"\n')

    client = await connect(None, {"TEMPORAL_CONFIG_FILE": str(profile)})

    assert client.namespace == "default"


async def test_a_profile_file_that_cannot_be_read_is_told(tmp_path: Path):
    profile = tmp_path / "temporal.toml"
    profile.write_text("[profile.default\n")

    with pytest.raises(SettingsError, match="Temporal's configuration"):
        await connect(None, {"TEMPORAL_CONFIG_FILE": str(profile)}, wait=_SHORT)


async def test_the_embedded_server_is_reached_whatever_cloud_is_configured(
    temporal_server: Endpoint,
):
    cloud = {
        "TEMPORAL_ADDRESS": "acme.a1b2c.tmprl.cloud:7233",
        "TEMPORAL_API_KEY": "key",
        "TEMPORAL_TLS": "true",
        "TEMPORAL_NAMESPACE": "temporal-system",
    }

    client = await connect(temporal_server.address, cloud)

    assert client.namespace == "temporal-system"


async def test_the_asked_namespace_beats_the_configured_one(temporal_server: Endpoint):
    client = await connect(
        temporal_server.address, {"TEMPORAL_NAMESPACE": "nowhere"}, namespace="default"
    )

    assert client.namespace == "default"


async def test_the_client_says_which_process_it_is(temporal_client: Client):
    assert temporal_client.identity.startswith("segue:")


def frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body


def header(name: bytes, value: bytes) -> bytes:
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


@asynccontextmanager
async def grpc_server_that_says(status: int) -> AsyncGenerator[str]:
    """A server that answers every call with this status and nothing else; yields its address.

    Source: RFC 9113 section 4 (frames), RFC 7541 section 6.2.2 (literals), gRPC over HTTP/2
    (trailers-only answers).
    """
    answer = (
        b"\x88"
        + header(b"content-type", b"application/grpc")
        + header(b"grpc-status", str(status).encode())
        + header(b"grpc-message", b"says the server")
    )

    serving: set[asyncio.Future[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(24)
        writer.write(frame(4, 0, 0, b""))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readexactly(9):
                body = await reader.readexactly(int.from_bytes(head[:3], "big"))
                kind, flags = head[3], head[4]
                if kind == 4 and not flags:
                    writer.write(frame(4, 1, 0, b""))
                if kind == 6 and not flags:
                    writer.write(frame(6, 1, 0, body))
                if kind == 1:
                    writer.write(frame(1, 5, int.from_bytes(head[5:], "big"), answer))

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            await closed(writer)

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.ensure_future(served(reader, writer)))

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


@pytest.mark.parametrize("status", [RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED])
async def test_a_refused_key_is_told_at_once_and_not_waited_for(status: RPCStatusCode):
    async with grpc_server_that_says(status) as address:
        with pytest.raises(TemporalUnreachableError, match="says the server") as told:
            await connect(address, {}, wait=timedelta(seconds=30))

    assert "waited" not in told.value.message


async def test_a_server_that_refuses_a_call_for_another_reason_is_asked_again():
    async with grpc_server_that_says(RPCStatusCode.INTERNAL) as address:
        with pytest.raises(TemporalUnreachableError, match=r"says the server.*waited"):
            await connect(address, {}, wait=_SHORT)
