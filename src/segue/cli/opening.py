"""Opens what agents left behind for a command, as little of it as the command needs."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.screen import Screen
from segue.cli.session import run

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.runs.service.stored_records import KeptRecords
    from segue.wiring.app import Agents


def run_with_records(
    context: typer.Context,
    work: Callable[["KeptRecords", Screen], Awaitable[ExitCode]],
    *,
    as_json: bool = False,
) -> None:
    """Open the database, do the work, and end the command with the work's status."""

    async def inside(installation: Installation, screen: Screen) -> ExitCode:
        async with installation.open_records() as records:
            return await work(records, screen)

    run(context, inside, as_json=as_json)


def run_with_agents(
    context: typer.Context,
    work: Callable[["Agents", Screen], Awaitable[ExitCode]],
    *,
    as_json: bool = False,
) -> None:
    """Join or start Segue, do the work, and end the command with the work's status."""

    async def inside(installation: Installation, screen: Screen) -> ExitCode:
        async with AsyncExitStack() as stack:
            with screen.busy("Opening Segue"):
                agents = await stack.enter_async_context(installation.open_agents())
            return await work(agents, screen)

    run(context, inside, as_json=as_json)


def moment(seconds: float | None) -> str:
    """Epoch seconds to the second, in UTC, which the heading says; empty for none."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}" if seconds else ""
