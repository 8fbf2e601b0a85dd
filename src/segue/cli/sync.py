"""``segue sync``: a playlist file becomes a playlist."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.finishing import exit_code, tell
from segue.cli.following import follow
from segue.cli.installation import Installation
from segue.cli.options import AsJson, LimitRows, Strict
from segue.cli.progress import Display, open_display
from segue.cli.report_files import WriteReport, report_writer
from segue.cli.screen import Screen
from segue.cli.session import open_app, run
from segue.cli.untrusted import plain
from segue.errors.input import InputError, UnreadableFileError
from segue.music.contracts.imports import ImportReport, RejectedRow
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncMode, SyncRequest

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService
    from segue.wiring.app import App

ROWS_SHOWN = 50  # a table of thousands scrolls everything else away
_REJECTED_SHOWN = 5


Target = Annotated[
    str | None,
    typer.Option(help="Target: name, id or link; a new name is created. Default: as in FILE."),
]
ReportFile = Annotated[
    Path | None, typer.Option(help="Write the result to FILE.csv, FILE.json or FILE.html.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        metavar="a=b,c=d", help="Which column is which: title=NAME,artist=NAME, or title=1."
    ),
]
SourcePlaylist = Annotated[
    str | None,
    typer.Option(
        "--playlist-in-file",
        "--source-playlist",
        help="Which playlist of a FILE that holds several.",
    ),
]
Encoding = Annotated[
    str | None, typer.Option(help="Encoding of FILE, such as koi8-r; default: detected.")
]
MappingFile = Annotated[
    Path | None, typer.Option(help="Load your own matches (title,artist,uri) first.")
]


@dataclass(frozen=True)
class Source:
    """What to read.

    Attributes:
        path: None reads standard input.
        format: Name of an importer; None detects it.
        columns: Our column names to the file's headings.
        playlist: Which playlist of a file that holds several.
        mapping: A file of the user's own matches to load first.
        encoding: Of the text; None detects it.
    """

    path: Path | None
    format: str | None = None
    columns: Mapping[str, str] | None = None
    playlist: str | None = None
    mapping: Path | None = None
    encoding: str | None = None

    @property
    def label(self) -> str:
        """What to call it when a line of it is told of."""
        return self.path.name if self.path else "standard input"


@dataclass(frozen=True)
class Wish:
    """What to make of it; see :class:`segue.music.contracts.SyncRequest`."""

    playlist: str | None = None
    mode: SyncMode = SyncMode.APPEND
    dry_run: bool = False
    agreed: bool = False
    wait: bool = False
    refresh: bool = False
    strategy: Strategy = Strategy.AUTO

    def request(self, source: ImportReport, playlist: str | None) -> SyncRequest:
        """The request for an imported source, whose name is the target's unless one was given."""
        name = source.playlists[0] if len(source.playlists) == 1 else source.name
        return SyncRequest(
            import_id=source.import_id,
            playlist=self.playlist or playlist or name,
            mode=self.mode,
            dry_run=self.dry_run,
            confirmed=self.agreed,
            wait_for_other=self.wait,
            refresh=self.refresh,
            strategy=self.strategy,
        )


@dataclass(frozen=True)
class Telling:
    """How the result is told."""

    write_report: WriteReport | None = None
    strict: bool = False
    limit: int = ROWS_SHOWN


