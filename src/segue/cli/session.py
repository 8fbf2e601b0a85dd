"""Runs a command's work against the rest of Segue, and turns how it ends into an exit status.

The rest of Segue is opened only when a command runs: loading the engine takes longer than all of
``segue --help``. Tests put a fake in its place through Typer's own seam, the context's ``obj``.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import typer

from segue.cli.backend import App, Backend
from segue.cli.exit_codes import ExitCode
from segue.cli.screen import Screen, open_screen
from segue.errors.base import SegueError

_log = logging.getLogger(__name__)


def wired() -> Backend:
    """The real thing, with the settings of this process.

    Raises:
        SettingsError: A variable has a value that cannot work.
    """
    from segue.cli.wired import Wired  # noqa: PLC0415 - the one late import, told above

    return Wired.from_environment()


def run_with_app(
    context: typer.Context,
    work: Callable[[App, Screen], Awaitable[ExitCode]],
    *,
    as_json: bool = False,
) -> None:
    """Open Segue, do the work, close it, and end the command with the work's status."""

    async def inside(backend: Backend, screen: Screen) -> ExitCode:
        async with opened(backend, screen) as app:
            return await work(app, screen)

    run(context, inside, as_json=as_json)


def run_with_service(
    context: typer.Context,
    feature: str,
    work: Callable[[Any, Screen], Awaitable[ExitCode]],
    *,
    as_json: bool = False,
) -> None:
    """Open a feature's service, do the work, and end the command with the work's status."""

    async def inside(backend: Backend, screen: Screen) -> ExitCode:
        async with AsyncExitStack() as held:
            with screen.busy("Opening Segue"):
                app = await held.enter_async_context(backend.open_service(feature))
            for warning in app.warnings:
                screen.warn(warning)
            return await work(app.service, screen)

    run(context, inside, as_json=as_json)


@asynccontextmanager
async def opened(backend: Backend, screen: Screen) -> AsyncGenerator[App]:
    """Segue, joined or started, with what its user should know said first."""
    async with AsyncExitStack() as held:
        with screen.busy("Opening Segue"):
            app = await held.enter_async_context(backend.open_app())
        for warning in app.warnings():
            screen.warn(warning)
        yield app


def run(
    context: typer.Context,
    work: Callable[[Backend, Screen], Awaitable[ExitCode]],
    *,
    as_json: bool = False,
) -> None:
    """Do work that opens Segue by itself or does without, and end the command with its status."""

    def blocking(backend: Backend, screen: Screen) -> ExitCode:
        async def awaited() -> ExitCode:
            return await work(backend, screen)

        return asyncio.run(awaited())

    run_blocking(context, blocking, as_json=as_json)


def run_blocking(
    context: typer.Context,
    work: Callable[[Backend, Screen], ExitCode],
    *,
    as_json: bool = False,
) -> None:
    """Do work outside any event loop, and end the command with its status.

    Raises:
        typer.Exit: Always; it carries the status.
    """
    screen = open_screen(as_json=as_json)
    backend = cast("Callable[[], Backend]", context.obj)
    raise typer.Exit(_status(lambda: work(backend(), screen), screen))


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
        _log.debug("unexpected", exc_info=defect)
        screen.error(
            SegueError(
                f"unexpected {type(defect).__name__}: {defect}",
                hint="Run it again with SEGUE_LOG_LEVEL=debug and report what it says.",
            )
        )
        return ExitCode.UNEXPECTED
