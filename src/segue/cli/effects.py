"""``segue effects``: what tools may or may not have done, and what a person found out."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_records
from segue.cli.tables import moment, new_table
from segue.cli.untrusted import cell
from segue.runs.service.views import EffectView

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.runs.service.stored_records import KeptRecords

effects = typer.Typer(help="What tools may or may not have done: list it, settle it.")


@effects.callback(invoke_without_command=True)
@effects.command("list")
def list_effects(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, by key.")] = 100,
    after: Annotated[str, typer.Option(metavar="KEY", help="Begin behind this key.")] = "",
    as_json: AsJson = False,
) -> None:
    """List effects of which nobody knows whether they happened."""
    if context.invoked_subcommand:
        return

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        effects = await records.unknown_effects(limit=limit, after=after)
        if as_json:
            screen.json([effect.model_dump(mode="json") for effect in effects])
        elif effects:
            screen.out.print(_table(effects))
            screen.say("Look whether each happened; then `segue effects resolve KEY`.")
        else:
            screen.result("Every effect that was begun has a known outcome.")
        return ExitCode.OK

    run_with_records(context, work, as_json=as_json)


@effects.command("resolve")
def resolve(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="As `segue effects` shows it.")],
    *,
    happened: Annotated[bool, typer.Option("--happened/--did-not", help="What you found.")],
    who: Annotated[str, typer.Option(metavar="NAME", help="Who looked; goes on record.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="How you know; goes on record.")],
    as_json: AsJson = False,
) -> None:
    """Write down what you found out; it goes into the audit log.

    What happened is not done again; what did not may be begun anew by a later attempt.
    """

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        effect = await records.resolve_effect(key, happened=happened, who=who, why=why)
        if as_json:
            screen.json(effect.model_dump(mode="json"))
        else:
            finding = "happened" if happened else "did not happen"
            screen.result(f"On record: {effect.tool} {finding}, says {effect.resolved_by}.")
        return ExitCode.OK

    run_with_records(context, work, as_json=as_json)


def _table(effects: list[EffectView]) -> Table:
    table = new_table("Key", "Tool", "Agent", "Begun (UTC)", "Try", "Workflow", "Conversation")
    for effect in effects:
        texts = (effect.key, effect.tool, effect.agent, moment(effect.begun_at))
        names = (str(effect.attempt), effect.workflow_id, effect.conversation)
        table.add_row(*(cell(text) for text in (*texts, *names)))
    return table
