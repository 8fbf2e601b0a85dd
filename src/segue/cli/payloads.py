"""``segue payloads``: the large payloads that lie beside the histories."""

import asyncio
from typing import TYPE_CHECKING

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_agents
from segue.runs.service.views import CollectedPayloads

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.wiring.app import Agents

payloads = typer.Typer(help="Large payloads beside the histories.", no_args_is_help=True)


@payloads.command("collect")
def collect(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Remove payloads to which no history refers any more; it is done daily by itself."""

    async def work(agents: "Agents", screen: Screen) -> ExitCode:
        try:
            with screen.busy("Reading all histories"):
                report = await agents.records.collect_payloads()
        except asyncio.CancelledError:
            agents.detach()
            screen.say("The collection goes on; the same command waits for it again.")
            raise
        if as_json:
            screen.json(report.model_dump(mode="json"))
        else:
            screen.result(_summary(report))
        return ExitCode.OK

    run_with_agents(context, work, as_json=as_json)


def _summary(report: CollectedPayloads) -> str:
    return (
        f"Removed {report.deleted} payloads ({report.freed_bytes} bytes); "
        f"{report.kept} old ones are still needed."
    )
