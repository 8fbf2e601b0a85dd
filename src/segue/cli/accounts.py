"""``segue login`` and ``segue logout``."""

import webbrowser
from typing import Annotated, Literal

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.screen import Screen
from segue.cli.session import run

Service = Annotated[Literal["spotify"], typer.Argument(help="Whom to log in to.")]


def login(
    context: typer.Context,
    service: Service,
    *,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page, or only print it.")
    ] = True,
) -> None:
    """Log in through your browser; the login is kept for six months."""

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        def visit(url: str) -> None:
            screen.say(f"Agree in your browser: {url}")
            if browser:
                webbrowser.open(url)

        who = await installation.login_spotify(visit)
        screen.result(f"Logged in to {service} as {who}.")
        return ExitCode.OK

    run(context, work)


def logout(context: typer.Context, service: Service) -> None:
    """Forget the login."""

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        had = installation.logout_spotify()
        screen.result(f"Logged out of {service}." if had else f"There was no login to {service}.")
        return ExitCode.OK

    run(context, work)