def sync(  # noqa: PLR0913 - a command's parameters are its options
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(help="Playlist file, folder of them, or - for standard input.")
    ],
    *,
    playlist: Target = None,
    mode: Annotated[
        SyncMode, typer.Option(help="append: keep what is there; mirror: become the source.")
    ] = SyncMode.APPEND,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Agree to what a mirror removes, without asking.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Match and plan; write nothing.")
    ] = False,
    report: ReportFile = None,
    format: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option(help="Format of FILE, one of `segue formats`; default: detected.")
    ] = None,
    columns: Columns = None,
    source_playlist: SourcePlaylist = None,
    encoding: Encoding = None,
    all: Annotated[  # noqa: A002 - the option's name
        bool, typer.Option("--all", help="Each playlist of a FILE that holds several, by its name.")
    ] = False,
    mapping: MappingFile = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Another sync on the playlist: start after it, not join.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Search again what an earlier run found.")
    ] = False,
    strategy: Annotated[
        Strategy, typer.Option(help="Who chooses the tracks; auto: the flags and the roll-out.")
    ] = Strategy.AUTO,
    strict: Strict = False,
    limit_rows: LimitRows = ROWS_SHOWN,
    as_json: AsJson = False,
) -> None:
    """Sync a playlist file to a playlist, and verify it by reading the playlist back.

    The sync runs in the background and survives crashes; Ctrl-C leaves it running.
    """

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        source = Source(
            path=_existing(file),
            format=format,
            columns=parse_columns(columns),
            playlist=source_playlist,
            mapping=mapping,
            encoding=encoding,
        )
        if all and (playlist or source_playlist or report):
            raise InputError(
                "--all makes a playlist of each name in FILE, each with a report of its own",
                hint="Leave out --playlist, --playlist-in-file and --report.",
            )
        wish = Wish(playlist, mode, dry_run, yes, wait, refresh, strategy)
        telling = Telling(report_writer(report) if report else None, strict, limit_rows)
        # Last, so that nothing starts for a mistyped option.
        async with open_app(installation, "music", screen) as app:
            if all:
                return await sync_each(app, screen, source, wish, telling)
            return await run_sync(app, screen, source, wish, telling)

    run(context, work, as_json=as_json)


async def sync_each(
    app: "App[MusicService]", screen: Screen, source: Source, wish: Wish, telling: Telling
) -> ExitCode:
    """Sync every playlist of a file to one of its own name; the first bad status of all."""
    with open_display(screen) as display:
        whole = await read(app.service, source, display)
    codes = [
        await run_sync(app, screen, replace(source, playlist=name), wish, telling)
        for name in whole.playlists or (None,)
    ]
    return next((code for code in codes if code is not ExitCode.OK), ExitCode.OK)


async def run_sync(
    app: "App[MusicService]", screen: Screen, source: Source, wish: Wish, telling: Telling
) -> ExitCode:
    """Import, start, follow and tell one sync."""
    for mapping in filter(None, (app.service.mapping_file, source.mapping)):
        report = await app.service.load_mapping(mapping)
        _warn_of_rejected(screen, mapping.name, report.rejected, len(report.rejected))
    with open_display(screen) as display:
        source_import = await read(app.service, source, display)
        _warn_of_rejected(
            screen, source.label, source_import.rejected, source_import.rejected_total
        )
        for warning in source_import.warnings:
            screen.warn(f"{source.label}: {warning}")
        request = wish.request(source_import, source.playlist)
        display.doing(f"looking for the playlist {plain(request.playlist)!r}")
        sync = await app.service.start_sync(request)
        if sync.joined:
            display.say("A sync of this playlist was already running; this is that one.")
        result = await follow(app, sync.workflow_id, screen, display)
    if telling.write_report:
        await telling.write_report(result)
    await tell(app.service, result, screen, limit=telling.limit, rejections=source_import.rejected)
    return exit_code(result.head, strict=telling.strict)


async def read(music: "MusicService", source: Source, display: Display) -> ImportReport:
    """Import the source and show that it goes on."""
    return await music.imports.read(
        source.path,
        stdin=None if source.path else sys.stdin.buffer,
        format=source.format,
        columns=source.columns,
        playlist=source.playlist,
        encoding=source.encoding,
        progress=display.reading,
    )


def parse_columns(text: str | None) -> dict[str, str] | None:
    """``title=Song,artist=By`` as a mapping.

    Raises:
        InputError: A part without ``=``, or with nothing on one side of it.
    """
    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if bad := [f"{name}{sign}{heading}" for name, sign, heading in pairs if not (name and heading)]:
        raise InputError(
            f"--columns expects NAME=HEADING parts with commas between; got {bad[0]!r}.",
            hint="For example: --columns title=Song,artist=By.",
        )
    return {name.strip(): heading.strip() for name, _, heading in pairs}


def _existing(file: str) -> Path | None:
    if file == "-":
        return None
    if not (Path(file).is_file() or Path(file).is_dir()):
        raise UnreadableFileError(f"There is no file {file!r}.")
    return Path(file)


def _warn_of_rejected(
    screen: Screen, name: str, rejections: tuple[RejectedRow, ...], total: int
) -> None:
    for row in rejections[:_REJECTED_SHOWN]:
        screen.warn(f"{name}, line {row.line}: {row.reason}; the row is left out")
    if total > _REJECTED_SHOWN:
        screen.warn(f"{name}: {total - _REJECTED_SHOWN} more rows are left out; --json lists them")
