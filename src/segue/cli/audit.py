"""``segue audit``: who decided what, and whether the log of it is what was written."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_records
from segue.cli.tables import moment, new_table
from segue.cli.untrusted import cell
from segue.cli.written import OutFile, write
from segue.runs.service.views import AuditView

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.runs.service.stored_records import KeptRecords

audit = typer.Typer(help="Who decided what: list it, check it, export it.")


@audit.callback(invoke_without_command=True)
@audit.command("list")
def list_entries(
    context: typer.Context,
    *,
    subject: Annotated[
        str | None, typer.Option(metavar="ID", help="Only what was done to this.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, in order.")] = 100,
    after: Annotated[int, typer.Option(min=0, metavar="N", help="Begin behind this entry.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List decisions of people, in the order in which they were made."""
    if context.invoked_subcommand:
        return

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        entries = await records.audit(subject=subject, after=after, limit=limit)
        if as_json:
            screen.json([entry.model_dump(mode="json") for entry in entries])
        elif entries:
            screen.out.print(_table(entries))
            if len(entries) == limit:
                screen.say(f"There may be more: --after {entries[-1].seq}")
        else:
            screen.result("No entry.")
        return ExitCode.OK

    run_with_records(context, work, as_json=as_json)


@audit.command("verify")
def verify(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Check that no entry was changed, removed or put in between; exit with 8 when one was."""

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        verdict = await records.verify_audit()
        if as_json:
            screen.json(verdict.model_dump(mode="json"))
        elif verdict.ok:
            screen.result("Every entry is what was written.")
        else:
            screen.result(f"Entry {verdict.entry} is not what was written: {verdict.reason}.")
        return ExitCode.OK if verdict.ok else ExitCode.INCOMPLETE

    run_with_records(context, work, as_json=as_json)


@audit.command("export")
def export(context: typer.Context, *, out: OutFile = None) -> None:
    """Write all entries as JSON lines with their hashes; keep the file elsewhere."""

    async def work(records: "KeptRecords", screen: Screen) -> ExitCode:
        await write(records.export_audit(), out, screen)
        return ExitCode.OK

    run_with_records(context, work)


def _table(entries: list[AuditView]) -> Table:
    table = new_table("#", "When (UTC)", "Who", "What", "About", "Why")
    for entry in entries:
        texts = (str(entry.seq), moment(entry.at), entry.who, entry.what, entry.subject, entry.why)
        table.add_row(*(cell(text) for text in texts))
    return table
