"""``segue worker`` processes on somebody's Temporal, as an operator runs them."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
from pydantic import SecretStr
from temporalio.client import Client

from segue.music.catalogues.local.faults import FaultPlan
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncReport, SyncRequest
from segue.music.service.music import MusicService
from segue.runtime.client import connect
from segue.runtime.roles import Role
from segue.settings.catalogue import CatalogueSettings
from segue.settings.data import DataSettings
from segue.settings.load import Settings, embedded_settings
from segue.settings.temporal import TemporalSettings
from segue.settings.worker import WorkerSettings
from segue.wiring.app import App, open_app
from segue.wiring.database import upgrade_schema
from tests.fakes.programs.processes import LocalCatalogueProcess, running_local_catalogue
from tests.fakes.waiting import until

WITHIN_S = 120.0  # a start takes about four seconds, on a busy machine many more
_FILE = "Track Name,Artist Name(s)\nJolene,Dolly Parton\nFast Car,Tracy Chapman\nNo Such,Nobody\n"


@dataclass
class WorkerProcess:
    """One process of one role.

    Attributes:
        url: Of its probes.
    """

    process: asyncio.subprocess.Process
    url: str

    async def get(self, path: str) -> httpx2.Response:
        """What a probe or a scraper is answered."""
        async with httpx2.AsyncClient(base_url=self.url, trust_env=False, timeout=20) as http:
            return await http.get(path)

    async def is_ready(self) -> bool:
        """Whether it answers that it is ready."""
        return (await self.get("/readyz")).status_code == 200

    async def ended(self) -> int:
        """Its exit status, within bounds."""
        async with asyncio.timeout(WITHIN_S):
            return await self.process.wait()


@dataclass
class Cluster:
    """Temporal, a database and a catalogue, and hands to start workers on them.

    Attributes:
        settings: What the operator's commands are given.
        client: Of the same Temporal.
    """

    settings: Settings
    client: Client
    app: App[MusicService]
    catalogue: LocalCatalogueProcess
    workers: list[WorkerProcess] = field(default_factory=list[WorkerProcess])

    async def worker(self, role: Role) -> WorkerProcess:
        """Start a worker; it is ready when this returns."""
        started = await launch(self.settings, role)
        self.workers.append(started)
        await until(started.is_ready, f"the worker of {role}", within_s=WITHIN_S)
        return started

    async def sync(self, strategy: Strategy = Strategy.PIPELINE) -> str:
        """Start the sync of three songs, of which two are known; its workflow's id.

        It returns once a worker has found the playlist.
        """
        source = self.settings.data.directory / "trip.csv"
        source.write_text(_FILE, encoding="utf-8")
        imported = await self.app.service.imports.read(source)
        # The database may be shared: what an earlier sync searched for is searched anew.
        request = SyncRequest(
            import_id=imported.import_id, playlist="Trip", refresh=True, strategy=strategy
        )
        return (await self.app.service.start_sync(request)).workflow_id

    async def report(self, workflow_id: str) -> SyncReport:
        """The sync's report, within bounds."""
        async with asyncio.timeout(WITHIN_S):
            return await self.app.service.report(workflow_id)

    def slow_searches(self, seconds: float) -> None:
        """Each search takes so long from now on; 0: none does."""
        slow = FaultPlan(slow=1, slow_seconds=seconds, paths=("/v1/search",))
        self.catalogue.faults(slow if seconds else FaultPlan())

    async def searching(self) -> None:
        """Return once a slow search is under way."""
        await until(lambda: bool(self.catalogue.counters()["injected"]), "a slow search")


@asynccontextmanager
async def running_cluster(
    folder: Path, temporal_address: str, database: str
) -> AsyncGenerator[Cluster]:
    """A cluster without a worker; workers that are started on it are gone afterwards."""
    with running_local_catalogue(folder) as catalogue:
        settings = cluster_settings(folder / "data", temporal_address, database, catalogue.url)
        await upgrade_schema(settings)
        async with open_app(settings, "music") as app:
            client = await connect(temporal_address, {})
            cluster = Cluster(settings, client, app, catalogue)
            try:
                yield cluster
            finally:
                for worker in cluster.workers:
                    await end(worker.process)


def cluster_settings(
    folder: Path, temporal_address: str, database: str, catalogue_url: str
) -> Settings:
    """Nothing but defaults, on parts that run elsewhere; any free port for the probes."""
    folder.mkdir()
    return replace(
        embedded_settings(folder),
        data=DataSettings.model_construct(
            directory=folder, database_url=SecretStr(database), allow_sqlite=True
        ),
        temporal=TemporalSettings.model_construct(address=temporal_address),
        temporal_environment={"TEMPORAL_ADDRESS": temporal_address},
        catalogue=CatalogueSettings.model_construct(kind="local", local_url=catalogue_url),
        worker=WorkerSettings.model_construct(probe_port=0),
    )


async def launch(settings: Settings, role: Role, *, only: Sequence[str] = ()) -> WorkerProcess:
    """``segue worker --role ROLE --only …``; returns once it says where its probes are."""
    process = await spawn(settings, role, only=only)
    assert process.stdout
    async with asyncio.timeout(WITHIN_S):
        said = (await process.stdout.readline()).decode()
    assert said.startswith("Probes and metrics: "), f"the worker of {role} did not start: {said!r}"
    return WorkerProcess(process, said.split()[-1])


async def spawn(
    settings: Settings, role: Role, *, only: Sequence[str] = ()
) -> asyncio.subprocess.Process:
    """The same without waiting; ``end`` it."""
    features = [word for name in only for word in ("--only", name)]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "segue", "worker", "--role", role, *features),
        env=settings.environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """SIGKILL, where it still runs, and collect it."""
    if process.returncode is None:
        process.kill()
    await process.communicate()
