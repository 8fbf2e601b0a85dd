"""``segue demo``: the whole way on embedded defaults, and what a crash in the middle does to it."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.finishing import exit_code, tell
from segue.cli.following import follow
from segue.cli.installation import Installation
from segue.cli.options import AsJson
from segue.cli.progress import Display, line, open_display
from segue.cli.screen import Screen
from segue.cli.session import open_app, run
from segue.cli.sync import Source, Wish, read
from segue.cli.tables import new_table
from segue.cli.untrusted import cell
from segue.music.contracts.playlists import PlaylistView
from segue.music.contracts.reports import StoredReport
from segue.music.contracts.syncs import SyncPhase, SyncProgress, SyncReport
from segue.music.contracts.tracks import TrackStatus
from segue.music.service.report_texts import report_json

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService
    from segue.wiring.app import App

PLAYLIST = "Segue demo"
_LOOK_EVERY = timedelta(seconds=0.05)  # the demo playlist is short; a crash must hit its middle
_CRASH_SEARCH_DELAY = 0.5  # seconds; the sync is done in a fifth of one without, and has no middle
_IN_PLAYLIST = frozenset({TrackStatus.ADDED, TrackStatus.ALREADY_PRESENT})


@dataclass(frozen=True)
class Proof:
    """What the playlist, read back, says about a sync whose worker was killed.

    Attributes:
        killed_worker: Process id of the worker that got SIGKILL; None: the sync was faster.
        planned: Tracks that the report says are in the playlist, repeats counted.
        present: Tracks that the playlist holds.
        lost: Planned and not there.
        doubled: There more often than planned, or not planned at all.
    """

    killed_worker: int | None
    planned: int
    present: int
    lost: int
    doubled: int

    @property
    def holds(self) -> bool:
        """Whether a worker died and nothing happened to the playlist."""
        return self.killed_worker is not None and not self.lost and not self.doubled


class Crash:
    """Kills the worker once, as soon as some songs are matched, and tells what follows."""

    def __init__(self, kill_worker: Callable[[], int | None], display: Display) -> None:
        self._kill_worker = kill_worker
        self._display = display
        self._went_on = False
        self.killed: int | None = None

    def watch(self, progress: SyncProgress | None) -> None:
        """Look at the progress; the first answer after the kill can only be a new worker's."""
        if progress is None:
            return
        if self.killed is None and progress.matched and progress.phase is not SyncPhase.DONE:
            self.killed = self._kill_worker()
            if self.killed is not None:
                self._display.say(
                    f"Killed the worker (process {self.killed}, SIGKILL) at: {line(progress)}."
                )
        elif self.killed is not None and not self._went_on:
            self._went_on = True
            self._display.say(f"A new worker goes on at: {line(progress)}.")


def demo(
    context: typer.Context,
    *,
    crash: Annotated[
        bool, typer.Option("--crash", help="Kill the worker in the middle; prove nothing is lost.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the demo's data and say how to look at it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sync the playlist that ships with Segue, with no key, no account and no network.

    It uses the local catalogue and a data folder of its own, which goes away at the end.
    """

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        folder = Path(tempfile.mkdtemp(prefix="segue-demo-"))
        try:
            delay = _CRASH_SEARCH_DELAY if crash else 0.0
            own = installation.for_demo(folder, search_delay=delay)
            return await _demo(own, screen, crash=crash)
        finally:
            _leave(folder, screen, keep=keep)

    run(context, work, as_json=as_json)


def compare(report: SyncReport, playlist: PlaylistView, killed_worker: int | None) -> Proof:
    """Count what the report promises against what the playlist holds."""
    matches = [row.match for row in report.tracks if row.status in _IN_PLAYLIST]
    expected_uris = Counter(track.uri for track in matches if track)
    present = Counter(track.uri if track else "" for track in playlist.tracks)
    return Proof(
        killed_worker=killed_worker,
        planned=expected_uris.total(),
        present=present.total(),
        lost=(expected_uris - present).total(),
        doubled=(present - expected_uris).total(),
    )


async def _demo(installation: Installation, screen: Screen, *, crash: bool) -> ExitCode:
    screen.say("The demo asks the local catalogue that ships with Segue; Spotify is not involved.")
    if crash:
        screen.say(f"Each search takes {_CRASH_SEARCH_DELAY} s longer, so that there is a middle.")
    async with open_app(installation, "music", screen) as app:
        with open_display(screen) as display:
            accident = Crash(installation.kill_worker, display) if crash else None
            sync_report = await _sync(app, screen, display, accident)
        report = await sync_report.whole()
        proof = None
        if accident:
            view = await app.service.show_playlist(report.playlist.id or report.playlist.name)
            proof = compare(report, view, accident.killed)
        await _tell(app.service, screen, sync_report, proof)
    return exit_code(report) if proof is None or proof.holds else ExitCode.INCOMPLETE


async def _sync(
    app: "App[MusicService]", screen: Screen, display: Display, accident: Crash | None
) -> StoredReport:
    with as_file(files("segue.music") / "demo_playlist.csv") as path:
        source = await read(app.service, Source(path), display)
    sync = await app.service.start_sync(Wish(playlist=PLAYLIST).request(source, None))
    if accident is None:
        return await follow(app, sync.workflow_id, screen, display)
    return await follow(
        app, sync.workflow_id, screen, display, on_progress=accident.watch, every=_LOOK_EVERY
    )


async def _tell(
    music: "MusicService", screen: Screen, report: StoredReport, proof: Proof | None
) -> None:
    if screen.as_json:
        crash = {"crash": asdict(proof)} if proof else {}
        await screen.write(report_json(report, crash))
        return
    await tell(music, report, screen, limit=0)
    if proof is None:
        return
    if proof.killed_worker is None:
        screen.result("The sync was done before its worker could be killed; try again.")
        return
    screen.result("After the crash, read back from the catalogue:")
    table = new_table("Planned", "Present", "Lost", "Doubled")
    table.add_row(
        str(proof.planned),
        str(proof.present),
        cell(str(proof.lost), "red" if proof.lost else "green"),
        cell(str(proof.doubled), "red" if proof.doubled else "green"),
    )
    screen.out.print(table)


def _leave(folder: Path, screen: Screen, *, keep: bool) -> None:
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)  # a file that a dying process still holds
        return
    screen.say(f"The demo's data stays in {folder}.")
    screen.say(f"Look further: SEGUE_CATALOGUE=local SEGUE_DATA_DIR={folder} segue up")
