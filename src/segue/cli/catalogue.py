"""``segue catalogue``: the local catalogue, which stands in where Spotify is not set up."""

from pathlib import Path
from typing import Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.options import AsJson
from segue.cli.progress import open_display
from segue.cli.screen import Screen
from segue.cli.session import run_blocking
from segue.cli.tables import length, new_table
from segue.cli.untrusted import cell

catalogue = typer.Typer(help="The local catalogue.", no_args_is_help=True)


@catalogue.command("import")
def import_tracks(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV of tracks; docs/how-to tells the columns.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Add tracks from a CSV file."""

    def work(installation: Installation, screen: Screen) -> ExitCode:
        with open_display(screen) as display:
            count = installation.catalogue_import(file, display.reading)
        if as_json:
            screen.json({"imported": count})
        else:
            screen.result(f"Imported {count} tracks from {file}.")
        return ExitCode.OK

    run_blocking(context, work, as_json=as_json)


@catalogue.command("search")
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words of the title, artist or album.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Search as a sync does."""

    def work(installation: Installation, screen: Screen) -> ExitCode:
        tracks = installation.catalogue_search(query, limit)
        if as_json:
            screen.json([track.model_dump(mode="json") for track in tracks])
            return ExitCode.OK
        table = new_table("Title", "Artist", "Album", "Year", "Length", "URI")
        for track in tracks:
            artists, year = ", ".join(track.artists), (track.release_date or "")[:4]
            texts = (track.title, artists, track.album or "", year, length(track.duration_ms))
            table.add_row(*(cell(text) for text in (*texts, track.uri)))
        screen.out.print(table)
        return ExitCode.OK

    run_blocking(context, work, as_json=as_json)


@catalogue.command("stats")
def stats(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show what the catalogue holds."""

    def work(installation: Installation, screen: Screen) -> ExitCode:
        stats = installation.catalogue_stats()
        if as_json:
            screen.json(dict(stats))
            return ExitCode.OK
        for name, value in stats.items():
            screen.result(f"{name}: {value}")
        return ExitCode.OK

    run_blocking(context, work, as_json=as_json)


@catalogue.command("serve")
def serve(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 0,
    ready_file: Annotated[
        Path | None, typer.Option(help="Written with the address once it answers.")
    ] = None,
) -> None:
    """Serve the catalogue over HTTP until Ctrl-C."""

    def work(installation: Installation, screen: Screen) -> ExitCode:
        def announce(url: str) -> None:
            screen.result(f"The local catalogue answers at {url} until Ctrl-C.")

        installation.serve_catalogue(host, port, ready_file, announce)
        return ExitCode.OK

    run_blocking(context, work)
