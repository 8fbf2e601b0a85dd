"""What the durable tools ask of the music feature; ``segue.music.service`` gives it."""

from collections.abc import Awaitable, Callable
from typing import BinaryIO, Protocol

from segue.music.contracts.imports import ImportLimits, ImportReport
from segue.music.contracts.pages import Page
from segue.music.contracts.reports import StoredReport
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.music.contracts.syncs import (
    RunSummary,
    StartedSync,
    SyncProgress,
    SyncRequest,
)


class BoundedImports(Protocol):
    """Playlist files into stored songs, within bounds."""

    async def read(
        self,
        path: None,
        *,
        stdin: BinaryIO,
        format: str | None,  # noqa: A002 - the service's own word
    ) -> ImportReport:
        """Store the songs of a playlist file."""
        ...


class AllImports(Protocol):
    """Playlist files into stored songs."""

    def within(self, limits: ImportLimits) -> BoundedImports:
        """The same, for somebody who may not cost more."""
        ...


class Jobs(Protocol):
    """Syncs that outlive their client, and the questions they leave.

    A protocol, so that a server which offers no jobs loads no engine.
    """

    @property
    def imports(self) -> AllImports:
        """Playlists that were read from files."""
        ...

    async def start_sync(self, request: SyncRequest) -> StartedSync:
        """Start a sync, or join the one that does the same."""
        ...

    async def progress(self, workflow_id: str) -> SyncProgress | None:
        """Where a sync stands; None while no worker answers."""
        ...

    async def stored_report(self, workflow_id: str) -> StoredReport:
        """The report of a sync; waits for the sync's end."""
        ...

    async def reviews(self, *, limit: int, offset: int) -> Page[ReviewItem]:
        """Doubtful matches without a decision, oldest first."""
        ...

    async def review(self, key: str) -> ReviewItem | None:
        """The doubtful match that waits under a key, where one does."""
        ...

    async def count_reviews(self) -> int:
        """How many doubtful matches wait."""
        ...

    async def decide(self, item: ReviewItem, uri: str | None) -> ReviewDecision:
        """Choose a track for a song, or leave the song out (None)."""
        ...

    async def runs(self, *, limit: int, running_only: bool) -> list[RunSummary]:
        """The newest syncs first."""
        ...

    async def cancel(self, workflow_id: str) -> None:
        """End a sync; what it has added stays."""
        ...

    async def forget_decision(self, key: str) -> bool:
        """Let the matcher decide again; whether there was such a decision."""
        ...

    async def decisions(
        self, *, limit: int = ..., after: str | None = None, offset: int = 0
    ) -> Page[ReviewDecision]:
        """What was decided so far, newest first."""
        ...


OpenJobs = Callable[[], Awaitable[Jobs]]
