"""``segue patterns``, ``segue run`` and ``segue new``: the gallery on the command line."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import open_app, run as run_command, run_blocking, run_with_app
from segue.cli.tables import new_table
from segue.cli.untrusted import cell
from segue.gallery.contracts import PatternCheck, PatternRun, PatternView

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.gallery.service.gallery import GalleryService
    from segue.wiring.app import App

OFFLINE = "(answered offline, by rules and not by a model)"
_OWNER = "local"

new = typer.Typer(help="Begin something new in a checkout of Segue.", no_args_is_help=True)


def patterns(
    context: typer.Context,
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Run every sample offline, on a Segue of its own, and look at answers."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the patterns of agents; `segue run` runs one."""
    if check:
        _check(context, as_json=as_json)

    def work(installation: Installation, screen: Screen) -> ExitCode:
        rows = installation.patterns()
        if as_json:
            screen.json([row.model_dump(mode="json") for row in rows])
        else:
            _print(rows, screen)
        return ExitCode.OK

    run_blocking(context, work, as_json=as_json)


def run(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="As `segue patterns` lists it.")],
    words: Annotated[
        str | None,
        typer.Argument(
            metavar="INPUT",
            help="The first argument, or a JSON array of all; default: the pattern's sample.",
        ),
    ] = None,
    *,
    stream: Annotated[
        bool, typer.Option("--stream", help="Show each answer of a model and each tool as it ends.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a pattern of agents to its end.

    Ctrl-C leaves it running; Temporal's web page shows it under its workflow id.
    """

    async def work(app: "App[GalleryService]", screen: Screen) -> ExitCode:
        from segue.gallery.service.arguments import arguments_in  # noqa: PLC0415 - as above

        arguments = () if words is None else arguments_in(words)
        start = await app.service.start(slug, arguments, owner=_OWNER)
        try:
            if stream:
                await _follow(app.service, start, screen)
            ending = await app.service.run(slug, start.workflow_id, owner=_OWNER, within=None)
        except BaseException:
            app.detach()  # the run goes on
            raise
        _show(ending, screen)
        return ExitCode.AGENT if ending.failure else ExitCode.OK

    run_with_app(context, "gallery", work, as_json=as_json)


@new.callback()
def _group() -> None:
    return


@new.command("pattern")
def new_pattern(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as `tool_retry`.")],
) -> None:
    """Write the file and the row of a new pattern, which works as it is."""

    def work(_: Installation, screen: Screen) -> ExitCode:
        from segue.gallery.service.scaffold import scaffold  # noqa: PLC0415 - nobody else needs it

        file = scaffold(name)
        screen.result(f"{file} is a pattern now, in the last row of catalogue.py.")
        screen.say(
            "next: python -m scripts.gallery_docs and python -m scripts.record_histories, then"
            f" segue run {name}"
        )
        return ExitCode.OK

    run_blocking(context, work)


def _check(context: typer.Context, *, as_json: bool) -> None:
    async def work(installation: Installation, screen: Screen) -> ExitCode:
        checks: list[PatternCheck] = []
        with tempfile.TemporaryDirectory(prefix="segue-patterns-") as folder:
            offline = installation.for_demo(Path(folder), search_delay=0.0)
            async with open_app(offline, "gallery", screen) as app:
                service: GalleryService = app.service
                async for each in service.check():
                    checks.append(each)
                    screen.say(f"{each.slug} {each.sample}: {each.problem or 'ok'}")
        problems = [each for each in checks if each.problem]
        if as_json:
            screen.json([each.model_dump(mode="json") for each in checks])
        else:
            screen.result(
                f"{len(checks) - len(problems)} of {len(checks)} samples answer as expected."
            )
        return ExitCode.AGENT if problems else ExitCode.OK

    run_command(context, work, as_json=as_json)


async def _follow(service: "GalleryService", start: PatternRun, screen: Screen) -> None:
    screen.say(start.workflow_id, "dim")
    async for step in service.follow(start.workflow_id):
        screen.say(f"{step.name}: {step.text or step.kind}")


def _show(ending: PatternRun, screen: Screen) -> None:
    if screen.as_json:
        screen.json(ending.model_dump(mode="json"))
        return
    if ending.failure:
        screen.err.print(cell(f"{ending.failure.code}: {ending.failure.message}", "red"))
        screen.say(ending.failure.hint)
    else:
        result = ending.result
        text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        for line in text.splitlines():
            screen.result(line)
    if ending.offline:
        screen.say(OFFLINE, "dim")
    screen.say(f"workflow: {ending.workflow_id}", "dim")


def _print(rows: Sequence[PatternView], screen: Screen) -> None:
    table = new_table("Pattern", "Title", "Shows")
    for row in rows:
        table.add_row(cell(row.slug, "bold"), cell(row.title), cell(row.shows))
    screen.out.print(table)
