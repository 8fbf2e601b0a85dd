"""``segue prune``: forget old syncs, imports and events."""

import re
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run
from segue.cli.tables import new_table
from segue.errors.input import InputError

_AGE = re.compile(r"([1-9][0-9]{0,4})d?")
_KIB = 1024


def prune(
    context: typer.Context,
    *,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="30d", help="How long ago, in days; default: SEGUE_RETENTION_DAYS."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count; delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete syncs that ended long ago, imports that none uses, events of old turns.

    What a running sync needs stays, and so do doubts that wait, decisions and conversations. It
    may run while workers do, and be stopped at any time.
    """

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        age = parse_age(older_than)
        with screen.busy("Looking for what is old"):
            rows = await installation.prune(older_than=age, dry_run=dry_run)
        if as_json:
            screen.json({"dry_run": dry_run, "pruned": [asdict(each) for each in rows]})
            return ExitCode.OK
        table = new_table("What", "Rows", "KiB")
        for each in rows:
            table.add_row(each.what, f"{each.rows:,}", f"{each.size / _KIB:,.0f}")
        screen.out.print(table)
        if dry_run:
            screen.result("Nothing was deleted: a dry run.")
        return ExitCode.OK

    run(context, work, as_json=as_json)


def parse_age(text: str | None) -> timedelta | None:
    """``30d`` as a duration; None stays None.

    Raises:
        InputError: It is no number of days, or less than one.
    """
    if text is None:
        return None
    match = _AGE.fullmatch(text)
    if match is None:
        raise InputError(f"--older-than expects days, from 1d to 99999d; got {text!r}.")
    return timedelta(days=int(match.group(1)))
