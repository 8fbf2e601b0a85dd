"""Runs a command's work against the rest of Segue, and turns how it ends into an exit status.

The rest of Segue is opened only when a command runs. Tests put a fake in its place through Typer's
own seam, the context's ``obj``.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.screen import Screen, open_screen
from segue.errors.base import SegueError
from segue.storage.file_causes import file_error

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.runs.service.stored_records import KeptRecords
    from segue.wiring.app import Agents, App

_log = logging.getLogger(__name__)


def run_with_app(
    context: typer.Context,
    feature: str,
    work: Callable[["App[Any]", Screen], Awaitable[ExitCode]],
    *,
    as_json: bool = False,
) -> None:
    """Open Segue for a feature, do the work, and end the command with the work's status."""

    async def inside(installation: Installation, screen: Screen) -> ExitCode:
        async with open_app(installation, feature, screen) as app:
            return await work(app, screen)

    run(context, inside, as_json=as_json)


def run_with_service(
    context: typer.Context,
    feature: str,
    work: Callable[[Any, Screen], Awaitable[ExitCode]],
    *,
    as_json: bool = False,
) -> None:
    """The same for work that needs nothing but the feature's service."""

    async def inside(app: "App[Any]", screen: Screen) -> ExitCode:
        return await work(app.service, screen)

    run_with_app(context, feature, inside, as_json=as_json)


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


@asynccontextmanager
async def open_app(
    installation: Installation, feature: str, screen: Screen
) -> AsyncGenerator["App[Any]"]:
    """Segue, joined or started, with what its user should know said first."""
    async with AsyncExitStack() as stack:
        with screen.busy("Opening Segue"):
            app = await stack.enter_async_context(installation.open_app(feature))
        for warning in app.warnings:
            screen.warn(warning)
        yield app


def run(
    context: typer.Context,
    work: Callable[[Installation, Screen], Awaitable[ExitCode]],
    *,
    as_json: bool = False,
) -> None:
    """Do work that opens Segue by itself or does without, and end the command with its status."""

    def blocking(installation: Installation, screen: Screen) -> ExitCode:
        async def main() -> ExitCode:
            return await work(installation, screen)

        return asyncio.run(main())

    run_blocking(context, blocking, as_json=as_json)


def run_blocking(
    context: typer.Context,
    work: Callable[[Installation, Screen], ExitCode],
    *,
    as_json: bool = False,
) -> None:
    """Do work outside any event loop, and end the command with its status.

    Raises:
        typer.Exit: Always; it carries the status.
    """
    screen = open_screen(as_json=as_json)
    installation = cast("Callable[[], Installation]", context.obj)
    raise typer.Exit(_status(lambda: work(installation(), screen), screen))


def _status(work: Callable[[], ExitCode], screen: Screen) -> int:
    try:
        return work()
    except SegueError as error:
        screen.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.DETACHED
    except BrokenPipeError:  # the reader of our output went away; Typer ends quietly
        raise
    except Exception as defect:  # noqa: BLE001 - the edge: nothing above could translate it
        cause = file_error(defect) if isinstance(defect, OSError) else None
        if cause is not None:
            screen.error(cause)
            return cause.exit_code
        _log.debug("unexpected", exc_info=defect)
        screen.error(
            SegueError(
                f"unexpected {type(defect).__name__}: {defect}",
                hint="Run it again with SEGUE_LOG_LEVEL=debug and report what it says.",
            )
        )
        return ExitCode.UNEXPECTED
