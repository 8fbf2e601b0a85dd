"""What the commands ask of the rest of Segue.

The commands see these protocols only. :mod:`segue.cli.wired` fills them from ``segue.wiring`` when
a command runs, so that ``segue --help`` loads no engine; tests fill them with a fake.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from segue.music.contracts.imports import ImportReport, MappingReport
from segue.music.contracts.mcp_serving import ClientCommand, Serving
from segue.music.contracts.playlists import PlaylistLink, PlaylistView
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.music.contracts.songs import Track
from segue.music.contracts.syncs import (
    RunSummary,
    StartedSync,
    SyncProgress,
    SyncReport,
    SyncRequest,
)
from segue.runs.service.views import (
    AuditCheck,
    AuditView,
    CollectedPayloads,
    ConversationDetail,
    ConversationPage,
    DeletedConversation,
    EffectView,
    PendingApproval,
    PendingApprovals,
    UsageView,
)
from segue.runtime.roles import Role
from segue.web.scopes import ApiKey, NewKey, Scope


class Check(Protocol):
    """One line of ``segue doctor``; ``ok`` is None where nothing is needed."""

    @property
    def name(self) -> str:
        """What was looked at."""
        ...

    @property
    def ok(self) -> bool | None:
        """Whether it works; None where nothing is needed."""
        ...

    @property
    def detail(self) -> str:
        """What was found."""
        ...

    @property
    def next_step(self) -> str:
        """What to do; empty when nothing."""
        ...


class StackInfo(Protocol):
    """Where the parts of a running stack answer."""

    @property
    def ui_url(self) -> str | None:
        """Temporal's web page."""
        ...

    @property
    def companions(self) -> Mapping[str, str]:
        """The servers that features need, by name."""
        ...


