"""``segue usage``: what agents used, in calls, tokens and money."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_records
from segue.cli.tables import new_table
from segue.cli.untrusted import cell
from segue.runs.contracts import Spent
from segue.runs.service.views import UsageLine, UsageView

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.runs.service.stored_records import KeptRecords


def usage(
    context: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="WORKFLOW_OR_CONVERSATION", help="Id of either.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Show what a conversation or a workflow has used: calls, tokens, money."""

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        usage = await records.usage(subject)
        if as_json:
            screen.json(usage.model_dump(mode="json"))
        else:
            _print(usage, screen)
        return ExitCode.OK

    run_with_records(context, work, as_json=as_json)


def money(cost_usd: Decimal, unpriced_calls: int) -> str:
    """Dollars; calls whose price is not known are never shown as free."""
    cost = f"${cost_usd.normalize():f}"
    if not unpriced_calls:
        return cost
    unknown = f"{unpriced_calls} calls of unknown price"
    return f"{cost} and {unknown}" if cost_usd else unknown


def _print(usage: UsageView, screen: Screen) -> None:
    screen.result(f"{usage.kind.capitalize()} {usage.subject}")
    screen.out.print(_totals(usage.spent))
    if usage.lines:
        screen.out.print(_lines(usage.lines))


def _totals(use: Spent) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_row("Calls of models", f"{use.model_calls}, in {use.attempts} attempts")
    tokens = f"{use.input_tokens} in ({use.cached_tokens} cached), {use.output_tokens} out"
    grid.add_row("Tokens", tokens)
    grid.add_row("Cost", money(use.cost_usd, use.unpriced_calls))
    grid.add_row("Calls of tools", str(use.tool_calls))
    grid.add_row("Handoffs", str(use.handoffs))
    return grid


def _lines(lines: tuple[UsageLine, ...]) -> Table:
    table = new_table("Agent", "Model", "Calls", "Attempts", "Failed", "In", "Out", "Cost", "Time")
    for line in lines:
        counts = (line.calls, line.attempts, line.failed, line.input_tokens, line.output_tokens)
        table.add_row(
            cell(line.agent),
            cell(line.model + (" (offline)" if line.offline else "")),
            *(str(count) for count in counts),
            money(line.cost_usd, line.unpriced_calls),
            f"{line.seconds:.1f} s",
        )
    return table
