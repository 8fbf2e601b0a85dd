"""``segue chat``: lines of a pipe, and a person's session."""

import io
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from segue.assistant.contracts import Caller, ReplyView
from segue.cli.chat_session import HELP, ChatSession
from segue.cli.exit_codes import ExitCode
from segue.cli.screen import Screen
from segue.runs.contracts import Failure, Spent
from tests.fakes.doubles.assistant_service import SLOW, FakeAssistant
from tests.fakes.doubles.music_service import FakeInstallation
from tests.unit.cli.conftest import Segue

ME = Caller("local", sees_all=True)


class ChatApp:
    """What the command gets."""

    warnings = ()

    def __init__(self, service: FakeAssistant) -> None:
        self.service = service
        self.detached = False

    def detach(self) -> None:
        self.detached = True


class ChatInstallation(FakeInstallation):
    """An installation whose assistant has no engine."""

    def __init__(self) -> None:
        super().__init__(None)
        self.chat_app = ChatApp(FakeAssistant())

    @asynccontextmanager
    async def open_app(self, feature: str) -> AsyncGenerator[Any]:
        assert feature == "assistant"
        yield self.chat_app


def test_lines_of_a_pipe_are_answered_in_order_as_one_json_value(segue: Segue):
    story = segue("chat", "--json", on=ChatInstallation(), stdin="Calculate 1 + 1\n\nHello.\n")
    told = json.loads(story.stdout)
    assert story.exit_code == 0
    assert [reply["text"] for reply in told["replies"]] == ["Calculate 1 + 1", "Hello."]
    assert told["thread"] == "chat-0"


def test_lines_of_a_pipe_are_answered_as_text(segue: Segue):
    story = segue("chat", "--thread", "mine", on=ChatInstallation(), stdin="Hello.")
    assert story.stdout == "Hello.\n"
    assert "turn 1" in story.stderr


def test_a_reply_that_does_not_come_is_an_error_and_the_thread_goes_on(segue: Segue):
    installation = ChatInstallation()
    story = segue("chat", "--while-busy", "reject", on=installation, stdin=SLOW)
    assert story.exit_code == ExitCode.ENGINE
    assert installation.chat_app.detached
    assert installation.chat_app.service.rows["chat-0"].while_busy == "reject"


class Session:
    """A session on a screen of memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        self.out, self.err = io.StringIO(), io.StringIO()
        screen = Screen(Console(file=self.out, width=200), Console(file=self.err, width=200), False)
        self.service = FakeAssistant()
        self.chat = ChatSession(self.service, ME, "mine", screen)  # pyright: ignore[reportArgumentType] - a fake


async def test_a_person_sees_words_tool_calls_and_questions_as_they_come(monkeypatch):
    session = Session(monkeypatch, "Pay.", "", "/quit")
    await session.service.open(ME, "mine")
    assert await session.chat.talk() == ExitCode.OK
    out, err = session.out.getvalue(), session.err.getvalue()

    assert out.startswith("Wro\nRight.\nAnd \N{REPLACEMENT CHARACTER}[31mmore.\n")
    assert "that attempt broke off" in err
    assert '→ pay {"amount": 1}' in err
    assert "← pay" in err
    assert 'May I? {"amount": 1}' in err
    assert "Decide it with `segue approvals decide`." in err
    assert "The thread stays: segue chat --thread mine" in err


async def test_who_closes_the_input_at_a_question_has_decided_nothing(monkeypatch):
    monkeypatch.setattr(Screen, "can_ask", True)
    session = Session(monkeypatch, "Pay.")
    await session.service.open(ME, "mine")
    assert await session.chat.talk() == ExitCode.OK

    assert session.service.decisions == []
    assert "The question waits for a decision." in session.err.getvalue()
    assert "The thread stays: segue chat --thread mine" in session.err.getvalue()


async def test_who_comes_back_sees_what_is_being_answered(monkeypatch):
    session = Session(monkeypatch)
    await session.service.post(ME, "mine", SLOW, message_id="m1")
    assert await session.chat.talk() == ExitCode.OK
    assert "It is answering m1:" in session.err.getvalue()
    assert "Right." in session.out.getvalue()


async def test_slash_commands_do_what_help_says(monkeypatch, tmp_path: Path):
    markdown, whole = tmp_path / "a.md", tmp_path / "a.json"
    session = Session(
        monkeypatch,
        *("/help", "/tools", "Hello.", "/history", "/cost", "/nonsense"),
        *(f"/export {markdown}", f"/export {whole}", f"/export {whole}"),
        *("/fork 1", "/fork one", "/fork"),
    )
    await session.service.open(ME, "mine")
    await session.chat.talk()
    out, err = session.out.getvalue(), session.err.getvalue()

    assert all(name in out for name in HELP)
    assert "calculator        Sums." in out
    assert "pay               Pays.\N{REPLACEMENT CHARACTER}[31m (asks you first)" in out
    assert "the shop server is away" in err
    assert "user: Hello." in out
    assert "Assistant, offline (offline): 2 calls, 0 tokens, $0" in out
    assert "There is no command /nonsense." in err
    assert (markdown.read_text(), whole.read_text()) == ("# A chat", "{}")
    assert "cannot be written: File exists." in err
    assert "this is mine-fork now" in err
    assert "Expected the number of a turn, got 'one'." in err
    assert session.chat.thread == "mine-fork-fork"


def test_a_reply_shows_why_it_failed_and_what_it_used(monkeypatch):
    session = Session(monkeypatch)
    spent = Spent(model_calls=1, input_tokens=5, output_tokens=2)
    failure = Failure(code="run.refused", message="It declined.", hint="Ask again.")
    session.chat.show(
        ReplyView(thread="mine", message_id="a", turn=3, failure=failure, offline=True, spent=spent)
    )
    err = session.err.getvalue()
    assert "It declined. Ask again." in err
    assert "turn 3, offline, by rules, 7 tokens, $0" in err
