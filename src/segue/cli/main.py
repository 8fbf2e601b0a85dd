"""``segue``: the commands, put together."""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from segue.cli.accounts import login, logout
from segue.cli.api import api
from segue.cli.approvals import approvals
from segue.cli.audit import audit
from segue.cli.catalogue import catalogue
from segue.cli.conversations import conversations
from segue.cli.demo import demo
from segue.cli.effects import effects
from segue.cli.keys import keys
from segue.cli.mapping import mapping
from segue.cli.mcp import mcp
from segue.cli.payloads import payloads
from segue.cli.playlists import export, playlist
from segue.cli.review import review
from segue.cli.rollout import rollout
from segue.cli.running import doctor, formats, up, worker
from segue.cli.runs import runs
from segue.cli.session import wired
from segue.cli.sync import sync
from segue.cli.usage import usage

_MAIN = "Playlists"
_AGENTS = "What agents said and did"
_RUNNING = "Segue itself"


def build() -> typer.Typer:
    """The command line; run it with ``obj`` set to a function that gives a backend."""
    app = typer.Typer(
        name="segue",
        help="Playlists from a file to your catalogue, durably: work continues without a break.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for command in (sync, demo, review, export, formats):
        app.command(rich_help_panel=_MAIN)(command)
    app.add_typer(runs, name="runs", rich_help_panel=_MAIN)
    app.add_typer(playlist, name="playlist", rich_help_panel=_MAIN)
    app.add_typer(mapping, name="mapping", rich_help_panel=_MAIN)
    app.add_typer(conversations, name="conversations", rich_help_panel=_AGENTS)
    app.add_typer(rollout, name="rollout", rich_help_panel=_AGENTS)
    app.add_typer(approvals, name="approvals", rich_help_panel=_AGENTS)
    app.add_typer(effects, name="effects", rich_help_panel=_AGENTS)
    app.add_typer(audit, name="audit", rich_help_panel=_AGENTS)
    app.command(rich_help_panel=_AGENTS)(usage)
    for command in (up, worker, doctor, login, logout):
        app.command(rich_help_panel=_RUNNING)(command)
    app.command(rich_help_panel=_RUNNING)(api)
    app.add_typer(keys, name="keys", rich_help_panel=_RUNNING)
    app.add_typer(catalogue, name="catalogue", rich_help_panel=_RUNNING)
    app.add_typer(payloads, name="payloads", rich_help_panel=_RUNNING)
    app.add_typer(mcp, name="mcp", rich_help_panel=_RUNNING)
    return app


def main() -> None:
    """Entry of the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a title must not end us on a Latin-1 terminal
    build()(obj=wired)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"segue {version('segue')}")
        raise typer.Exit


def _options(
    *,
    show_version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
) -> None:
    return
