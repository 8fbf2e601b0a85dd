"""The command line on a real terminal: bars, questions and Ctrl-C, in a process of its own."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Generator

import pytest

from tests.fakes.doubles.music_service import RUN
from tests.fakes.programs.terminal import WITHIN_S, Terminal
from tests.fakes.programs.warm import command_of

_PROGRAM = "tests.fakes.doubles.music_service"


OpenTerminal = Callable[..., Terminal]


@pytest.fixture
def terminal() -> Generator[OpenTerminal]:
    opened: list[Terminal] = []

    def open_terminal(*arguments: str, **environment: str) -> Terminal:
        command = [*command_of(_PROGRAM), *arguments]
        opened.append(Terminal(command, {**os.environ, **environment}))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


def test_ctrl_c_leaves_the_sync_running_and_says_how_to_come_back(
    terminal: OpenTerminal, playlist_file: str
) -> None:
    segue = terminal("endless", "sync", playlist_file)
    segue.until("6/10")

    os.kill(segue.process.pid, signal.SIGINT)

    assert segue.end() == 130
    assert f"segue runs attach {RUN}" in segue.seen
    assert "Traceback" not in segue.seen


def test_bars_show_that_the_worker_restarts_and_that_the_sync_is_paused(
    terminal: OpenTerminal, playlist_file: str
) -> None:
    segue = terminal("endless", "sync", playlist_file)

    seen = segue.until("6/10")

    assert "no worker answers now" in seen
    assert "paused" in seen


def test_a_finished_sync_leaves_the_table_and_no_bar(
    terminal: OpenTerminal, playlist_file: str
) -> None:
    segue = terminal("short", "sync", playlist_file)

    assert segue.end() == 0
    assert "Dolly Parton - Jolene" in segue.seen
    assert segue.raw.rfind("\x1b[?25h") > segue.raw.rfind("\x1b[?25l")  # the cursor is back


def test_no_color_is_respected(terminal: OpenTerminal, playlist_file: str) -> None:
    segue = terminal("short", "sync", playlist_file, NO_COLOR="1")

    assert segue.end() == 0
    assert not re.search(r"\x1b\[(?:[0-9]+;)*3[0-9]m", segue.raw)


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 6), ("\n", 6)])
def test_a_mirror_shows_what_it_would_remove_and_asks(
    terminal: OpenTerminal, playlist_file: str, typed: str, code: int
) -> None:
    segue = terminal("mirror", "sync", playlist_file, "--mode", "mirror")
    seen = segue.until("Remove 1 from the playlist? [y/N]")

    segue.type(typed)

    assert "Johnny Cash - Hurt" in seen
    assert segue.end() == code


def test_ctrl_c_is_heard_while_a_question_waits(terminal: OpenTerminal, playlist_file: str) -> None:
    segue = terminal("mirror", "sync", playlist_file, "--mode", "mirror")
    segue.until("[y/N]")

    os.kill(segue.process.pid, signal.SIGINT)

    assert segue.end() == 130


def test_a_review_walks_through_the_queue(terminal: OpenTerminal) -> None:
    segue = terminal("review", "review")

    segue.until("1 of 3")
    segue.type("x\n")
    segue.until("'x' is none of the choices")
    segue.type("2\n")
    segue.until("2 of 3")
    segue.type("u\n")
    segue.until("Link or URI")
    segue.type("nonsense\n")
    segue.until("is not a track's address")
    segue.type("l\n")
    segue.until("3 of 3")
    segue.type("s\n")

    assert segue.end() == 0
    assert "Decided 2 of 3" in segue.seen


def test_a_review_ends_on_q(terminal: OpenTerminal) -> None:
    segue = terminal("review", "review")
    segue.until("1 of 3")

    segue.type("q\n")

    assert segue.end() == 0
    assert "Decided 0 of 3" in segue.seen


def test_login_opens_the_users_browser(terminal: OpenTerminal) -> None:
    segue = terminal("short", "login", "spotify", BROWSER="echo opened %s")

    segue.until("opened https://accounts.example.org/authorize")

    assert segue.end() == 0


def test_a_reader_that_goes_away_ends_the_command_without_a_traceback(playlist_file: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with open(writer, "w", encoding="utf-8") as gone:  # noqa: PTH123 - a descriptor has no path
        ended = subprocess.run(
            [*command_of(_PROGRAM), "short", "sync", playlist_file, "--json"],
            stdout=gone,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=WITHIN_S,
            check=False,
        )

    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "error:" not in ended.stderr
