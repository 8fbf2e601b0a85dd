"""``segue imports``: playlists that were read from files, and how to forget one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.lists import print_tables, write_json_list
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_service
from segue.cli.tables import new_table
from segue.cli.untrusted import cell
from segue.music.contracts.imports import StoredImport
from segue.music.contracts.pages import every_item

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService

imports = typer.Typer(help="Playlists that were read from files.", no_args_is_help=True)


@imports.command("list")
def list_imports(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List what is stored, newest first."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        rows = every_item(lambda place: music.imports.list(after=place))
        if as_json:
            await write_json_list(screen, rows)
        else:
            await print_tables(screen, rows, _table)
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


@imports.command("delete")
def delete_import(
    context: typer.Context,
    import_id: Annotated[str, typer.Argument(metavar="ID", help="As `segue imports list` says.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Forget a playlist's songs; refused while a sync of it is stored."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        await music.imports.delete(import_id)
        if as_json:
            screen.json({"id": import_id, "deleted": True})
        else:
            screen.result(f"The import {import_id} and its songs are deleted.")
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


def _table(rows: Sequence[StoredImport]) -> Table:
    table = new_table("Id", "Name", "Songs", "Read (UTC)")
    for row in rows:
        table.add_row(cell(row.id), cell(row.name), str(row.songs), cell(row.created_at))
    return table
