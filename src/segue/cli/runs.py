"""``segue runs``: syncs that run or ran, and how to steer them."""

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.finishing import exit_code, tell
from segue.cli.following import follow
from segue.cli.lists import print_tables, write_json_list
from segue.cli.options import AsJson, LimitRows, RunId, Strict
from segue.cli.progress import line, open_display
from segue.cli.screen import Screen
from segue.cli.session import run_with_app, run_with_service
from segue.cli.sync import ROWS_SHOWN
from segue.cli.tables import new_table
from segue.cli.untrusted import cell
from segue.music.contracts.runs import FORGOTTEN, RunAddress
from segue.music.contracts.syncs import RunSummary

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService
    from segue.wiring.app import App

runs = typer.Typer(help="Syncs that run or ran: list, look, attach, steer.")


@runs.callback(invoke_without_command=True)
def list_runs(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, latest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List syncs, latest first."""
    if context.invoked_subcommand:
        return

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        summaries = await music.runs(limit=limit)
        if as_json:
            await write_json_list(screen, _each(summaries))
        elif summaries:
            await print_tables(screen, _each(summaries), _table)
            if any(run.status == FORGOTTEN for run in summaries):
                screen.result(
                    "Temporal knows the forgotten ones no longer; `segue sync` starts them again."
                )
        else:
            screen.result("No run yet; `segue sync FILE` starts one.")
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


@runs.command("show")
def show_run(
    context: typer.Context,
    run_id: RunId,
    *,
    limit_rows: LimitRows = ROWS_SHOWN,
    as_json: AsJson = False,
) -> None:
    """Show how far a run is, or how it ended."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        run = (await music.run(RunAddress(run_id))).summary
        if run.status == "running":
            await _show_running(music, run, screen)
        else:
            report = await music.stored_report(run_id)
            await tell(music, report, screen, limit=limit_rows)
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


@runs.command("attach")
def attach(
    context: typer.Context,
    run_id: RunId,
    *,
    strict: Strict = False,
    limit_rows: LimitRows = ROWS_SHOWN,
    as_json: AsJson = False,
) -> None:
    """Follow a run until it ends, as `segue sync` does."""

    async def work(app: "App[MusicService]", screen: Screen) -> ExitCode:
        with open_display(screen) as display:
            report = await follow(app, run_id, screen, display)
        await tell(app.service, report, screen, limit=limit_rows)
        return exit_code(report.head, strict=strict)

    run_with_app(context, "music", work, as_json=as_json)


@runs.command("pause")
def pause(context: typer.Context, run_id: RunId) -> None:
    """Hold a run after the step at hand; nothing is lost."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        await music.pause(run_id)
        screen.result(f"Paused {run_id}; `segue runs resume {run_id}` lets it go on.")
        return ExitCode.OK

    run_with_service(context, "music", work)


@runs.command("resume")
def resume(context: typer.Context, run_id: RunId) -> None:
    """Let a paused run go on."""

    async def work(app: "App[MusicService]", screen: Screen) -> ExitCode:
        await app.service.resume(run_id)
        screen.result(f"{run_id} goes on; `segue runs attach {run_id}` follows it.")
        app.detach()
        return ExitCode.OK

    run_with_app(context, "music", work)


@runs.command("cancel")
def cancel(context: typer.Context, run_id: RunId) -> None:
    """End a run; what is in the playlist stays, consistent."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        await music.cancel(run_id)
        screen.result(f"Cancelled {run_id}; `segue runs show {run_id}` tells what was done.")
        return ExitCode.OK

    run_with_service(context, "music", work)


async def _show_running(music: "MusicService", run: RunSummary, screen: Screen) -> None:
    progress = await music.progress(run.workflow_id)
    if screen.as_json:
        now = progress.model_dump(mode="json") if progress else None
        screen.json({**run.model_dump(mode="json"), "progress": now})
        return
    screen.result(f"{run.playlist_name or run.kind}: {line(progress)}")
    if run.ui_url:
        screen.result(f"History: {run.ui_url}")


async def _each(summaries: list[RunSummary]) -> AsyncGenerator[RunSummary]:
    for run in summaries:
        yield run


def _table(summaries: Sequence[RunSummary]) -> Table:
    table = new_table("Run", "Playlist", "Strategy", "Status", "Started (UTC)", "Ended (UTC)")
    table.columns[0].no_wrap = True  # so that it can be copied
    table.columns[2].no_wrap = table.columns[3].no_wrap = True
    for run in summaries:
        moments = (_moment(run.started_at), _moment(run.closed_at or ""))
        cells = (run.workflow_id, run.playlist_name, run.strategy or "", run.status, *moments)
        table.add_row(*(cell(text) for text in cells))
    return table


def _moment(iso: str) -> str:
    """To the second; the zone stands in the heading."""
    return iso[:19].replace("T", " ")
