"""The local service as a process: what survives a kill, and faults that really happen."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from segue.errors.catalogue import (
    CatalogueUnavailableError,
    OutcomeUnknownError,
    QuotaExceededError,
    RateLimitedError,
)
from segue.errors.settings import SettingsError
from segue.music.catalogues.local.app import LocalFiles
from segue.music.catalogues.local.faults import FaultPlan
from segue.music.catalogues.local.serve import run
from segue.music.catalogues.open import open_local
from segue.music.catalogues.port import read_all_items
from segue.music.catalogues.web_api import WebApiCatalogue
from tests.fakes.data.tracks import TRACKS, track_uri
from tests.fakes.programs.processes import LocalCatalogueProcess, running_local_catalogue
from tests.fakes.waiting import until

ITEMS = ("/items",)


@pytest.fixture
async def client(local_catalogue: LocalCatalogueProcess) -> AsyncIterator[WebApiCatalogue]:
    catalogue = open_local(local_catalogue.url, answer_timeout=timedelta(seconds=20))
    yield catalogue
    await catalogue.aclose()


async def held(client: WebApiCatalogue, playlist_id: str) -> list[str | None]:
    return [item and item.uri for item in await read_all_items(client, playlist_id)]


async def test_a_kill_loses_nothing_that_was_acknowledged(
    local_catalogue: LocalCatalogueProcess, client: WebApiCatalogue
):
    playlist = await client.create_playlist("Kept")
    acknowledged: list[str | None] = []

    for number in range(100, 106):
        await client.add_items(playlist.id, [track_uri(number)], position=len(acknowledged))
        acknowledged.append(track_uri(number))
        local_catalogue.restart()

    assert await held(client, playlist.id) == acknowledged


async def test_a_kill_in_the_middle_of_writing_leaves_whole_adds_only(
    local_catalogue: LocalCatalogueProcess, client: WebApiCatalogue
):
    playlist = await client.create_playlist("Whole")
    uris = [track_uri(number) for number in range(100, 200)]
    done = asyncio.Event()

    async def write() -> int:
        acknowledged = 0
        while True:
            try:
                await client.add_items(playlist.id, uris, position=0)
            except (OutcomeUnknownError, CatalogueUnavailableError):
                return acknowledged
            acknowledged += 1
            done.set()

    writing = asyncio.create_task(write())
    await asyncio.wait_for(done.wait(), 10)
    local_catalogue.kill()
    acknowledged = await writing
    local_catalogue.start()

    items = await held(client, playlist.id)
    assert len(items) // 100 in {acknowledged, acknowledged + 1}
    assert items == uris * (len(items) // 100)


async def test_a_terminated_service_ends_and_a_token_outlives_it(
    local_catalogue: LocalCatalogueProcess, client: WebApiCatalogue
):
    await client.my_id()
    status = local_catalogue.stop()
    local_catalogue.start()

    async with httpx2.AsyncClient(trust_env=False) as pool:
        token = await client._tokens.access_token()
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await pool.get(f"{local_catalogue.url}/v1/me", headers=bearer)).is_success
    assert status == 0


async def test_a_lost_response_happened_and_is_reported_as_unknown(
    local_catalogue: LocalCatalogueProcess, client: WebApiCatalogue
):
    playlist = await client.create_playlist("Lost")
    local_catalogue.faults(FaultPlan(lost_response=1, methods=("POST",), paths=ITEMS, at_most=1))

    with pytest.raises(OutcomeUnknownError):
        await client.add_items(playlist.id, [track_uri(1)], position=0)

    assert await held(client, playlist.id) == [track_uri(1)]
    assert local_catalogue.counters()["injected"] == {"lost_response": 1}
    await client.add_items(playlist.id, [track_uri(2)], position=1)
    assert await held(client, playlist.id) == [track_uri(1), track_uri(2)]


@pytest.mark.parametrize(
    ("plan", "happened"),
    [(FaultPlan(error_after=1, error_status=502), True), (FaultPlan(error_before=1), False)],
    ids=["after", "before"],
)
async def test_a_server_error_comes_before_or_after_the_effect_and_the_client_cannot_tell(
    local_catalogue: LocalCatalogueProcess,
    client: WebApiCatalogue,
    plan: FaultPlan,
    *,
    happened: bool,
):
    playlist = await client.create_playlist("Broken")
    local_catalogue.faults(plan)

    with pytest.raises(OutcomeUnknownError):
        await client.add_items(playlist.id, [track_uri(1)], position=0)

    local_catalogue.faults(FaultPlan())
    assert await held(client, playlist.id) == ([track_uri(1)] if happened else [])


async def test_rate_limits_and_quotas_are_told_apart(
    local_catalogue: LocalCatalogueProcess, client: WebApiCatalogue
):
    await client.my_id()
    local_catalogue.faults(FaultPlan(rate_limited=1, retry_after="86400"))
    with pytest.raises(RateLimitedError) as limited:
        await client.search("harbour")
    local_catalogue.faults(FaultPlan(quota_exceeded=1, retry_after="0"))
    with pytest.raises(QuotaExceededError):
        await client.search("harbour")

    assert limited.value.retry_after == timedelta(days=1)


async def test_an_answer_that_is_too_slow_is_given_up(
    local_catalogue: LocalCatalogueProcess,
):
    client = open_local(local_catalogue.url, answer_timeout=timedelta(seconds=0.2))
    playlist = await client.create_playlist("Slow")
    local_catalogue.faults(FaultPlan(slow=1, slow_seconds=3600))

    with pytest.raises(CatalogueUnavailableError, match="ReadTimeout"):
        await client.search("harbour")
    with pytest.raises(OutcomeUnknownError, match="ReadTimeout"):
        await client.add_items(playlist.id, [track_uri(1)], position=0)

    await client.aclose()
    local_catalogue.kill()  # it would wait for its slow answers


async def test_a_slow_answer_still_comes(
    local_catalogue: LocalCatalogueProcess, client: WebApiCatalogue
):
    local_catalogue.faults(FaultPlan(slow=1, slow_seconds=0.05))

    assert await client.my_id() == "local"
    assert local_catalogue.counters()["injected"] == {"slow": 1}


async def test_reads_right_after_a_write_may_show_what_was_before(
    local_catalogue: LocalCatalogueProcess, client: WebApiCatalogue
):
    playlist = await client.create_playlist("Stale")
    await client.add_items(playlist.id, [track_uri(1)], position=0)
    local_catalogue.faults(FaultPlan(stale=1, stale_reads=2))

    await client.add_items(playlist.id, [track_uri(2)], position=1)
    seen = [(await client.read_items(playlist.id)).uris for _ in range(3)]

    assert seen == [(track_uri(1),), (track_uri(1),), (track_uri(1), track_uri(2))]
    assert local_catalogue.counters()["injected"] == {"stale": 1}


async def test_the_same_seed_breaks_the_same_requests_in_another_process(
    local_catalogue: LocalCatalogueProcess,
):
    plan = FaultPlan(seed=11, rate_limited=0.2, error_before=0.2, lost_response=0.2)
    local_catalogue.initial_faults = plan
    outcomes: list[dict[str, str]] = []
    for _ in range(2):
        local_catalogue.restart()
        async with aclosing(open_local(local_catalogue.url)) as client:
            queries = [f"milestone {number}" for number in range(40)]
            results = await asyncio.gather(*(outcome(client, query) for query in queries))
            outcomes.append(dict(zip(queries, results, strict=True)))

    assert outcomes[0] == outcomes[1]
    assert {"found", "RateLimitedError", "CatalogueUnavailableError"} == set(outcomes[0].values())


async def outcome(client: WebApiCatalogue, query: str) -> str:
    try:
        await client.search(query)
    except (RateLimitedError, CatalogueUnavailableError) as failure:
        return type(failure).__name__
    return "found"


async def test_a_taken_port_is_a_clear_error(
    local_catalogue: LocalCatalogueProcess,
):
    folder = local_catalogue.folder
    files = LocalFiles(folder / "other.db", folder / "others.db")

    with pytest.raises(SettingsError, match=str(local_catalogue.port)):
        run(files, port=local_catalogue.port)


async def test_the_service_is_reached_on_loopback_only(local_catalogue: LocalCatalogueProcess):
    others = {
        address[4][0]
        for address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        if not str(address[4][0]).startswith("127.")
    }
    for host in others:
        with pytest.raises(OSError, match=r"."):
            socket.create_connection((str(host), local_catalogue.port), timeout=1)

    assert httpx2.get(f"{local_catalogue.url}/healthz", trust_env=False).is_success


async def test_a_ready_file_is_not_needed(tmp_path: Path, unused_tcp_port: int):
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "segue.music.catalogues.local.serve"),
        *("--index", str(tmp_path / "i.db"), "--playlists", str(tmp_path / "p.db")),
        *("--port", str(unused_tcp_port)),
    )

    async with httpx2.AsyncClient(trust_env=False) as pool:

        async def answers() -> bool:
            try:
                response = await pool.get(f"http://127.0.0.1:{unused_tcp_port}/healthz")
            except httpx2.ConnectError:
                return False
            return response.is_success

        await until(answers, "the service answers on the port it was given")
    service.terminate()
    await service.wait()


def test_without_a_catalogue_of_its_own_the_service_knows_the_shipped_one(
    tmp_path_factory: pytest.TempPathFactory,
):
    with running_local_catalogue(tmp_path_factory.mktemp("shipped")) as process:
        health = httpx2.get(f"{process.url}/healthz", trust_env=False).json()

    assert health["tracks"] > len(TRACKS)
