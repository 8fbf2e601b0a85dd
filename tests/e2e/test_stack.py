"""The stack of a data folder, as commands share it: real processes, found by their locks."""

import asyncio
import os
import signal
import socket
from dataclasses import replace

import pytest

from segue.errors.settings import SettingsError
from segue.errors.sync import AlreadyRunningError
from segue.errors.temporal import TemporalVersionError
from segue.music.register.values import LOCAL, open_catalogue
from segue.runtime.ports import free_ports
from segue.settings.finance import FinanceSettings
from segue.settings.load import embedded_settings, load_settings
from segue.wiring.app import open_app
from segue.wiring.doctor import examine
from segue.wiring.locks import hold, is_held
from segue.wiring.stack import StackFiles, kill_worker, run_stack
from tests.fakes.programs.spotify_mcp import answer, http_client_of
from tests.fakes.waiting import is_alive, until
from tests.fakes.worlds.stack import on_any_ports

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def settings(tmp_path):
    return embedded_settings(tmp_path)


@pytest.fixture
def files(tmp_path):
    return StackFiles(tmp_path.resolve())


async def local_url(app):
    return await app.platform.companion_url(LOCAL)


async def test_two_commands_share_one_stack_and_the_first_to_end_leaves_it(settings, files):
    async with open_app(settings, "music") as first:
        async with open_app(settings, "music") as second:
            assert await second.platform.ui_url() == await first.platform.ui_url()
            assert await local_url(second) == await local_url(first)
        stack = files.running()
        assert stack is not None
        assert is_alive(stack.pid)
        assert await first.service.runs() == []

    assert files.running() is None
    assert not is_alive(stack.pid)


async def test_a_detached_stack_ends_by_itself_once_nothing_runs(settings, files):
    async with open_app(settings, "music") as app:
        app.detach()
        stack = files.running()
    assert stack is not None
    assert is_alive(stack.pid)

    await until(lambda: not is_alive(stack.pid), "the idle stack's end", within_s=60)

    assert not is_held(files.lock)


async def test_a_second_stack_on_the_folder_is_refused(settings):
    async with open_app(settings, "music"):
        with pytest.raises(AlreadyRunningError, match="running on"):
            await run_stack(settings, announce=lambda _: None)


async def test_why_a_background_stack_did_not_start_reaches_the_command(settings, tmp_path):
    folder = tmp_path / "temporal"
    folder.mkdir()
    (folder / "temporal.db").write_bytes(b"")
    (folder / "VERSION").write_text("0.1.0", encoding="utf-8")

    with pytest.raises(TemporalVersionError, match=r"0\.1\.0"):
        async with open_app(settings, "music"):
            pass


async def test_why_a_worker_does_not_start_reaches_the_command(settings):
    bucketless = settings.payloads.model_copy(update={"store": "s3"})

    with pytest.raises(SettingsError, match="expected a bucket in SEGUE_S3_BUCKET"):
        async with open_app(replace(settings, payloads=bucketless), "music"):
            pass


async def test_the_doctor_fails_where_every_worker_would(settings):
    bucketless = settings.payloads.model_copy(update={"store": "s3"})
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        broken = replace(
            settings,
            payloads=bucketless,
            temporal=settings.temporal.model_copy(update={"port": port}),
            catalogue=settings.catalogue.model_copy(update={"local_port": port}),
            worker=settings.worker.model_copy(update={"probe_port": port}),
        )
        checks = {check.name: check async for check in examine(broken)}

    assert "SEGUE_S3_BUCKET" in checks["Payloads"].detail
    assert f"Port {port} on 127.0.0.1 is not free" in checks["Temporal"].detail
    assert "SEGUE_LOCAL_CATALOGUE_PORT" in checks["Catalogue"].next_step
    assert "SEGUE_PROBE_PORT" in checks["Probes"].next_step
    failing = {name for name, check in checks.items() if check.ok is False}
    assert failing == {"Payloads", "Temporal", "Catalogue", "Probes"}


