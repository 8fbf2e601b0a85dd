"""``segue api``: the HTTP API."""

from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.screen import Screen
from segue.cli.session import run

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.web.serve import Serving


def api(
    context: typer.Context,
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; default: SEGUE_API_HOST.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port, 0 for any; default: SEGUE_API_PORT."),
    ] = None,
) -> None:
    """Serve the HTTP API until Ctrl-C; what was running then goes on.

    Every request needs an API key. The first start makes one, in a file that only you can read.
    """

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        def announce(serving: "Serving") -> None:
            screen.result(f"The API answers at {serving.url}; Ctrl-C stops it.")
            if serving.key_file:
                screen.result(
                    f"Your API key is in {serving.key_file}; others: `segue keys create`."
                )
            for warning in serving.warnings:
                screen.warn(warning)

        await installation.serve_api(host, port, announce)
        return ExitCode.OK

    run(context, work)
