"""What a worker answers to whoever watches it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from segue.errors.settings import SettingsError
from segue.runtime.ports import free_ports
from segue.settings.load import embedded_settings
from segue.storage.address import database_url
from segue.storage.database import Database
from segue.wiring import probes
from segue.wiring.metrics import Numbers
from segue.wiring.platform import open_platform
from segue.wiring.probes import Health, Metrics, serving_probes
from tests.fakes.doubles.scripted_http import Reply, scripted_server

SDK = Reply(body=b"temporal_num_pollers 3\n")
NOWHERE = "http://127.0.0.1:9/metrics"


async def holds() -> bool:
    return True


async def fails() -> bool:
    return False


async def never_answers() -> bool:
    await asyncio.Event().wait()
    return True


@asynccontextmanager
async def asking(health: Health, metrics: Metrics) -> AsyncGenerator[httpx2.AsyncClient]:
    async with (
        serving_probes(health, metrics, host="127.0.0.1", port=0) as url,
        httpx2.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        yield http


async def test_a_worker_that_starts_is_live_and_not_ready():
    async with asking(Health(asyncio.Event()), Metrics(NOWHERE)) as http:
        live, ready = await http.get("/livez"), await http.get("/readyz")

    assert live.status_code == 200
    assert ready.status_code == 503
    assert ready.json() == {"ready": False, "checks": {"worker": "starting"}}


async def test_a_worker_is_ready_while_every_check_holds():
    health = Health(asyncio.Event())
    health.watch({"temporal": holds, "database": holds})
    async with asking(health, Metrics(NOWHERE)) as http:
        ready = await http.get("/readyz")
        health.watch({"temporal": holds, "database": fails})
        broken = await http.get("/readyz")

    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "checks": {"temporal": "ok", "database": "ok"}}
    assert broken.status_code == 503
    assert broken.json()["checks"] == {"temporal": "ok", "database": "failed"}


async def test_a_check_that_does_not_answer_in_time_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probes, "CHECK_WITHIN_S", 0.05)
    health = Health(asyncio.Event())
    health.watch({"temporal": never_answers})

    assert await health.report() == (False, {"temporal": "failed"})


async def test_a_worker_that_was_asked_to_stop_is_not_ready_whatever_holds():
    stop = asyncio.Event()
    health = Health(stop)
    health.watch({"temporal": holds})
    stop.set()

    assert await health.report() == (False, {"worker": "draining"})


async def test_the_metrics_are_temporals_and_ours(tmp_path: Path):
    async with scripted_server(SDK) as sdk, open_platform(embedded_settings(tmp_path)) as platform:
        metrics = Metrics(f"{sdk.url}/metrics")
        database = await platform.database()
        metrics.count(Numbers(platform, database, ()).text)
        async with asking(Health(asyncio.Event()), metrics) as http:
            answer = await http.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "temporal_num_pollers 3\n" in answer.text
    assert "# TYPE openai_agent_invocations_total counter" in answer.text
    assert "segue_database_up 1.0" in answer.text


async def test_temporals_metrics_are_told_without_the_database(tmp_path: Path):
    database = Database(database_url(f"postgresql://u:p@127.0.0.1:{free_ports(1)[0]}/x", Path()))
    async with scripted_server(SDK) as sdk, open_platform(embedded_settings(tmp_path)) as platform:
        metrics = Metrics(f"{sdk.url}/metrics")
        before = await metrics.text()
        metrics.count(Numbers(platform, database, ()).text)
        away = await metrics.text()
    await database.aclose()

    for text in (before, away):
        assert b"temporal_num_pollers 3\n" in text
        assert b"segue_database_up 0.0" in text
    assert b"segue_build_info{" in away


async def test_probes_answer_on_ipv6():
    health, metrics = Health(asyncio.Event()), Metrics(NOWHERE)
    async with (
        serving_probes(health, metrics, host="::1", port=0) as url,
        httpx2.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        assert url.startswith("http://[::1]:")
        assert (await http.get("/livez")).text == "ok\n"


@pytest.mark.parametrize("host", ["localhost", "example.org", "192.0.2.1"])
async def test_an_address_that_is_not_of_this_machine_is_refused(host: str):
    with pytest.raises(SettingsError):
        async with asking_on(host, 0):
            pass


async def test_a_port_that_is_taken_is_refused_with_what_to_do():
    async with scripted_server(SDK) as taken:
        port = int(taken.url.rpartition(":")[2])
        with pytest.raises(SettingsError, match=f"port {port}"):
            async with asking_on("127.0.0.1", port):
                pass


def asking_on(host: str, port: int):
    return serving_probes(Health(asyncio.Event()), Metrics(NOWHERE), host=host, port=port)
