"""The parts as an operator runs them: somebody's Temporal, Postgres, a worker of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from segue.music.wire.names import MUSIC_QUEUE
from segue.runtime.client import connect, has_worker
from segue.runtime.embedded import EmbeddedTemporal
from segue.runtime.processes import Supervisor
from tests.fakes.programs.processes import running_local_catalogue
from tests.fakes.waiting import until

pytestmark = pytest.mark.timeout(240)

_WITHIN_S = 120
_FILE = "Track Name,Artist Name(s)\nJolene,Dolly Parton\nFast Car,Tracy Chapman\nNo Such,Nobody\n"


def segue(arguments: list[str], environment: dict[str, str], folder: Path):
    return subprocess.run(
        [sys.executable, "-m", "segue", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=_WITHIN_S,
        check=False,
    )


@contextmanager
def worker(environment: dict[str, str], folder: Path) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "segue", "worker"], cwd=folder, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def cluster(tmp_path):
    """A server that no worker of another test has asked: it remembers them for minutes."""
    async with EmbeddedTemporal(tmp_path / "cluster") as temporal, Supervisor([temporal.child()]):
        yield temporal


async def test_a_sync_on_a_cluster_and_postgres_uses_the_operators_worker(
    cluster, postgres_url, tmp_path
):
    """Without a worker the command says so; a worker drains on SIGTERM and leaves with 0."""
    (tmp_path / "trip.csv").write_text(_FILE, encoding="utf-8")
    with running_local_catalogue(tmp_path) as catalogue:
        environment = {
            **os.environ,
            "TEMPORAL_ADDRESS": cluster.address,
            "DATABASE_URL": postgres_url,
            "SEGUE_LOCAL_CATALOGUE_URL": catalogue.url,
            "SEGUE_DATA_DIR": str(tmp_path / "data"),
        }
        upgraded = segue(["db", "upgrade", "--json"], environment, tmp_path)
        warned = segue(["runs", "--json"], environment, tmp_path)
        with worker(environment, tmp_path) as running:
            client = await connect(cluster.address, {})
            await until(lambda: has_worker(client, MUSIC_QUEUE), "the worker", within_s=60)
            ended = segue(["sync", "trip.csv", "--json"], environment, tmp_path)
            running.terminate()
            status = running.wait(timeout=_WITHIN_S)

    report = json.loads(ended.stdout)
    assert json.loads(upgraded.stdout)["usable"]
    assert warned.returncode == 0
    assert "segue worker" in warned.stderr
    assert report["verified"]
    assert report["counts"]["added"] == 2
    assert status == 0
    assert not (tmp_path / "data" / "temporal").exists()
    assert not (tmp_path / "data" / "segue.db").exists()
