"""``segue chat``: talk to the assistant, from a terminal or from a pipe."""

import sys
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.chat_session import ChatSession
from segue.cli.exit_codes import ExitCode
from segue.cli.options import AsJson
from segue.cli.screen import Screen
from segue.cli.session import run_with_app
from segue.errors.temporal import TemporalUnreachableError

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.assistant.contracts import ReplyView
    from segue.assistant.service.assistant import AssistantService
    from segue.wiring.app import App

_WITHIN = timedelta(hours=1)


class WhileBusy(StrEnum):
    """What becomes of a message that comes while another is answered."""

    QUEUE = "queue"
    REJECT = "reject"
    INTERRUPT = "interrupt"


def chat(
    context: typer.Context,
    *,
    thread: Annotated[
        str | None, typer.Option(metavar="ID", help="Go on with this one; default: a new one.")
    ] = None,
    while_busy: Annotated[
        WhileBusy, typer.Option(help="Of a new thread: what becomes of a message while it answers.")
    ] = WhileBusy.QUEUE,
    as_json: AsJson = False,
) -> None:
    """Talk to the assistant; lines of a pipe are answered one by one.

    Ctrl-C leaves the thread alive: whatever it is doing goes on, and `--thread` shows it again.
    """

    async def work(app: "App[AssistantService]", screen: Screen) -> ExitCode:
        from segue.assistant.contracts import Caller  # noqa: PLC0415 - it loads the agents' packages

        caller = Caller("local", sees_all=True)
        conversation = await app.service.open(caller, thread, while_busy=while_busy.value)
        session = ChatSession(app.service, caller, conversation.id, screen)
        try:
            if not as_json and sys.stdin.isatty():
                return await session.talk()
            return await _answer_lines(session, screen)
        except BaseException:
            app.detach()  # the thread goes on
            raise

    run_with_app(context, "assistant", work, as_json=as_json)


async def _answer_lines(session: ChatSession, screen: Screen) -> ExitCode:
    """Answer every line of the input, in order.

    Raises:
        TemporalUnreachableError: A reply did not come in time.
    """
    replies: list[ReplyView] = []
    for line in filter(str.strip, sys.stdin.read().splitlines()):
        reply = await session.ask(line, within=_WITHIN)
        if reply is None:
            raise TemporalUnreachableError("No reply within an hour; the message is answered yet.")
        replies.append(reply)
        if not screen.as_json:
            session.show(reply)
    if screen.as_json:
        screen.json({
            "thread": session.thread,
            "replies": [reply.model_dump(mode="json") for reply in replies],
        })
    return ExitCode.AGENT if any(reply.failure for reply in replies) else ExitCode.OK
