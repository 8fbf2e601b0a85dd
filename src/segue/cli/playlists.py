"""``segue playlist`` and ``segue export``: what a playlist holds, on screen and as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson, LimitRows
from segue.cli.screen import Screen
from segue.cli.session import run_with_service
from segue.cli.tables import length, new_table
from segue.cli.untrusted import cell
from segue.errors.input import InputError
from segue.music.contracts.playlists import PlaylistView
from segue.music.contracts.songs import Track
from segue.music.service.exporting import ExportFormat, export_tracks

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService

_ROWS_SHOWN = 100  # a page or two of a terminal; Spotify's own page of items is 50 to 100

playlist = typer.Typer(help="Your playlists in the catalogue.", no_args_is_help=True)

PlaylistName = Annotated[str, typer.Argument(metavar="PLAYLIST", help="Name, id, URI or link.")]


@playlist.command("list")
def list_playlists(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List your playlists."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        links = await music.playlists()
        if as_json:
            screen.json([link.model_dump(mode="json") for link in links])
            return ExitCode.OK
        table = new_table("Name", "Id", "Page")
        for link in links:
            table.add_row(cell(link.name), cell(link.id or ""), cell(link.url or ""))
        screen.out.print(table)
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


@playlist.command("show")
def show_playlist(
    context: typer.Context,
    name: PlaylistName,
    *,
    limit_rows: LimitRows = _ROWS_SHOWN,
    as_json: AsJson = False,
) -> None:
    """Show what a playlist holds now, in order."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        view = await music.show_playlist(name)
        if as_json:
            screen.json(_as_json(view))
        else:
            _print(view, screen, limit_rows)
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


def export(
    context: typer.Context,
    name: PlaylistName,
    *,
    format: Annotated[  # noqa: A002 - the option's name
        ExportFormat, typer.Option(help="csv has Exportify's columns.")
    ] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: standard output.")
    ] = None,
) -> None:
    """Write a playlist as a file that other players and services read."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        view = await music.show_playlist(name)
        tracks = [track for track in view.tracks if track]
        if unavailable := len(view.tracks) - len(tracks):
            screen.warn(f"{unavailable} unavailable items are left out")
        _write(export_tracks(tracks, view.name, format), output, screen)
        return ExitCode.OK

    run_with_service(context, "music", work)


def _write(text: str, output: Path | None, screen: Screen) -> None:
    if output is None:
        screen.out.file.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{str(output)!r} cannot be written: {error}.") from None
    screen.say(f"Wrote {output}.")


def _as_json(view: PlaylistView) -> dict[str, object]:
    tracks = [track.model_dump(mode="json") if track else None for track in view.tracks]
    return {
        "id": view.id,
        "name": view.name,
        "url": view.url,
        "total": view.total,
        "tracks": tracks,
    }


def _print(view: PlaylistView, screen: Screen, limit: int) -> None:
    screen.result(f"{view.name} ({view.total})")
    if view.url:
        screen.result(view.url)
    table = new_table("#", "Title", "Artist", "Album", "Length")
    tracks = view.tracks[:limit] if limit else view.tracks
    for position, track in enumerate(tracks, start=1):
        table.add_row(str(position), *_cells(track))
    screen.out.print(table)
    if hidden := len(view.tracks) - len(tracks):
        screen.result(f"… and {hidden} more; --limit-rows 0 shows all")


def _cells(track: Track | None) -> tuple[Text, ...]:
    if track is None:
        return (cell("unavailable", "dim"),)
    texts = (track.title, ", ".join(track.artists), track.album or "", length(track.duration_ms))
    return tuple(cell(text) for text in texts)