async def test_a_stack_in_the_foreground_announces_itself_and_drains_on_sigterm(settings, files):
    announced = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(run_stack(on_any_ports(settings), announce=announced.set_result))
    await until(lambda: announced.done() or running.done(), "the stack", within_s=90)
    async with open_app(settings, "music") as app:
        assert await app.service.playlists() == []
    servers = (await announced).companions
    async with http_client_of(servers["Finance MCP server"]) as client:
        grown = await answer(client, "calculate_roi", principal=10_000, rate=5, years=10)
        assert grown["future_value"] == "16288.95"
    async with http_client_of(servers["Spotify MCP server"]) as client:
        assert await answer(client, "list_playlists") == {"playlists": [], "next_offset": None}
    os.kill(os.getpid(), signal.SIGTERM)
    await running

    assert files.running() is None


async def test_a_taken_port_of_an_mcp_server_is_told_before_anything_starts(settings, files):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finance = FinanceSettings.model_construct(mcp_port=port)
        with pytest.raises(
            SettingsError, match=f"Finance MCP server cannot listen .* {port}"
        ) as no:
            await run_stack(
                replace(on_any_ports(settings), brought=(finance,)), announce=lambda _: None
            )

    assert "SEGUE_FINANCE_MCP_PORT" in no.value.hint
    assert not (files.folder / "temporal").exists()


async def test_a_killed_worker_is_replaced(settings, files):
    async with open_app(settings, "music"):
        pid = kill_worker(settings)
        assert pid is not None
        await until(lambda: not is_alive(pid), "the worker's end")

        def replaced() -> bool:
            new = (files.folder / "worker.pid").read_text(encoding="ascii")
            return new != str(pid) and is_alive(int(new))

        await until(replaced, "another worker")


def test_without_a_stack_there_is_no_worker_to_kill(settings):
    assert kill_worker(settings) is None


async def test_a_lock_is_free_again_when_its_holder_lets_go(tmp_path):
    lock = tmp_path / "lock"
    with hold(lock) as mine, hold(lock) as second, hold(lock, shared=True) as third:
        assert (mine, second, third) == (True, False, False)
        assert is_held(lock)
    with hold(lock, shared=True) as one, hold(lock, shared=True) as other:
        assert one
        assert other
    assert not is_held(lock)


async def test_the_doctor_finds_everything_in_order_on_an_empty_folder(settings):
    checks = [check async for check in examine(settings)]

    assert [check.name for check in checks if check.ok is False] == []
    assert {"Python", "Data folder", "Temporal", "Database", "Catalogue"} <= {
        check.name for check in checks if check.ok
    }


async def test_the_doctor_tells_of_a_running_stack(settings):
    async with open_app(settings, "music") as app:
        found = {check.name: check.detail async for check in examine(settings)}

        ui_url = await app.platform.ui_url()
        assert ui_url is not None
        assert ui_url in found["Temporal"]


async def test_the_doctor_names_what_is_wrong_and_hides_secrets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEGUE_CATALOGUE", "spotify")
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "an-id")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.setenv("DATABASE_URL", "mysql://nobody:canary@localhost/x")
    checks = {check.name: check async for check in examine(load_settings())}

    assert checks["Catalogue"].ok is False
    assert checks["Catalogue"].next_step == "Run `segue login spotify`."
    assert checks["Database"].ok is False
    assert "canary" not in str(checks)


def test_spotify_without_a_client_id_is_a_settings_error(settings):
    chosen = settings.catalogue.model_copy(update={"kind": "spotify"})
    asked = type(settings)(**{**vars(settings), "catalogue": chosen})

    with pytest.raises(SettingsError, match="SPOTIFY_CLIENT_ID"):
        open_catalogue(asked, None)


def test_the_local_catalogue_of_somebody_elses_cluster_needs_an_address(settings):
    with pytest.raises(SettingsError, match="SEGUE_LOCAL_CATALOGUE_URL"):
        open_catalogue(settings, None)
