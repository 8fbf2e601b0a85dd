"""``segue ask``: talk to the configured model, to see that it answers."""

from typing import Annotated

import typer
from rich.text import Text

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run
from segue.cli.untrusted import plain


class _Typewriter:
    """Writes an answer while it comes."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.wrote = False

    async def started(self, model: str) -> None:
        """Nothing: the last line says who answered."""

    async def delta(self, text: str) -> None:
        """Write the next piece."""
        self.wrote = True
        lines = "\n".join(plain(line) for line in text.split("\n"))
        self._screen.out.print(Text(lines), end="", soft_wrap=True)

    async def retracted(self) -> None:
        """Say that what was written does not count."""
        self._screen.out.print()
        self._screen.warn("that model broke off; what it said does not count")


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What to ask, in quotes.")],
    *,
    model: Annotated[
        str | None, typer.Option("--model", help="Ask this one instead of LLM_MODEL.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the configured model one question, as agents do; nothing is stored or remembered."""

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        listener = None if as_json else _Typewriter(screen)
        reply = await installation.ask_model(question, model, listener)
        if as_json:
            cost = None if reply.cost_usd is None else str(reply.cost_usd)
            passed_over = [{"model": name, "code": code} for name, code in reply.passed_over]
            screen.json({**vars(reply), "cost_usd": cost, "passed_over": passed_over})
            return ExitCode.OK
        if listener is not None and not listener.wrote:
            await listener.delta(reply.text)
        screen.out.print()
        for name, code in reply.passed_over:
            screen.warn(f"{name} did not answer: {code}")
        tokens = f"{reply.input_tokens} tokens in, {reply.output_tokens} out"
        cost = "" if reply.cost_usd is None else f", ${reply.cost_usd:.6f}"
        screen.say(f"{reply.model}, {tokens}, {reply.seconds:.1f} s{cost}", "dim")
        return ExitCode.OK

    run(context, work, as_json=as_json)