class Music(Protocol):
    """The part of ``segue.music.service.MusicService`` that the commands use."""

    async def import_source(
        self,
        path: Path | None,
        *,
        stdin: BinaryIO | None = None,
        format: str | None = None,  # noqa: A002 - the service's own word
        columns: Mapping[str, str] | None = None,
        playlist: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        """Read and store a playlist file, or standard input when ``path`` is None."""
        ...

    async def start_sync(self, request: SyncRequest) -> StartedSync:
        """Start a sync, or join the one that runs on this playlist."""
        ...

    async def progress(self, workflow_id: str) -> SyncProgress | None:
        """Where it stands; None while no worker answers."""
        ...

    async def report(self, workflow_id: str) -> SyncReport:
        """How it ended; waits for the end."""
        ...

    async def confirm(self, workflow_id: str, *, agreed: bool) -> None:
        """Answer the question of a mirror."""
        ...

    async def removals(self, workflow_id: str) -> tuple[Track, ...]:
        """What the mirror would take out."""
        ...

    async def pause(self, workflow_id: str) -> None:
        """Hold the sync after the step at hand."""
        ...

    async def resume(self, workflow_id: str) -> None:
        """Let a paused sync go on."""
        ...

    async def cancel(self, workflow_id: str) -> None:
        """End the sync, leaving the playlist consistent."""
        ...

    async def runs(self, *, limit: int = 20) -> list[RunSummary]:
        """Latest first."""
        ...

    async def reviews(self) -> list[ReviewItem]:
        """Doubtful matches without a decision."""
        ...

    async def decide(self, item: ReviewItem, uri: str | None) -> ReviewDecision:
        """Choose a track for a song, or leave the song out (None)."""
        ...

    async def decisions(self) -> list[ReviewDecision]:
        """Every decision in force."""
        ...

    async def forget_decision(self, key: str) -> bool:
        """Whether there was one to forget."""
        ...

    async def load_mapping(self, path: Path) -> MappingReport:
        """Take decisions from a CSV file."""
        ...

    async def save_mapping(self, path: Path) -> int:
        """Write all decisions to a CSV file; how many."""
        ...

    async def show_playlist(self, playlist: str) -> PlaylistView:
        """A playlist by name, id, URI or link."""
        ...

    async def playlists(self) -> list[PlaylistLink]:
        """All of the user."""
        ...


class App(Protocol):
    """A running Segue: the music service and where its parts answer."""

    @property
    def music(self) -> Music:
        """The music service."""
        ...

    @property
    def ui_url(self) -> str | None:
        """Temporal's web page."""
        ...

    @property
    def mapping_file(self) -> Path | None:
        """The user's own matches to load before each sync, where there are any."""
        ...

    def detach(self) -> None:
        """Leave what runs running when this closes."""
        ...

    def warnings(self) -> tuple[str, ...]:
        """What the user should know before anything fails."""
        ...


class Records(Protocol):
    """The part of ``segue.runs.service.records.AgentRecords`` that needs the database only."""

    async def conversations(self, *, limit: int = 50, after: str | None = None) -> ConversationPage:
        """The last used first."""
        ...

    async def conversation(self, conversation: str) -> ConversationDetail:
        """All of one."""
        ...

    async def export(self, conversation: str, form: Literal["json", "markdown"]) -> str:
        """One as a file's text."""
        ...

    async def fork(self, conversation: str, new_id: str, *, after_turn: int | None = None) -> None:
        """Another that begins alike."""
        ...

    async def delete(self, conversation: str) -> DeletedConversation:
        """Take one away."""
        ...

    async def unknown_effects(self, *, limit: int = 100, after: str = "") -> list[EffectView]:
        """What may or may not have happened, by key."""
        ...

    async def resolve_effect(self, key: str, *, happened: bool, who: str, why: str) -> EffectView:
        """Write down what a person found out."""
        ...

    async def audit(
        self, *, subject: str | None = None, after: int = 0, limit: int = 100
    ) -> list[AuditView]:
        """Entries of the audit log, in order."""
        ...

    async def verify_audit(self) -> AuditCheck:
        """Whether the audit log is what was written."""
        ...

    def export_audit(self) -> AsyncIterator[str]:
        """The audit log as JSON lines."""
        ...

    async def usage(self, subject: str) -> UsageView:
        """What a conversation or a workflow has used."""
        ...


class LiveRecords(Protocol):
    """The part of ``segue.runs.service.records.AgentRecords`` that asks running workflows."""

    async def approvals(self) -> PendingApprovals:
        """What waits for a person."""
        ...

    async def decide(
        self,
        request_id: str,
        *,
        approve: bool,
        who: str,
        reason: str = "",
        arguments: str | None = None,
        workflow_id: str | None = None,
    ) -> PendingApproval:
        """Answer what waits."""
        ...

    async def collect_payloads(self) -> CollectedPayloads:
        """Remove unused payloads, and wait for the end."""
        ...


class Agents(Protocol):
    """Agents that run."""

    @property
    def records(self) -> LiveRecords:
        """What a person does with them."""
        ...

    def detach(self) -> None:
        """Leave what runs running when this closes."""
        ...


class ServedApi(Protocol):
    """An HTTP API that answers."""

    @property
    def url(self) -> str:
        """Where."""
        ...

    @property
    def key_file(self) -> Path | None:
        """A key that was made just now; None where there were some."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know before anything fails."""
        ...


class Keys(Protocol):
    """The part of ``segue.web.keys.ApiKeys`` that the commands use."""

    async def create(
        self, name: str, scopes: Collection[Scope], *, expires_after: float | None = None
    ) -> NewKey:
        """Make one."""
        ...

    async def all(self) -> list[ApiKey]:
        """Every key, revoked ones too."""
        ...

    async def revoke(self, key_id: str) -> ApiKey:
        """End one."""
        ...


class Backend(Protocol):
    """Everything below the command line, for one set of settings."""

    def for_demo(self, folder: Path) -> "Backend":
        """The same program on embedded defaults, with all its data in ``folder``."""
        ...

    def open_app(self) -> AbstractAsyncContextManager[App]:
        """Join or start Segue."""
        ...

    def open_service(self, feature: str) -> AbstractAsyncContextManager[Any]:
        """Join or start Segue, for the service of one feature."""
        ...

    def open_records(self) -> AbstractAsyncContextManager[Records]:
        """What agents left in the database; nothing is started."""
        ...

    def open_agents(self) -> AbstractAsyncContextManager[Agents]:
        """Join or start Segue, for what agents wait for."""
        ...

    def kill_worker(self) -> int | None:
        """SIGKILL the worker; its process id, or None when there is none."""
        ...

    async def run_stack(self, announce: Callable[[StackInfo], None]) -> None:
        """Run everything until a signal."""
        ...

    async def run_worker(self, role: Role, announce: Callable[[str | None], None]) -> None:
        """Run a worker until a signal; ``announce`` gets the URL of its probes, or None."""
        ...

    async def serve_api(
        self, host: str | None, port: int | None, announce: Callable[[ServedApi], None]
    ) -> None:
        """Serve the HTTP API until a signal; None: as the settings say."""
        ...

    def open_keys(self) -> AbstractAsyncContextManager[Keys]:
        """The API's keys; nothing is started."""
        ...

    async def login_spotify(self, open_browser: Callable[[str], None]) -> str:
        """Log in through the browser; who it is."""
        ...

    def logout_spotify(self) -> bool:
        """Forget the login; whether there was one."""
        ...

    def examine(self) -> AsyncIterator[Check]:
        """Check settings and what they point to."""
        ...

    def import_formats(self) -> Sequence[tuple[str, str]]:
        """Name and one-line description of every importer."""
        ...

    def catalogue_import(self, path: Path, progress: Callable[[int], None]) -> int:
        """Add tracks from a CSV; how many."""
        ...

    def catalogue_search(self, query: str, limit: int) -> list[Track]:
        """Search the local catalogue."""
        ...

    def catalogue_stats(self) -> Mapping[str, object]:
        """What the local catalogue holds."""
        ...

    def serve_catalogue(self, host: str, port: int, ready_file: Path | None) -> None:
        """Serve the local catalogue until a signal."""
        ...

    async def serve_spotify_mcp(self, how: Serving, announce: Callable[[str], None]) -> None:
        """Serve MCP clients; ``announce`` gets the address, over HTTP."""
        ...

    def mcp_command(self) -> ClientCommand:
        """How an MCP client starts the server."""
        ...
