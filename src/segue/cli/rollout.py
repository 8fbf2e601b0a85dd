"""``segue rollout``: the old path and the new one, side by side."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_service
from segue.cli.tables import new_table, song_label, track_label
from segue.cli.untrusted import cell, plain
from segue.music.contracts.rollout import PathFigures, RolloutDifference, RolloutStatus
from segue.music.contracts.verdicts import Verdict

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService

rollout = typer.Typer(help="How agents are rolled out, and how they do beside the pipeline.")

_UNKNOWN = "-"


@rollout.callback(invoke_without_command=True)
@rollout.command("status")
def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Compare the old and the new path: success, precision by later review, cost, time."""
    if context.invoked_subcommand:
        return

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        status = await music.rollout.status()
        if as_json:
            screen.json(as_object(status))
        else:
            screen.out.print(status_view(status))
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


@rollout.command("differences")
def differences(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest sync first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the songs for which shadow mode found that the new path would do something else."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        differences = await music.rollout.differences(limit=limit)
        if as_json:
            screen.json([one.model_dump(mode="json") for one in differences])
        elif differences:
            screen.out.print(_differences(differences))
        else:
            screen.result("Shadow mode has found no difference.")
        return ExitCode.OK

    run_with_service(context, "music", work, as_json=as_json)


@rollout.command("reset")
def reset(context: typer.Context) -> None:
    """Let `auto` use the new path again after it fell back; its failures so far are forgotten."""

    async def work(music: "MusicService", screen: Screen) -> ExitCode:
        fallen = await music.rollout.reset()
        screen.result(
            "`auto` may use the new path again." if fallen else "`auto` had not fallen back."
        )
        return ExitCode.OK

    run_with_service(context, "music", work)


def as_object(status: RolloutStatus) -> dict[str, object]:
    """The status for ``--json``, with what follows from its counts."""
    return {
        **status.model_dump(mode="json"),
        "old": _path_object(status.old),
        "new": _path_object(status.new),
        "strategies": [_path_object(path) for path in status.strategies],
    }


def status_view(status: RolloutStatus) -> RenderableType:
    """The comparison, and where the roll-out stands."""
    lines = [_where(status)]
    if status.fallen_back:
        lines.append(
            Text(
                f"Fallen back to the pipeline since {status.fallen_back_at}:"
                f" {plain(status.fallen_back_reason)}."
                " `segue rollout reset` lets `auto` try again.",
                style="bold red",
            )
        )
    elif status.failure_rate_percent is not None:
        lines.append(
            Text(
                f"Of its last syncs {status.failure_rate_percent:.0f} % failed; beyond"
                f" {status.failure_bound_percent:g} % `auto` falls back to the pipeline."
            )
        )
    if status.shadow_syncs:
        rows = status.shadow_rows
        lines.append(
            Text(
                f"Shadow mode: {rows.compared} songs of {status.shadow_syncs} syncs compared,"
                f" {rows.different} differ, {rows.failed} failed;"
                " `segue rollout differences` lists them."
            )
        )
    if status.new.use.offline or status.shadow_use.offline:
        lines.append(
            Text("Offline rules answered in place of a model; they say nothing about one.")
        )
    return Group(_paths(status), *lines)


def _where(status: RolloutStatus) -> Text:
    if status.new_path is None:
        return Text("Agents are off (USE_AGENT_SDK); `auto` is the pipeline.")
    return Text(
        f"`auto` gives {status.percentage:g} % of the syncs to `{status.new_path}`,"
        f" and runs it beside {status.shadow_percentage:g} % of the others without writing."
    )


def _paths(status: RolloutStatus) -> Table:
    table = new_table(
        "Path", "Syncs", "Success", "Precision", "Reviewed", "Given back", "US$/1,000", "s/song"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for path in (status.old, status.new, *status.strategies):
        table.add_row(*(cell(text) for text in _cells(path)))
    return table


def _cells(path: PathFigures) -> tuple[str, ...]:
    cost, pace = path.cost_per_thousand, path.seconds_per_track
    return (
        path.name,
        str(path.syncs),
        _share(path.success),
        _share(path.precision),
        str(path.reviewed),
        str(path.use.given_back),
        _UNKNOWN if cost is None else f"{cost:.2f}{'+' if path.use.unpriced_calls else ''}",
        _UNKNOWN if pace is None else f"{pace:.2f}",
    )


def _differences(differences: list[RolloutDifference]) -> Table:
    table = new_table("Song", "Pipeline", "New path", "Why", "Strategy")
    for one in differences:
        texts = (song_label(one.song), _did(one.old), _did(one.new), one.new.reason, one.strategy)
        table.add_row(*(cell(text) for text in texts))
    return table


def _did(verdict: Verdict) -> str:
    if verdict.decision == "accept" and verdict.track:
        return f"{track_label(verdict.track)} ({verdict.track.album or verdict.track.uri})"
    return {"review": "in doubt", "none": "not found"}.get(verdict.decision, "failed")


def _share(share: float | None) -> str:
    return _UNKNOWN if share is None else f"{share:.1%}"


def _path_object(path: PathFigures) -> dict[str, object]:
    return {
        **path.model_dump(mode="json"),
        "success": path.success,
        "precision": path.precision,
        "seconds_per_track": path.seconds_per_track,
        "cost_usd_per_thousand": path.cost_per_thousand,
    }
