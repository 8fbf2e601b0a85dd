"""The whole stack as users run it, in real processes, with hands to kill its parts."""

import asyncio
import csv
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx2
import psutil
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from segue.music.catalogues.local.faults import FaultPlan
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.syncs import SyncReport, SyncRequest
from segue.music.register.local_catalogue import catalogue_import
from segue.music.register.values import LOCAL
from segue.music.register.worker import MUSIC_WORKFLOWS
from segue.music.service.music import MusicService
from segue.music.wire.names import MUSIC_QUEUE
from segue.runtime.client import connect
from segue.runtime.worker import WorkerParts, build_worker
from segue.settings.finance import FinanceSettings
from segue.settings.it import ItSettings
from segue.settings.load import Settings, embedded_settings
from segue.wiring.app import App, open_app
from segue.wiring.stack import StackFiles, StackInfo
from tests.fakes.programs.processes import write_catalogue
from tests.fakes.programs.warm import SERVER
from tests.fakes.waiting import command_line, is_alive

_WITHIN_S = 60.0  # a killed worker is missed after 10 s; the rest is a busy machine
_LOOK_EVERY_S = 0.01
SEARCH, ADD = "GET /v1/search", "POST /v1/playlists/{id}/items"
_USER = ("local", "")  # whom Segue is to the local catalogue
_PAGE = 50
_TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
_MOST_TRIES = 3  # a kill costs a workflow task one try; a task that fails by itself never ends


def on_any_ports(settings: Settings) -> Settings:
    """The same, with MCP servers on ports of their own: several stacks run on one machine."""
    return replace(
        settings,
        mcp=settings.mcp.model_copy(update={"spotify_port": 0}),
        brought=(
            FinanceSettings.model_construct(mcp_port=0),
            ItSettings.model_construct(mcp_port=0),
        ),
    )


class Part(StrEnum):
    """A process of the stack, by words of its command line."""

    TEMPORAL = "server start-dev"
    CATALOGUE = "segue.music.catalogues.local.serve"
    WORKER = "segue.wiring.worker"


