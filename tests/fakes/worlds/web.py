"""The HTTP API around a music service without an engine, asked in this process."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import httpx2

from segue.errors.base import SegueError
from segue.errors.sync import RunNotFoundError, SyncError
from segue.music.contracts.imports import NO_LIMITS, ImportLimits, ImportReport, StoredImport
from segue.music.contracts.pages import Page
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.reports import PAGE, StoredRows
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.music.contracts.runs import COMPLETED, RUNNING, RunAddress, RunEnding, RunStart
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import RunSummary, SyncProgress, SyncRequest
from segue.storage.address import database_url
from segue.storage.database import Database
from segue.web.app import build_app
from segue.web.scopes import NewKey, Scope
from segue.web.services import ApiLimits, Services, open_services
from segue.wiring.api import ApiParts
from tests.fakes.doubles.assistant_service import FakeAssistant
from tests.fakes.doubles.gallery_service import FakeGallery
from tests.fakes.doubles.music_service import HURT, report, review_item
from tests.fakes.doubles.reports import paged, stored
from tests.fakes.doubles.webhooks import RecordingClient, webhooks_over
from tests.fakes.worlds.databases import prepare


@dataclass
class FakeRun:
    """One run, steered by the test.

    Attributes:
        steps: Its progress, one a look; the last one stays.
        looks: After so many looks it has ended; None: never.
    """

    workflow_id: str
    kind: str = "PlaylistSyncWorkflow"
    steps: list[SyncProgress] = field(default_factory=list[SyncProgress])
    looks: int | None = None
    ended: RunEnding = field(
        default_factory=lambda: RunEnding(COMPLETED, playlist=stored(report()))
    )
    status: str = RUNNING
    steered: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    @property
    def summary(self) -> RunSummary:
        return RunSummary(
            workflow_id=self.workflow_id,
            run_id="r1",
            kind=self.kind,
            status=self.status,
            playlist_name="Summer",
            started_at="2026-11-21T10:00:00+00:00",
        )

    @property
    def is_playlist(self) -> bool:
        return self.kind == "PlaylistSyncWorkflow"

    @property
    def is_running(self) -> bool:
        return self.status == RUNNING

    async def progress(self) -> SyncProgress | None:
        if not self.steps:
            return None
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    async def again(self) -> "FakeRun":
        return self

    async def watch(self, *, every: float) -> AsyncGenerator["FakeRun"]:
        looked = 0
        while self.looks is None or looked < self.looks:
            looked += 1
            yield self
            await asyncio.sleep(every)
        self.status = COMPLETED
        yield self

    async def ending(self, *, within: float) -> RunEnding | None:
        return None if self.is_running else self.ended

    async def rows(self) -> StoredRows | None:
        if not self.is_playlist:
            raise SyncError("Expected a sync of a playlist; this one is about one song.")
        if self.is_running:
            return None
        if self.ended.playlist is None:
            raise self.ended.error or SyncError("The sync has ended without a result.")
        return self.ended.playlist.rows

    async def removals(self) -> tuple[Track, ...]:
        return (HURT,)

    async def cancel(self) -> None:
        self.steered.append(("cancel",))

    async def pause(self) -> None:
        self.steered.append(("pause",))

    async def resume(self) -> None:
        self.steered.append(("resume",))

    async def confirm(self, *, agreed: bool) -> None:
        self.steered.append(("confirm", agreed))


@dataclass
class FakeMusic:
    """The music service; ``calls`` holds what was asked for, in order.

    Attributes:
        failure: Raised by whatever starts something.
        slow_s: How long a start takes.
    """

    runs: dict[str, FakeRun] = field(default_factory=dict[str, FakeRun])
    calls: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    waiting: list[ReviewItem] = field(default_factory=lambda: [review_item()])
    failure: Exception | None = None
    slow_s: float = 0.0
    agent_strategy: Strategy = Strategy.AGENT
    songs: int = 1
    stored: list[str] = field(default_factory=list[str])
    listed: int = 0
    asked: list[str] = field(default_factory=list[str])
    unlisted: set[str] = field(default_factory=set[str])
    made: list[ReviewDecision] = field(default_factory=list[ReviewDecision])

    async def start_song(
        self, song: SongMetadata, playlist_id: str, strategy: Strategy
    ) -> RunStart:
        self.calls.append(("song", song, playlist_id, strategy))
        await self._begin()
        return self._made(f"{strategy}-{song.title.lower().replace(' ', '-')}", "MusicSyncWorkflow")

    async def start_playlist(self, request: SyncRequest) -> RunStart:
        self.calls.append(("playlist", request))
        await self._begin()
        return self._made(f"playlist-{request.import_id}", "PlaylistSyncWorkflow")

    async def run(self, address: RunAddress) -> FakeRun:
        self.asked.append(address.workflow_id)
        if address.workflow_id not in self.runs:
            raise RunNotFoundError(f"There is no sync {address.workflow_id!r}.")
        return self.runs[address.workflow_id]

    async def run_summaries(
        self, addresses: Collection[RunAddress]
    ) -> dict[RunAddress, RunSummary]:
        self.listed += 1
        return {
            address: self.runs[address.workflow_id].summary
            for address in addresses
            if address.workflow_id in self.runs and address.workflow_id not in self.unlisted
        }

    @property
    def imports(self) -> "FakeImports":
        return FakeImports(self)

    async def playlists(self) -> list[PlaylistLink]:
        return [PlaylistLink(id=f"pl{number}", name=f"Mine {number}") for number in range(3)]

    async def decisions(
        self, *, limit: int = PAGE, after: str | None = None, offset: int = 0
    ) -> Page[ReviewDecision]:
        return paged(self.made, limit=limit, after=after, offset=offset)

    async def forget_decision(self, key: str) -> bool:
        before = len(self.made)
        self.made = [each for each in self.made if each.key != key]
        return len(self.made) < before

    async def reviews(
        self, *, limit: int = PAGE, after: str | None = None, offset: int = 0
    ) -> Page[ReviewItem]:
        return paged(self.waiting, limit=limit, after=after, offset=offset)

    async def review(self, key: str) -> ReviewItem | None:
        return next((item for item in self.waiting if item.key == key), None)

    async def decide(self, item: ReviewItem, uri: str | None) -> ReviewDecision:
        self.calls.append(("decide", item.key, uri))
        return ReviewDecision(key=item.key, song=item.song, uri=uri, decided_at="2026-11-21")

    async def _begin(self) -> None:
        await asyncio.sleep(self.slow_s)
        if self.failure:
            raise self.failure

    def _made(self, workflow_id: str, kind: str) -> RunStart:
        joined = workflow_id in self.runs
        self.runs.setdefault(workflow_id, FakeRun(workflow_id, kind))
        return RunStart(workflow_id, "r1", joined=joined)


@dataclass
class FakeImports:
    """Imports of the fake music service; each brings ``songs`` songs."""

    music: FakeMusic
    limits: ImportLimits = NO_LIMITS

    def within(self, limits: ImportLimits) -> "FakeImports":
        return FakeImports(self.music, limits)

    async def read(
        self,
        path: Path | None,
        *,
        stdin: BinaryIO | None = None,
        format: str | None = None,  # noqa: A002 - the service's own word
        columns: Mapping[str, str] | None = None,
        playlist: str | None = None,
        encoding: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        if path is not None:
            content = await asyncio.to_thread(path.read_bytes)
        else:
            assert stdin is not None
            content = stdin.read()
        self.music.calls.append((
            "import",
            path.name if path else "",
            content,
            {"format": format, "playlist": playlist, "encoding": encoding},
        ))
        if isinstance(self.music.failure, SegueError):
            raise type(self.music.failure)(f"{path} {self.music.failure.message}")
        self.music.stored.append("0" * 20)
        return ImportReport(
            import_id="0" * 20,
            name=path.stem if path else "",
            format="csv",
            encoding="utf-8",
            songs=1,
        )

    async def list(self, *, limit: int = PAGE, after: str | None = None) -> Page[StoredImport]:
        return paged(self._stored(), limit=limit, after=after)

    async def some(self, ids: Collection[str]) -> dict[str, StoredImport]:
        return {each.id: each for each in self._stored() if each.id in ids}

    def _stored(self) -> "list[StoredImport]":
        return [
            StoredImport(id=each, name="a", songs=self.music.songs, created_at="2026-11-21")
            for each in self.music.stored
        ]

    async def delete(self, import_id: str) -> None:
        self.music.calls.append(("delete import", import_id))
        if self.music.failure:
            raise self.music.failure
        if import_id not in self.music.stored:
            raise RunNotFoundError(f"No import {import_id!r} is stored here.", hint="")
        self.music.stored.remove(import_id)


@dataclass
class World:
    """The API, and hands on what is behind it.

    Attributes:
        up: Whether Temporal, the database and a worker answer.
    """

    http: httpx2.AsyncClient
    services: Services
    music: FakeMusic
    assistant: FakeAssistant
    up: dict[str, bool]

    async def key(self, *scopes: Scope, name: str = "test") -> dict[str, str]:
        """Headers with a new key."""
        return bearer(await self.services.keys.create(name, scopes or [Scope.ADMIN]))


def bearer(made: NewKey) -> dict[str, str]:
    return {"Authorization": f"Bearer {made.text}"}


@asynccontextmanager
async def api_world(
    folder: Path, limits: ApiLimits | None = None, **more: Any
) -> AsyncGenerator[World]:
    """The API on a database of its own."""
    database = await _database(folder)
    music, assistant = FakeMusic(), FakeAssistant()
    up = {"temporal": True, "database": True, "worker": True}

    async def answers(part: str) -> bool:
        return up[part]

    async def metrics() -> bytes:
        return b"segue_tokens_total 1.0\n"

    parts = ApiParts(
        services={
            "music": music,
            "assistant": assistant,
            "gallery": FakeGallery(),
            "webhooks": webhooks_over(database, RecordingClient()),
        },
        database=database,
        metrics=metrics,
        temporal_ready=lambda: answers("temporal"),
        database_ready=lambda: answers("database"),
        worker_ready=lambda: answers("worker"),
        **more,
    )
    services = open_services(parts, limits or ApiLimits())
    app = build_app(services)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://api.test") as http,
    ):
        yield World(http, services, music, assistant, up)
    await database.aclose()


async def _database(folder: Path) -> Database:
    database = Database(database_url(None, folder))
    await prepare(database)
    return database


def song(title: str = "Jolene", **more: object) -> Mapping[str, object]:
    return {"song_title": title, "artist": "Dolly Parton", "playlist_id": "pl1", **more}
