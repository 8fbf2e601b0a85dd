"""A music service without an engine: it tells a story that the test wrote.

Run as a program (``python -m tests.fakes.doubles.music_service STORY ARGUMENTS…``) it is
``segue`` on that service, for tests that need a real process on a real terminal.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from segue.cli.installation import Installation
from segue.cli.main import build
from segue.errors.base import SegueError
from segue.errors.input import InputError
from segue.errors.sync import RunNotFoundError
from segue.llm.answers import Listener
from segue.music.contracts.imports import ImportReport, MappingReport
from segue.music.contracts.pages import Page
from segue.music.contracts.playlists import PlaylistLink, PlaylistView
from segue.music.contracts.reports import PAGE, StoredReport
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.music.contracts.runs import RUNNING, RunAddress
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.syncs import (
    RunSummary,
    StartedSync,
    SyncMode,
    SyncPhase,
    SyncProgress,
    SyncReport,
    SyncRequest,
)
from segue.music.contracts.tracks import TrackOutcome, TrackStatus
from segue.music.contracts.verdicts import Penalty, ScoredTrack
from segue.platform.feature import Check
from segue.runtime.roles import Role
from segue.storage.pruning import PrunedRows
from segue.wiring.asking import ModelReply
from tests.fakes.doubles.imports import FakeImports
from tests.fakes.doubles.reports import paged, stored

if TYPE_CHECKING:
    from segue.wiring.app import App

RUN = "playlist-sync-local-summer-0123456789ab"
JOLENE = Track(
    uri="spotify:track:0000000000000000000001",
    title="Jolene",
    artists=("Dolly Parton",),
    album="Jolene",
    release_date="1974-02-04",
    duration_ms=161_533,
    isrc="USRC17300001",
)
JOLENE_LIVE = Track(
    uri="spotify:track:0000000000000000000002",
    title="Jolene - Live",
    artists=("Dolly Parton",),
    album="Live from Glastonbury",
    release_date="2016",
    duration_ms=188_000,
)
HURT = Track(uri="spotify:track:0000000000000000000003", title="Hurt", artists=("Johnny Cash",))


def scored(track: Track, confidence: float, detail: str = "") -> ScoredTrack:
    penalties = (Penalty(name="version", amount=0.3, detail=detail),) if detail else ()
    return ScoredTrack(track=track, confidence=confidence, penalties=penalties)


def outcome(position: int, status: TrackStatus, **changes: object) -> TrackOutcome:
    """A row about "Jolene" that ended so."""
    plain = {
        "query": SongMetadata(title="Jolene", artist="Dolly Parton"),
        "match": JOLENE,
        "confidence": 0.98,
        "reason": "the same recording",
        "alternatives": (scored(JOLENE_LIVE, 0.6, "this one is live"),),
    }
    return TrackOutcome.model_validate({
        "position": position,
        "status": status,
        **plain,
        **changes,
    })


def report(*tracks: TrackOutcome, **changes: object) -> SyncReport:
    """A verified sync of these rows."""
    plain = {
        "playlist": PlaylistLink(id="pl1", name="Summer", url="https://example.org/pl1"),
        "counts": {status: sum(t.status is status for t in tracks) for status in TrackStatus},
        "verified": True,
        "workflow_id": RUN,
        "seconds": 2.0,
        "searches": 3,
    }
    return SyncReport.model_validate({**plain, "tracks": tracks, **changes})


def review_item(key: str = "k1") -> ReviewItem:
    return ReviewItem(
        key=key,
        song=SongMetadata(title="Jolene", artist="Dolly Parton", year=1974, duration_ms=161_000),
        reason="a live recording is near",
        confidence=0.6,
        alternatives=(scored(JOLENE, 0.7), scored(JOLENE_LIVE, 0.6, "this one is live")),
        created_at="2026-11-20T10:00:00Z",
    )


def matching(matched: int, total: int = 10, **changes: object) -> SyncProgress:
    return SyncProgress.model_validate({
        "phase": SyncPhase.MATCHING,
        "total": total,
        "matched": matched,
        **changes,
    })


ADDED = report(outcome(1, TrackStatus.ADDED))
IMPORTED = ImportReport(import_id="i1", name="file-name", format="csv", encoding="utf-8", songs=1)


@dataclass
class Story:
    """What the fake says and how it ends.

    Attributes:
        steps: Answers to the progress query, one a look; the last one stays.
        ending: The report, or the error of a failed sync.
        endless: The sync never ends.
    """

    steps: Sequence[SyncProgress | None] = (matching(5),)
    ending: SyncReport | SegueError = ADDED
    endless: bool = False
    imported: ImportReport = IMPORTED
    joined: bool = False
    removals: tuple[Track, ...] = ()
    runs: tuple[RunSummary, ...] = ()
    reviews: tuple[ReviewItem, ...] = ()
    decisions: tuple[ReviewDecision, ...] = ()
    mapping: MappingReport = field(default_factory=lambda: MappingReport(loaded=2))
    playlist: PlaylistView = field(
        default_factory=lambda: PlaylistView(
            id="pl1", name="Summer", url="https://example.org/pl1", total=1, tracks=(JOLENE,)
        )
    )
    warnings: tuple[str, ...] = ()
    worker: int | None = 4242
    checks: tuple[Check, ...] = ()


class FakeMusic:
    """The music service; ``calls`` holds what was asked for, in order."""

    rollout: Any = None  # its own tests put one here
    mapping_file: Path | None = None

    def __init__(self, story: Story) -> None:
        self.story = story
        self.calls: list[tuple[object, ...]] = []
        self.imports = FakeImports(story.imported, self.calls)
        self.requests: list[SyncRequest] = []
        self._steps = list(story.steps)
        self._step: SyncProgress | None = None
        self._ended = asyncio.Event()

    async def start_sync(self, request: SyncRequest) -> StartedSync:
        self.requests.append(request)
        return StartedSync(workflow_id=RUN, run_id="r1", joined=self.story.joined)

    async def progress(self, workflow_id: str) -> SyncProgress | None:
        self._known(workflow_id)
        if self._steps:
            self._step = self._steps.pop(0)
        asks = self._step and self._step.phase is SyncPhase.AWAITING_CONFIRMATION
        if not (self._steps or self.story.endless or asks):
            self._ended.set()
        return self._step

    async def stored_report(self, workflow_id: str) -> StoredReport:
        self._known(workflow_id)
        if not any(run.status == "completed" for run in self.story.runs):
            await self._ended.wait()
        if isinstance(self.story.ending, SegueError):
            raise self.story.ending
        return stored(self.story.ending)

    async def confirm(self, workflow_id: str, *, agreed: bool) -> None:
        self.calls.append(("confirm", workflow_id, agreed))
        self._step = matching(10, phase=SyncPhase.APPLYING)
        self._ended.set()

    async def removals(self, workflow_id: str) -> tuple[Track, ...]:
        self._known(workflow_id)
        return self.story.removals

    async def pause(self, workflow_id: str) -> None:
        self._steer("pause", workflow_id)

    async def resume(self, workflow_id: str) -> None:
        self._steer("resume", workflow_id)

    async def cancel(self, workflow_id: str) -> None:
        self._steer("cancel", workflow_id)

    async def runs(self, *, limit: int = 20, running_only: bool = False) -> list[RunSummary]:
        runs = [run for run in self.story.runs if run.status == RUNNING or not running_only]
        return runs[:limit]

    async def run(self, address: RunAddress) -> Any:
        self._known(address.workflow_id)
        return SimpleNamespace(summary=self.story.runs[0])

    async def reviews(
        self, *, limit: int = PAGE, after: str | None = None, offset: int = 0
    ) -> Page[ReviewItem]:
        return paged(self.story.reviews, limit=limit, after=after, offset=offset)

    async def review(self, key: str) -> ReviewItem | None:
        return next((item for item in self.story.reviews if item.key == key), None)

    async def count_reviews(self) -> int:
        return len(self.story.reviews)

    async def decide(self, item: ReviewItem, uri: str | None) -> ReviewDecision:
        if uri == "nonsense":
            raise InputError("'nonsense' is not a track's address.")
        self.calls.append(("decide", item.key, uri))
        at = "2026-11-20T10:00:00Z"
        return ReviewDecision(key=item.key, song=item.song, uri=uri, decided_at=at)

    async def decisions(
        self, *, limit: int = PAGE, after: str | None = None, offset: int = 0
    ) -> Page[ReviewDecision]:
        return paged(self.story.decisions, limit=limit, after=after, offset=offset)

    async def forget_decision(self, key: str) -> bool:
        return any(decision.key == key for decision in self.story.decisions)

    async def load_mapping(self, path: Path) -> MappingReport:
        self.calls.append(("load", path))
        return self.story.mapping

    async def save_mapping(self, path: Path) -> int:
        self.calls.append(("save", path))
        return len(self.story.decisions)

    async def show_playlist(self, playlist: str) -> PlaylistView:
        self.calls.append(("show", playlist))
        return self.story.playlist

    async def playlists(self) -> list[PlaylistLink]:
        return [PlaylistLink(id="pl1", name="Summer", url="https://example.org/pl1")]

    def _known(self, workflow_id: str) -> None:
        if workflow_id != RUN:
            raise RunNotFoundError(f"There is no sync {workflow_id!r}.")

    def _steer(self, what: str, workflow_id: str) -> None:
        self._known(workflow_id)
        self.calls.append((what, workflow_id))


class FakeApp:
    """A running Segue around the fake music service."""

    def __init__(self, music: FakeMusic) -> None:
        self.service = music
        self.warnings = music.story.warnings
        self.detached = False

    def detach(self) -> None:
        self.detached = True


class FakeInstallation(Installation):
    """What commands reach, told by a story; calling it gives it, as the command line expects."""

    def __init__(self, story: Story | None = None) -> None:
        self.story = story or Story()
        self.music = FakeMusic(self.story)
        self.app = FakeApp(self.music)
        self.opened = 0
        self.demo_folder: Path | None = None
        self.search_delay = 0.0
        self.called: list[tuple[object, ...]] = []

    def __call__(self) -> "FakeInstallation":
        return self

    def for_demo(self, folder: Path, *, search_delay: float) -> "FakeInstallation":
        self.demo_folder, self.search_delay = folder, search_delay
        return self

    @asynccontextmanager
    async def open_app(self, feature: str) -> "AsyncGenerator[App[Any]]":
        assert feature == "music"
        self.opened += 1
        yield cast("App[Any]", self.app)

    async def prune(self, *, older_than: timedelta | None, dry_run: bool) -> list[PrunedRows]:
        self.called.append(("prune", older_than, dry_run))
        return [PrunedRows("syncs", 2, 0), PrunedRows("rows", 1_200, 1_228_800)]

    def kill_worker(self) -> int | None:
        self.called.append(("kill",))
        return self.story.worker

    async def run_stack(self, announce: Any, *, temporal_port: int | None = None) -> None:
        self.called.append(("up", temporal_port))
        # Not at the top: where this is a program, its folder hides the agents' package.
        from segue.wiring.stack import StackInfo  # noqa: PLC0415

        announce(
            StackInfo(
                pid=1,
                temporal_address="127.0.0.1:7233",
                ui_url="http://127.0.0.1:8233",
                companions={"Local catalogue": "http://127.0.0.1:8400"},
            )
        )

    async def run_worker(self, role: Role, only: Sequence[str], announce: Any) -> None:
        self.called.append(("worker", role.value))
        announce("http://127.0.0.1:9400" if role is Role.TOOLS else None)

    async def login_spotify(self, open_browser: Callable[[str], None]) -> str:
        open_browser("https://accounts.example.org/authorize")
        return "ada"

    def logout_spotify(self) -> bool:
        return "ada" in self.story.warnings

    async def ask_model(
        self, question: str, model: str | None, listener: Listener | None
    ) -> ModelReply:
        self.called.append(("ask", question, model))
        if listener is not None:
            for part in ("The \x1b[31msea", " is\ndeep."):
                await listener.delta(part)
        text, cost = "The sea is\ndeep.", Decimal("0.0001")
        passed = (("gpt-8", "model.unavailable"),)
        return ModelReply(text, "gpt-9", 7, 5, 1.25, cost, passed)

    async def examine(self, *, questions: bool) -> AsyncIterator[Check]:
        self.called.append(("examine", questions))
        for check in self.story.checks:
            yield check

    def import_formats(self) -> Sequence[tuple[str, str]]:
        return (("exportify", "Exportify CSV"), ("xspf", "XSPF"))

    def catalogue_import(self, path: Path, progress: Callable[[int], None]) -> int:
        self.called.append(("catalogue import", path))
        progress(7)
        return 7

    def catalogue_search(self, query: str, limit: int) -> list[Track]:
        self.called.append(("search", query, limit))
        return [JOLENE]

    def catalogue_stats(self) -> Mapping[str, object]:
        return {"tracks": 333}

    def serve_catalogue(
        self, host: str, port: int, ready_file: Path | None, announce: Callable[[str], None]
    ) -> None:
        self.called.append(("serve", host, port, ready_file))
        announce(f"http://{host}:{port}")


STORIES: dict[str, Callable[[], Story]] = {
    "endless": lambda: Story(
        steps=[matching(3), None, matching(5, paused=True), matching(6)], endless=True
    ),
    "short": lambda: Story(steps=[matching(n) for n in range(10)]),
    "mirror": lambda: Story(
        steps=[matching(10, phase=SyncPhase.AWAITING_CONFIRMATION, to_remove=1)],
        removals=(HURT,),
        ending=report(outcome(1, TrackStatus.ADDED), mode=SyncMode.MIRROR, removed=(HURT,)),
    ),
    "review": lambda: Story(reviews=(review_item(), review_item("k2"), review_item("k3"))),
}


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    build()(arguments, obj=lambda: FakeInstallation(STORIES[name]()))