class Witness:
    """What the local catalogue says to a plain HTTP client that shares no code with Segue's."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url, trust_env=False, timeout=10)

    async def requests(self, route: str) -> int:
        """How often a route was asked since the catalogue's start; 0 while it does not answer."""
        try:
            told = await self._http.get("/_faults")
        except httpx2.RequestError:
            return 0
        return told.json()["requests"].get(route, 0)

    async def injected(self) -> dict[str, int]:
        """Faults per kind since the plan was set."""
        return (await self._http.get("/_faults")).json()["injected"]

    async def set_faults(self, plan: FaultPlan) -> None:
        """Put a plan in force, as soon as the catalogue answers."""

        async def told() -> bool:
            try:
                answer = await self._http.post("/_faults", json=plan.model_dump(mode="json"))
            except httpx2.RequestError:
                return False
            return answer.is_success

        await reached(told, "the catalogue's answer")

    async def playlist_ids(self, name: str) -> list[str]:
        """Every playlist of that name, as a playlist could be made twice."""
        entries = await self._pages("/v1/me/playlists")
        return [entry["id"] for entry in entries if entry["name"] == name]

    async def uris(self, playlist_id: str) -> list[str]:
        """What a playlist holds, in order."""
        entries = await self._pages(f"/v1/playlists/{playlist_id}/items")
        return [entry["item"]["uri"] for entry in entries]

    async def make_playlist(self, name: str, uris: Sequence[str]) -> str:
        """A playlist as the user may have had it before; at most 100 tracks."""
        bearer = await self._bearer()
        made = await self._http.post("/v1/me/playlists", headers=bearer, json={"name": name})
        items = f"/v1/playlists/{made.json()['id']}/items"
        filled = await self._http.post(items, headers=bearer, json={"uris": list(uris)})
        filled.raise_for_status()
        return made.json()["id"]

    async def aclose(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def _pages(self, path: str) -> list[dict[str, Any]]:
        bearer = await self._bearer()
        held: list[dict[str, Any]] = []
        while True:
            asked = {"limit": _PAGE, "offset": len(held)}
            page = (await self._http.get(path, params=asked, headers=bearer)).json()
            held += page["items"]
            if len(held) >= page["total"]:
                return held

    async def _bearer(self) -> dict[str, str]:
        form = {"grant_type": "client_credentials"}
        answer = await self._http.post("/api/token", data=form, auth=_USER)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@dataclass(frozen=True)
class Stack:
    """A stack that runs.

    Attributes:
        app: As commands use it.
        info: Where the parts answer.
        client: Of the stack's Temporal.
        witness: Looks at the catalogue from outside.
    """

    settings: Settings
    app: App[MusicService]
    info: StackInfo
    client: Client
    witness: Witness

    async def sync(self, songs: Iterable[SongMetadata], playlist: str) -> str:
        """Import a playlist file of these songs and start its sync; the workflow's id."""
        source = _write_songs(self.settings.data.directory / f"{playlist}.csv", songs)
        imported = await self.app.service.imports.read(source)
        started = await self.app.service.start_sync(
            SyncRequest(import_id=imported.import_id, playlist=playlist)
        )
        return started.workflow_id

    async def report(self, workflow_id: str) -> SyncReport:
        """The sync's report, within bounds."""
        async with asyncio.timeout(_WITHIN_S):
            return await self.app.service.report(workflow_id)

    def pid(self, part: Part) -> int | None:
        """The part's process as it runs now; None between two lives."""
        found = (p.pid for p in self.processes() if part in " ".join(command_line(p)))
        return next(found, None)

    def processes(self) -> list[psutil.Process]:
        """The parts that are alive, without the processes from which tests fork programs."""
        try:
            children = psutil.Process(self.info.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if is_alive(child.pid) and not _forks(child)]

    async def after(self, route: str, count: int) -> None:
        """Return once the catalogue has been asked ``count`` times more than by now."""
        seen = await self.witness.requests(route)

        async def asked() -> bool:
            return await self.witness.requests(route) >= seen + count

        await reached(asked, f"{count} times {route}")

    async def kill(self, part: Part, workflow_id: str) -> None:
        """SIGKILL a part amid a sync; returns once the supervisor has put another in its place."""
        assert await self.is_running(workflow_id), f"the sync ended before {part.name} was killed"
        pid = self.pid(part)
        assert pid, f"there is no {part.name} to kill"
        os.kill(pid, signal.SIGKILL)
        await reached(lambda: self.pid(part) not in {None, pid}, f"another {part.name}")

    async def is_running(self, workflow_id: str) -> bool:
        """Whether the sync is unfinished."""
        status = (await self.client.get_workflow_handle(workflow_id).describe()).status
        return status is not None and status.name == "RUNNING"


@asynccontextmanager
async def running_stack(folder: Path, catalogue: Sequence[Track]) -> AsyncGenerator[Stack]:
    """A stack on a new folder, started as commands start it, whose catalogue holds these tracks."""
    csv_file = write_catalogue(folder / "tracks.csv", catalogue)
    catalogue_import(embedded_settings(folder), csv_file, lambda _: None)
    async with joined_stack(folder) as stack:
        yield stack


@asynccontextmanager
async def joined_stack(folder: Path) -> AsyncGenerator[Stack]:
    """The stack of a folder that is there already, started where none runs."""
    settings = embedded_settings(folder)
    async with open_app(settings, "music") as app:
        info = StackFiles(folder).running()
        assert info
        witness = Witness(info.companions[LOCAL])
        try:
            yield Stack(settings, app, info, await connect(info.temporal_address, {}), witness)
        finally:
            await witness.aclose()


async def ended_as_planned(stack: Stack, workflow_id: str, planned: Sequence[Track]) -> SyncReport:
    """The sync's report, once it is proven from outside that the playlist holds just the plan."""
    report = await stack.report(workflow_id)
    await stack.witness.set_faults(FaultPlan())
    assert report.verified
    assert await stack.witness.playlist_ids(report.playlist.name) == [report.playlist.id]
    held = await stack.witness.uris(report.playlist.id or "")
    assert held == [track.uri for track in planned]
    await _check_histories(stack.client)
    return report


async def _check_histories(client: Client) -> None:
    """No workflow task failed, none needed many tries, and all replay with the code of today."""
    replayer = _replayer(client)
    workflows = 0
    async for run in client.list_workflows():
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        assert not [event for event in history.events if event.event_type == _TASK_FAILED]
        tries = [e.workflow_task_scheduled_event_attributes.attempt for e in history.events]
        assert max(tries) <= _MOST_TRIES
        await replayer.replay_workflow(history)
        workflows += 1
    assert workflows >= 2  # one finds the playlist, one syncs


def _replayer(client: Client) -> Replayer:
    """Set up as the worker is: same sandbox, same converter, same interceptors."""
    parts = WorkerParts(task_queue=MUSIC_QUEUE, workflows=MUSIC_WORKFLOWS)
    worker = build_worker(client, parts).config(active_config=True)
    return Replayer(
        workflows=MUSIC_WORKFLOWS,
        data_converter=client.data_converter,
        workflow_runner=worker.get("workflow_runner") or SandboxedWorkflowRunner(),
        interceptors=worker.get("interceptors", ()),
        workflow_failure_exception_types=worker.get("workflow_failure_exception_types", ()),
    )


async def reached(condition: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Return as soon as ``condition`` holds; fail the test when it never does."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            while True:
                held = condition()
                if held if isinstance(held, bool) else await held:
                    return
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        raise AssertionError(f"waited {_WITHIN_S:g} s in vain: {what}") from None


def _forks(process: psutil.Process) -> bool:
    """Whether a process only waits to fork others: none of the parts, but a means of the tests."""
    return SERVER in command_line(process)


def _write_songs(path: Path, songs: Iterable[SongMetadata]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["title", "artist", "album", "duration_ms"])
        rows.writerows((song.title, song.artist, song.album, song.duration_ms) for song in songs)
    return path


def twenty_percent(seed: int) -> FaultPlan:
    """One request in five fails somehow; the others take a little time."""
    return FaultPlan(
        seed=seed,
        rate_limited=0.05,
        error_before=0.05,
        error_after=0.05,
        lost_response=0.05,
        slow=0.8,
        slow_seconds=0.02,
        retry_after="1",
    )
