"""Progress in words, and without a terminal."""

import io
import time

import pytest
from rich.console import Console

from segue.cli.progress import NO_WORKER, Bars, Lines, condition, line, open_display
from segue.cli.screen import Screen
from segue.music.contracts.syncs import SyncPhase, SyncProgress
from tests.fakes.doubles.music_service import matching

NOON = time.mktime((2026, 11, 20, 12, 0, 0, 0, 0, -1))


def screen(*, terminal: bool = False) -> tuple[Screen, io.StringIO]:
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=120)
    return Screen(console, console, as_json=False), written


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (None, NO_WORKER),
        (matching(1, paused=True), "paused; `segue runs resume ID` lets it go on"),
        (
            matching(1, waiting_seconds=90, waiting_reason="Spotify asked for it."),
            "waiting until 12:01:30: Spotify asked for it",
        ),
        (matching(1, waiting_seconds=1), "waiting until 12:00:01: the catalogue asked for it"),
        (matching(1, waiting_reason="its turn"), "waiting: its turn"),
        (matching(1), "finding songs"),
        (
            matching(9, phase=SyncPhase.AWAITING_CONFIRMATION, to_remove=3),
            "waiting for an answer: remove 3 from it?",
        ),
        (matching(9, phase=SyncPhase.VERIFYING), "reading the playlist back"),
    ],
)
def test_a_sync_says_what_it_is_at(progress: SyncProgress | None, words: str) -> None:
    assert condition(progress, now=lambda: NOON) == words


@pytest.mark.parametrize("phase", list(SyncPhase))
def test_every_phase_has_words(phase: SyncPhase) -> None:
    assert condition(SyncProgress(phase=phase))


def test_a_line_counts_what_is_matched_and_added() -> None:
    applying = matching(10, phase=SyncPhase.APPLYING, to_add=8, added=3)

    assert line(applying) == "writing the playlist; matched 10/10; added 3/8"


def test_lines_come_on_news_and_every_few_seconds_in_between() -> None:
    display, written = screen()
    now = iter([0.0, 1.0, 1.0, 2.0, 8.0, 8.0, 9.0, 9.0])
    with Lines(display, clock=lambda: next(now)) as lines:
        lines.show(matching(1))  # second 1: news
        lines.show(matching(2))  # second 2: not yet
        lines.show(matching(3))  # second 8: due
        lines.show(None)  # second 9: news

    told = written.getvalue().splitlines()
    assert told == [line(matching(1)), line(matching(3)), NO_WORKER]


def test_what_comes_before_any_progress_is_said_once() -> None:
    display, written = screen()
    with Lines(display, clock=lambda: 0.0) as lines:
        lines.doing("looking for the playlist")
        lines.doing("looking for the playlist")

    bars, drawn = screen(terminal=True)
    with Bars(bars) as display:
        display.doing("looking for the playlist")

    assert written.getvalue() == "looking for the playlist\n"
    assert "looking for the playlist" in drawn.getvalue()


def test_a_short_file_is_read_without_a_word() -> None:
    display, written = screen()
    now = iter([0.0, 1.0, 6.0, 6.0])
    with Lines(display, clock=lambda: next(now)) as lines:
        lines.reading(1)
        lines.reading(90_000)

    assert written.getvalue() == "reading; 90000 rows\n"


def test_a_file_is_no_terminal_even_when_colours_are_forced() -> None:
    display, _ = screen(terminal=True)

    assert isinstance(open_display(display), Lines)


def test_bars_show_counts_and_neutralise_reasons() -> None:
    display, written = screen(terminal=True)
    with Bars(display) as bars:
        bars.reading(10)
        bars.show(matching(4, waiting_seconds=5, waiting_reason="\x07slow"))
        bars.show(None)
        bars.show(matching(10, phase=SyncPhase.APPLYING, to_add=8, added=3))
        bars.say("a line that stays")
        with bars.aside():
            pass

    assert "10/10" in written.getvalue()
    assert "3/8" in written.getvalue()
    assert "a line that stays" in written.getvalue()
    assert "\x07" not in written.getvalue()
