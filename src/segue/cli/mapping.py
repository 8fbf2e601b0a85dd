"""``segue mapping``: the user's own matches, as a list and as a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.lists import print_tables, write_json_list
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_service
from segue.cli.tables import new_table, song_label
from segue.cli.untrusted import cell
from segue.errors.input import InputError
from segue.music.contracts.pages import every_item
from segue.music.contracts.reviews import ReviewDecision

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService

mapping = typer.Typer(help="Your own matches: they win on every run.", no_args_is_help=True)


@mapping.command("list")
def list_decisions(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List every decision in force, from reviews and mapping files."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        decisions = every_item(lambda place: music.decisions(after=place))
        if as_json:
            await write_json_list(screen, decisions)
        else:
            await print_tables(screen, decisions, _table)
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


@mapping.command("forget")
def forget(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Key, as `segue mapping list` shows it.")],
) -> None:
    """Take a decision back; the next run decides by itself again."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        if not await music.forget_decision(key):
            raise InputError(
                f"No decision has the key {key!r}.", hint="`segue mapping list` shows the keys."
            )
        screen.result(f"Forgot the decision {key}.")
        return ExitCode.OK

    run_with_service(context, "music", work)


@mapping.command("load")
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with title, artist, uri.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Take matches from a CSV file; an empty uri leaves the song out."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        report = await music.load_mapping(file)
        if as_json:
            rejections = [row.model_dump(mode="json") for row in report.rejected]
            screen.json({"loaded": report.loaded, "rejected": rejections})
            return ExitCode.OK
        for row in report.rejected:
            screen.warn(f"{file.name}, line {row.line}: {row.reason}; the row is left out")
        screen.result(f"Loaded {report.loaded} matches from {file}.")
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


@mapping.command("save")
def save(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV file to write.")],
) -> None:
    """Write all decisions to a CSV file, to edit, keep or share."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        count = await music.save_mapping(file)
        screen.result(f"Saved {count} matches to {file}.")
        return ExitCode.OK

    run_with_service(context, "music", work)


def _table(decisions: Sequence[ReviewDecision]) -> Table:
    table = new_table("Key", "Song", "Track", "From")
    for decision in decisions:
        texts = (decision.key, song_label(decision.song), decision.uri or "left out")
        table.add_row(*(cell(text) for text in (*texts, decision.origin)))
    return table
