"""``segue chat`` on a real terminal, with nothing configured: words, tools, questions, commands."""

import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from segue.wiring.locks import is_held
from segue.wiring.stack import StackFiles
from tests.fakes.programs.terminal import Terminal
from tests.fakes.waiting import until

pytestmark = pytest.mark.timeout(180)

_WITHIN_S = 90.0  # the first command starts the stack
_ASKED = "Allow it? [y/N]"
_PROMPT = "You:"

Chat = Callable[..., Terminal]


@pytest.fixture
async def chat(tmp_path: Path):
    """Opens ``segue chat`` on a terminal; all of them share a data folder, whose stack ends."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not re.match("SEGUE_|TEMPORAL_|DATABASE_URL|LLM_", name)
    }
    folder = tmp_path / "data"
    own = {"SEGUE_DATA_DIR": str(folder), "SEGUE_CHAT_ASK_BEFORE": "set_jira_project"}
    opened: list[Terminal] = []

    def open_chat(*arguments: str) -> Terminal:
        command = [sys.executable, "-m", "segue", "chat", *arguments]
        opened.append(Terminal(command, {**inherited, **own}, folder=tmp_path, within_s=_WITHIN_S))
        return opened[-1]

    yield open_chat
    for each in opened:
        each.close()
    # A thread that waits for its person keeps no stack alive.
    files = StackFiles(folder.resolve())
    await until(lambda: not is_held(files.lock), "the end of the stack", within_s=_WITHIN_S)


def say(terminal: Terminal, text: str, reply: str, *, then: str = _PROMPT) -> str:
    """Type a line and wait for what comes; all that was written since."""
    terminal.forget()
    terminal.type(f"{text}\n")
    terminal.until(reply)
    return terminal.until(then)


def test_a_person_talks_decides_leaves_with_ctrl_c_and_comes_back(chat: Chat, tmp_path: Path):
    export = tmp_path / "chat.json"
    first = chat()
    greeting = re.search(r"Thread (chat-\w+);", first.until(_PROMPT))
    assert greeting
    thread = greeting[1]
    price = say(first, "What is the price of AAPL?", "turn 1")
    tools = say(first, "/tools", "get_ip_history")
    say(first, "Set the Jira project to DEMO-123", _ASKED, then=_ASKED)
    os.kill(first.process.pid, signal.SIGINT)  # amid the question
    ended = first.end()
    again = chat("--thread", thread)
    question = again.until(_ASKED)
    lines = {
        "y": "turn 2",
        "Get the metrics": "turn 3",
        "/help": "/quit",
        "/history": "assistant: DEMO-123 has",
        "/cost": "Tools: 3 calls",
        f"/export {export}": "Written to",
        "/fork 1": "stays as it is",
        "What did I say first?": "turn 2",
    }
    seen = {line: say(again, line, reply) for line, reply in lines.items()}
    again.type("/quit\n")
    left = again.end()

    assert (ended, left) == (130, 0)
    assert f"The thread stays: segue chat --thread {thread}" in first.seen
    for part in (
        '→ stock_price {"ticker": "AAPL"}\r\n← stock_price\r\n',
        "The price of AAPL is 185.50 USD (sample data, no market's price).",
        "turn 1, offline, by rules, tools: stock_price",
    ):
        assert part in price
    assert "(asks you first)" in next(line for line in tools.splitlines() if "set_jira" in line)
    call = '{"project": "DEMO-123"}'
    assert re.search(f"It is answering .*→ set_jira_project {call}.*{call}", question, re.DOTALL)
    for line, part in {
        "y": "The Jira project is DEMO-123 now.",
        "Get the metrics": "DEMO-123 has 42 issues",
        "/help": "/export [FILE]",
        "/history": "user: What is the price of AAPL?",
        "/cost": "Assistant, offline (offline)",
        "/fork 1": thread,
        "What did I say first?": "You said first: What is the price of AAPL?",
    }.items():
        assert part in seen[line]
    assert "185.50" in export.read_text(encoding="utf-8")
    assert "Traceback" not in first.seen + again.seen
