"""The embedded Temporal server: real starts, real kills, and what refuses to start."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import WorkflowHandle

from segue.errors.temporal import (
    TemporalStartError,
    TemporalUnreachableError,
    TemporalVersionError,
)
from segue.runtime import embedded
from segue.runtime.client import connect, serves
from segue.runtime.embedded import (
    EmbeddedTemporal,
    Endpoint,
    check_disk,
    running_server,
    server_program,
    server_version,
)
from segue.runtime.processes import Supervisor
from segue.runtime.worker import WorkerParts, build_worker
from tests.fakes.waiting import is_alive, until
from tests.fakes.workflows.plumbing import ACTIVITIES, CountWorkflow, GreetWorkflow

_PARTS = WorkerParts(
    task_queue="q", workflows=[CountWorkflow, GreetWorkflow], activities=ACTIVITIES
)


async def has_counted(handle: WorkflowHandle[CountWorkflow, list[int]], steps: int) -> bool:
    return await handle.query(CountWorkflow.count) >= steps


async def test_a_run_outlives_sigkill_of_the_server(tmp_path: Path):
    async with (
        EmbeddedTemporal(tmp_path) as temporal,
        Supervisor([temporal.child()]) as supervisor,
        build_worker(client := await connect(temporal.address, {}), _PARTS),
    ):
        handle = await client.start_workflow(CountWorkflow.run, id="count", task_queue="q")
        for kill in (1, 2):
            await until(lambda: has_counted(handle, 3 * kill), "some steps")  # noqa: B023 - awaited within the round
            pid = supervisor.pid("temporal")
            os.kill(pid, signal.SIGKILL)
            await until(lambda: supervisor.restarts["temporal"] == kill, "a restart")  # noqa: B023 - awaited within the round
        await handle.signal(CountWorkflow.end)
        steps = await handle.result()

    assert steps == list(range(len(steps)))
    assert len(steps) >= 6


async def test_a_run_goes_on_after_everything_was_stopped(tmp_path: Path):
    async with EmbeddedTemporal(tmp_path) as temporal, Supervisor([temporal.child()]):
        client = await connect(temporal.address, {})
        await client.start_workflow(GreetWorkflow.run, "you", id="greet", task_queue="q")

    async with EmbeddedTemporal(tmp_path) as temporal, Supervisor([temporal.child()]):
        client = await connect(temporal.address, {})
        async with build_worker(client, _PARTS):
            answer = await client.get_workflow_handle_for(GreetWorkflow.run, "greet").result()

    assert answer == "hello you"


async def test_given_ports_namespaces_and_search_attributes_are_used(tmp_path: Path):
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        port, ui_port = one.getsockname()[1], two.getsockname()[1]
    temporal = EmbeddedTemporal(
        tmp_path,
        namespaces=["default", "finance", "finance"],
        search_attributes={"SegueKind": "Keyword"},
        port=port,
        ui_port=ui_port,
    )

    async with temporal, Supervisor([temporal.child()]):
        client = await connect(f"127.0.0.1:{port}", {}, namespace="finance")

        assert (temporal.address, temporal.ui_url) == (
            f"127.0.0.1:{port}",
            f"http://127.0.0.1:{ui_port}",
        )
        assert await serves(client, "default")
        assert not await serves(client, "it")
        for namespace in ("default", "finance"):
            listed = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=namespace)
            )
            assert "SegueKind" in listed.custom_attributes
        reader, writer = await asyncio.open_connection("127.0.0.1", ui_port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.0 200")
        writer.close()


async def test_a_namespace_can_be_added_to_data_that_is_there(tmp_path: Path):
    async with EmbeddedTemporal(tmp_path) as temporal, Supervisor([temporal.child()]):
        pass

    later = EmbeddedTemporal(
        tmp_path, namespaces=["it"], search_attributes={"SegueKind": "Keyword"}
    )
    async with later, Supervisor([later.child()]):
        client = await connect(later.address, {}, namespace="it")
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace="it")
        )

    assert "SegueKind" in listed.custom_attributes


async def test_another_process_finds_the_server_while_it_runs(tmp_path: Path):
    assert running_server(tmp_path) is None

    async with EmbeddedTemporal(tmp_path) as temporal:
        assert running_server(tmp_path) == Endpoint(
            address=temporal.address, ui_url=temporal.ui_url
        )

    assert running_server(tmp_path) is None


async def test_a_second_owner_of_the_data_is_refused(tmp_path: Path):
    async with EmbeddedTemporal(tmp_path):
        with pytest.raises(TemporalStartError, match="Another Segue process") as refused:
            await EmbeddedTemporal(tmp_path).__aenter__()

    assert "SEGUE_DATA_DIR" in refused.value.hint


async def test_a_moment_of_asking_who_runs_does_not_refuse_the_owner(tmp_path: Path):
    async with EmbeddedTemporal(tmp_path):
        pass
    asked = 0

    async def ask() -> bool:
        nonlocal asked
        asked += running_server(tmp_path) is None
        return asked == 20

    await until(ask, "twenty questions")
    async with EmbeddedTemporal(tmp_path) as temporal:
        assert running_server(tmp_path) is not None
    assert temporal.address


async def test_data_stays_locked_while_a_server_that_lost_its_owner_lives(tmp_path: Path):
    async with EmbeddedTemporal(tmp_path) as temporal:
        child = temporal.child()
        supervisor = Supervisor([child])
        await supervisor.__aenter__()
    orphan = supervisor.pid("temporal")

    try:
        assert is_alive(orphan)
        with pytest.raises(TemporalStartError, match="Another Segue process"):
            await EmbeddedTemporal(tmp_path).__aenter__()
    finally:
        await supervisor.__aexit__(None, None, None)

    async with EmbeddedTemporal(tmp_path):
        assert not is_alive(orphan)


async def test_data_of_another_version_is_refused_before_anything_starts(tmp_path: Path):
    folder = tmp_path / "temporal"
    async with EmbeddedTemporal(tmp_path):
        installed = (folder / "VERSION").read_text().strip()
    (folder / "temporal.db").touch()
    (folder / "VERSION").write_text("1.29.1\n")

    with pytest.raises(TemporalVersionError) as refused:
        await EmbeddedTemporal(tmp_path).__aenter__()

    assert "written by Temporal server 1.29.1" in refused.value.message
    assert f"installed is {installed}" in refused.value.message
    assert "move the data file away" in refused.value.hint
    assert (folder / "VERSION").read_text() == "1.29.1\n"
    assert running_server(tmp_path) is None


async def test_data_of_an_unrecorded_version_is_refused(tmp_path: Path):
    (tmp_path / "temporal").mkdir()
    (tmp_path / "temporal" / "temporal.db").touch()

    with pytest.raises(TemporalVersionError, match="an unknown version"):
        await EmbeddedTemporal(tmp_path).__aenter__()


async def test_a_record_without_data_is_no_obstacle(tmp_path: Path):
    (tmp_path / "temporal").mkdir()
    (tmp_path / "temporal" / "VERSION").write_text("1.29.1\n")

    async with EmbeddedTemporal(tmp_path):
        assert (tmp_path / "temporal" / "VERSION").read_text() != "1.29.1\n"


@pytest.mark.parametrize("which", ["port", "ui_port"])
async def test_a_port_that_is_taken_is_refused_by_name(tmp_path: Path, which: str):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        with pytest.raises(TemporalStartError, match=f"Port {taken} on 127.0.0.1 is not free"):
            await EmbeddedTemporal(tmp_path, **{which: taken}).__aenter__()


def test_a_disk_that_is_nearly_full_is_refused(tmp_path: Path):
    check_disk(tmp_path, 10**9)

    with pytest.raises(TemporalStartError, match="95 MiB free"):
        check_disk(tmp_path, 10**8)


async def test_a_data_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path):
    (tmp_path / "file").touch()

    with pytest.raises(TemporalStartError, match="cannot be used"):
        await EmbeddedTemporal(tmp_path / "file").__aenter__()


async def test_the_installed_program_says_its_server_version():
    version = await server_version(server_program())

    assert [part.isdigit() for part in version.split(".")] == [True, True, True]


async def test_without_the_package_the_program_on_path_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(embedded, "_PACKAGE", "no-such-package")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TemporalStartError, match="no `temporal` program"):
        server_program()

    program = tmp_path / "temporal"
    shutil.copy("/bin/true", program)

    assert server_program() == program
    with pytest.raises(TemporalStartError, match="names no server version"):
        await server_version(program)


async def test_a_program_that_cannot_be_run_is_an_error(tmp_path: Path):
    (tmp_path / "temporal").write_text("no program")

    with pytest.raises(TemporalStartError, match="cannot be run"):
        await server_version(tmp_path / "temporal")


_OWNER = """
import asyncio, sys
from pathlib import Path
from segue.runtime.embedded import EmbeddedTemporal
from segue.runtime.processes import Supervisor
async def main():
    async with EmbeddedTemporal(Path(sys.argv[1])) as temporal:
        async with Supervisor([temporal.child()]) as supervisor:
            print(supervisor.pid("temporal"), flush=True)
            await supervisor.watch()
asyncio.run(main())
"""


async def test_sigkill_of_the_owner_ends_the_server_and_frees_the_data(tmp_path: Path):
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _OWNER, str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout
    server = int(await owner.stdout.readline())
    found = running_server(tmp_path)
    assert found
    name = uuid.uuid4().hex
    client = await connect(found.address, {})
    await client.start_workflow(GreetWorkflow.run, "you", id=name, task_queue="q")

    owner.kill()
    await owner.wait()

    await until(lambda: not is_alive(server), "the end of the server")
    with pytest.raises(TemporalUnreachableError):
        await connect(found.address, {}, wait=timedelta(milliseconds=200))
    async with EmbeddedTemporal(tmp_path) as temporal, Supervisor([temporal.child()]):
        client = await connect(temporal.address, {})
        assert (await client.get_workflow_handle(name).describe()).id == name
