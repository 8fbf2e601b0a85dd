"""``segue db``: the database's schema, and which database stands with Temporal's namespace."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run
from segue.cli.untrusted import plain

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.storage.migrating import Schema

db = typer.Typer(help="The database: its schema, and the Temporal it stands with.")


@db.callback(invoke_without_command=True)
@db.command("current")
def current(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the schema's revision, and this Segue's; changes nothing."""
    if context.invoked_subcommand:
        return
    _show_schema(context, lambda installation: installation.database_schema(), as_json=as_json)


@db.command("upgrade")
def upgrade(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Bring the schema up to date; processes of the version before go on beside it."""
    _show_schema(context, lambda installation: installation.upgrade_database(), as_json=as_json)


@db.command("rewrap")
def rewrap(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Bring all keys under the first one of SEGUE_ENCRYPTION_KEYS; older ones can then be left out.

    Content is not touched. It may be stopped at any time and run again.
    """

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        with screen.busy("Rewrapping keys"):
            report = await installation.rewrap_keys()
        if as_json:
            screen.json(report.model_dump(mode="json"))
        else:
            screen.result(
                f"Under the key {report.key!r} now: {report.conversations} conversations,"
                f" {report.workflows} workflows, {report.cards} agent cards,"
                f" {report.questions} questions, {report.webhooks} webhooks,"
                f" {report.it_sessions} IT sessions that were not before."
            )
        if report.unreadable:
            names = ", ".join(plain(name) for name in report.unreadable)
            screen.warn(f"Their key is not configured, so they stay as they are: {names}")
        return ExitCode.OK

    run(context, work, as_json=as_json)


@db.command("adopt")
def adopt(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Let the configured database stand with the configured namespace of Temporal from now on.

    After a move to another database. Runs whose rows the new one does not hold cannot go on.
    """

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        pair = await installation.adopt_database()
        if as_json:
            screen.json({"adopted": pair})
        else:
            screen.result(f"Adopted: {pair}.")
        return ExitCode.OK

    run(context, work, as_json=as_json)


def _show_schema(
    context: typer.Context,
    look: Callable[[Installation], "Awaitable[Schema]"],
    *,
    as_json: bool,
) -> None:
    async def work(installation: Installation, screen: Screen) -> ExitCode:
        schema = await look(installation)
        if as_json:
            screen.json({
                "current": schema.current,
                "newest": schema.newest,
                "oldest": schema.oldest,
                "usable": not schema.is_older and schema.oldest <= schema.newest,
            })
        else:
            screen.result(_summary(schema))
        return ExitCode.OK

    run(context, work, as_json=as_json)


def _summary(schema: "Schema") -> str:
    lines = [
        f"The schema is at revision {schema.current or 'none'}; this Segue's is {schema.newest}."
    ]
    if schema.is_older:
        lines.append("`segue db upgrade` brings it up to date.")
    elif schema.newest < schema.oldest:
        lines.append(f"It works with a Segue of revision {schema.oldest} or newer only.")
    elif schema.current != schema.newest:
        lines.append("A newer Segue made it, and this one can work on it.")
    return "\n".join(lines)
