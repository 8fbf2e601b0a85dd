"""One person's session in a thread: words as they come, questions in place, slash commands."""

import asyncio
import os
import pwd
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from rich.text import Text

from segue.cli.exit_codes import ExitCode
from segue.cli.prompts import answer_to, ask
from segue.cli.screen import Screen
from segue.cli.untrusted import plain
from segue.cli.usage import money
from segue.errors.base import SegueError
from segue.errors.input import InputError

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.assistant.contracts import Caller, ReplyView
    from segue.assistant.service.assistant import AssistantService
    from segue.sessions.events.contracts import TurnEvent

_SOON = timedelta(seconds=60)  # after the last event of a turn

HELP = {
    "/help": "this list",
    "/tools": "what the assistant may use",
    "/history": "what was said",
    "/cost": "what the thread has used, by agent",
    "/fork [TURN]": "go on in a copy of the thread, after that turn",
    "/export [FILE]": "write the thread to a file, as Markdown or, named .json, as JSON",
    "/quit": "leave; the thread stays",
}


class _LeftError(Exception):
    """The person has closed the input at a question, which goes on waiting."""


class ChatSession:
    """A person's or a pipe's session in a thread.

    Args:
        service: The assistant's.
        caller: Who talks.
        thread: Its id; ``/fork`` changes it.
        screen: Where to write.
    """

    def __init__(
        self, service: "AssistantService", caller: "Caller", thread: str, screen: Screen
    ) -> None:
        self._service = service
        self._caller = caller
        self._screen = screen
        self.thread = thread

    async def talk(self) -> ExitCode:
        """Ask for lines and answer them until the person leaves."""
        self._screen.say(f"Thread {self.thread}; /help lists commands.", "dim")
        try:
            await self._catch_up()
            while (line := await ask(self._screen, "You:")) is not None and line != "/quit":
                try:
                    await self._take(line)
                except SegueError as error:  # the next line may fare better
                    self._screen.error(error)
        except _LeftError:
            self._screen.say("The question waits for a decision.", "dim")
        finally:  # Ctrl-C too
            self._screen.say(f"The thread stays: segue chat --thread {self.thread}", "dim")
        return ExitCode.OK

    async def _catch_up(self) -> None:
        """Show what the thread is doing, from the beginning of each turn."""
        view = await self._service.thread(self._caller, self.thread)
        for message in view.waiting:
            self._screen.say(f"It is answering {message.message_id}:", "dim")
            await self._follow(message.message_id)

    async def ask(self, text: str, *, within: timedelta) -> "ReplyView | None":
        """Say something and wait for the reply; None: it did not come in time."""
        acceptance = await self._service.post(self._caller, self.thread, text)
        return await self._service.wait_for_reply(
            self._caller, self.thread, acceptance.message_id, within=within
        )

    def show(self, reply: "ReplyView") -> None:
        """A whole reply as text."""
        self._write(reply.text)
        self._screen.out.print()
        self._close(reply)

    async def _take(self, line: str) -> None:
        name, _, argument = line.partition(" ")
        if command := self._commands().get(name):
            await command(argument.strip())
        elif line.startswith("/"):
            raise InputError(f"There is no command {name}.", hint="/help lists them.")
        elif line:
            acceptance = await self._service.post(
                self._caller, self.thread, line, message_id=uuid4().hex
            )
            await self._follow(acceptance.message_id)

    async def _follow(self, message_id: str) -> None:
        """Show a turn as it goes, and how it ended."""
        events = self._service.follow(self._caller, self.thread, message_id)
        wrote = False
        async for event in events:
            if event is not None:
                wrote = await self._show(event) or wrote
        reply = await self._service.wait_for_reply(
            self._caller, self.thread, message_id, within=_SOON
        )
        if reply is not None and not wrote:
            self._write(reply.text)
        self._screen.out.print()
        if reply is not None:
            self._close(reply)

    async def _show(self, event: "TurnEvent") -> bool:
        """Show one event; whether it is a part of the reply's text."""
        match event.kind:
            case "text.delta":
                self._write(str(event.data["text"]))
                return True
            case "text.reset":
                self._screen.out.print()
                self._screen.warn("that attempt broke off; what it said does not count")
            case "tool.call":
                self._screen.say(f"→ {event.data.get('name')} {event.data.get('arguments')}", "dim")
            case "tool.result":
                self._screen.say(f"← {event.data.get('name')}", "dim")
            case "approval.requested":
                await self._decide(str(event.data["id"]))
            case _:
                pass
        return False

    async def _decide(self, request_id: str) -> None:
        """Ask about what still waits; the end of the input and Ctrl-C leave it waiting."""
        waiting = await self._service.approvals(self._caller, self.thread)
        request = next((each for each in waiting if each.id == request_id), None)
        if request is None:
            return
        self._screen.say(f"{request.question} {request.arguments}")
        if not self._screen.can_ask:
            self._screen.say("Decide it with `segue approvals decide`.")
            return
        approve = await answer_to(self._screen, "Allow it?")
        if approve is None:
            raise _LeftError
        await self._service.decide(
            self._caller,
            self.thread,
            request_id,
            approve=approve,
            who=pwd.getpwuid(os.getuid()).pw_name,
            arguments_sha256=request.arguments_sha256,
        )

    def _close(self, reply: "ReplyView") -> None:
        """The line under a reply: why there is none, and what it used."""
        if reply.failure is not None:
            self._screen.say(f"{reply.failure.message} {reply.failure.hint}".strip(), "yellow")
        parts = [f"turn {reply.turn}", *(["offline, by rules"] if reply.offline else [])]
        parts += [f"tools: {', '.join(reply.tools)}"] if reply.tools else []
        if reply.spent.tokens:
            cost = money(reply.spent.cost_usd, reply.spent.unpriced_calls)
            parts.append(f"{reply.spent.tokens} tokens, {cost}")
        self._screen.say(", ".join(parts), "dim")

    def _write(self, text: str) -> None:
        lines = "\n".join(plain(line) for line in text.split("\n"))
        self._screen.out.print(Text(lines), end="", soft_wrap=True)

    # --- commands ---

    def _commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        return {
            "/help": self._help,
            "/tools": self._tools,
            "/history": self._history,
            "/cost": self._cost,
            "/fork": self._fork,
            "/export": self._export,
        }

    async def _help(self, _: str) -> None:
        for name, text in HELP.items():
            self._screen.result(f"{name:15} {text}")

    async def _tools(self, _: str) -> None:
        view = await self._service.tools()
        for tool in view.tools:
            asks = " (asks you first)" if tool.asks else ""
            self._screen.result(f"{tool.name:17} {plain(tool.description)}{asks}")
        for server in view.away:
            self._screen.warn(f"the {server} server is away; its tools may not answer")

    async def _history(self, _: str) -> None:
        for speaker, text in await self._service.dialogue(self._caller, self.thread):
            self._screen.out.print(Text(f"{speaker}: "), end="")
            self._write(text)
            self._screen.out.print()

    async def _cost(self, _: str) -> None:
        usage = await self._service.usage(self._caller, self.thread)
        for line in usage.lines:
            cost = money(line.cost_usd, line.unpriced_calls)
            offline = " (offline)" if line.offline else ""
            tokens = line.input_tokens + line.output_tokens
            self._screen.result(
                f"{line.agent}, {line.model}{offline}: {line.calls} calls, {tokens} tokens, {cost}"
            )
        self._screen.result(f"Tools: {usage.spent.tool_calls} calls")

    async def _fork(self, argument: str) -> None:
        if argument and not argument.isdecimal():
            raise InputError(f"Expected the number of a turn, got {argument!r}.")
        after = int(argument) if argument else None
        fork = await self._service.fork(self._caller, self.thread, after_turn=after)
        self._screen.say(f"{self.thread} stays as it is; this is {fork.id} now.", "dim")
        self.thread = fork.id

    async def _export(self, argument: str) -> None:
        file = Path(argument or f"{self.thread}.md")
        form = "json" if file.suffix == ".json" else "markdown"
        text = await self._service.export(self._caller, self.thread, form)
        try:
            await asyncio.to_thread(_write_new, file, text)
        except OSError as failure:
            raise InputError(f"{file} cannot be written: {failure.strerror}.") from failure
        self._screen.say(f"Written to {file}.")


def _write_new(file: Path, text: str) -> None:
    with file.open("x", encoding="utf-8") as new:
        new.write(text)
