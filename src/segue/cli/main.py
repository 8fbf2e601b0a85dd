"""``segue``: the commands, put together."""

import pkgutil
import sys
from collections.abc import Sequence
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from segue.cli.installation import Installation
from segue.platform.feature import AGENTS_PANEL, SEGUE_PANEL, Command, Feature
from segue.wiring.features import FEATURES

_OWN = (
    Command("segue.cli.conversations:conversations", AGENTS_PANEL),
    Command("segue.cli.approvals:approvals", AGENTS_PANEL),
    Command("segue.cli.effects:effects", AGENTS_PANEL),
    Command("segue.cli.audit:audit", AGENTS_PANEL),
    Command("segue.cli.usage:usage", AGENTS_PANEL),
    Command("segue.cli.ask:ask", AGENTS_PANEL),
    Command("segue.cli.running:up", SEGUE_PANEL),
    Command("segue.cli.running:worker", SEGUE_PANEL),
    Command("segue.cli.running:doctor", SEGUE_PANEL),
    Command("segue.cli.api:api", SEGUE_PANEL),
    Command("segue.cli.keys:keys", SEGUE_PANEL),
    Command("segue.cli.db:db", SEGUE_PANEL),
    Command("segue.cli.payloads:payloads", SEGUE_PANEL),
    Command("segue.cli.prune:prune", SEGUE_PANEL),
)


def build(features: Sequence[Feature] = FEATURES) -> typer.Typer:
    """The command line; run it with ``obj`` set to a function that gives an installation.

    Args:
        features: Whose commands there are; their own panels stand first.
    """
    app = typer.Typer(
        name="segue",
        help="Playlists from a file to your catalogue, durably: work continues without a break.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    ours = (AGENTS_PANEL, SEGUE_PANEL)
    others = [command for feature in features for command in feature.commands]
    panels = dict.fromkeys(each.panel for each in others if each.panel not in ours)
    for panel in (*panels, *ours):
        for command in (*_OWN, *others):
            if command.panel == panel:
                _add(app, command)
    return app


def _add(app: typer.Typer, command: Command) -> None:
    target = pkgutil.resolve_name(command.source)
    if isinstance(target, typer.Typer):
        name = command.source.rpartition(":")[2]
        app.add_typer(target, name=name, rich_help_panel=command.panel)
    else:
        app.command(rich_help_panel=command.panel)(target)


def main() -> None:
    """Entry of the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a title must not end us on a Latin-1 terminal
    build()(obj=Installation.from_environment)


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
