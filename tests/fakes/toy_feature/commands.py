"""The toy on the command line; in the project it would be ``segue/cli/tally.py``."""

from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_service

if TYPE_CHECKING:
    from tests.fakes.toy_feature.service import TallyService


def tally(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to count.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Count the words of a text."""

    async def work(service: "TallyService", screen: Screen) -> ExitCode:
        counted = await service.count(text)
        if as_json:
            screen.json(counted.model_dump(mode="json"))
        else:
            screen.result(counted.answer)
        return ExitCode.OK

    run_with_service(context, "tally", work, as_json=as_json)
