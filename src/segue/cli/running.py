"""``segue up``, ``segue worker`` and ``segue doctor``: the program itself."""

from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run
from segue.cli.tables import new_table
from segue.cli.untrusted import cell
from segue.platform.feature import Check
from segue.runtime.roles import Role

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.wiring.stack import StackInfo

_MARKS = {True: ("ok", "green"), False: ("no", "bold red"), None: ("--", "dim")}


def up(
    context: typer.Context,
    *,
    temporal_port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Of the embedded Temporal; 7233 is where its own clients look. Default:"
            " SEGUE_TEMPORAL_PORT.",
        ),
    ] = None,
) -> None:
    """Run everything in this terminal until Ctrl-C; what was running then continues next time."""

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        def announce(stack: "StackInfo") -> None:
            screen.result("Segue is up; Ctrl-C stops it, and nothing in flight is lost.")
            if stack.ui_url:
                screen.result(f"Temporal's web page: {stack.ui_url}")
            for name, url in stack.companions.items():
                screen.result(f"{name + ':':<20} {url}")

        await installation.run_stack(announce, temporal_port=temporal_port)
        return ExitCode.OK

    run(context, work)


_ROLE_HELP = "workflows, models, tools, or all of it; each kind of work needs a worker somewhere."


def worker(
    context: typer.Context,
    *,
    role: Annotated[Role, typer.Option("--role", help=_ROLE_HELP)] = Role.ALL,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="FEATURE", help="Serve this feature alone; repeatable."),
    ] = None,
) -> None:
    """Run one more worker against the configured Temporal server, until Ctrl-C.

    SIGTERM drains it: begun work has 30 s to finish. A second one ends it at once.
    """

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        def announce(probes: str | None) -> None:
            if probes:
                screen.result(f"Probes and metrics: {probes}")

        await installation.run_worker(role, only or (), announce)
        return ExitCode.OK

    run(context, work)


def doctor(
    context: typer.Context,
    *,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask each model four small questions, to see what it can.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every setting and what it points to, with the next step for what does not work."""

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        checks = [check async for check in installation.examine(questions=ask)]
        if as_json:
            screen.json([_as_json(check) for check in checks])
        else:
            _print(checks, screen)
        has_failure = any(check.ok is False for check in checks)
        return ExitCode.SETTINGS if has_failure else ExitCode.OK

    run(context, work, as_json=as_json)


def formats(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the formats that `segue sync` reads."""

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        formats = installation.import_formats()
        if as_json:
            screen.json([{"name": name, "reads": reads} for name, reads in formats])
            return ExitCode.OK
        table = new_table("Format", "Reads")
        for name, reads in formats:
            table.add_row(cell(name, "bold"), cell(reads))
        screen.out.print(table)
        return ExitCode.OK

    run(context, work, as_json=as_json)


def _print(checks: list[Check], screen: Screen) -> None:
    table = new_table("", "What", "Found", "Next step")
    for check in checks:
        mark, style = _MARKS[check.ok]
        table.add_row(
            cell(mark, style), cell(check.name), cell(check.detail), cell(check.next_step)
        )
    screen.out.print(table)


def _as_json(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "ok": check.ok,
        "detail": check.detail,
        "next_step": check.next_step,
    }
