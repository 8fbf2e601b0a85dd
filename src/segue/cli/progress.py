"""How a running sync looks: bars on a terminal, a plain line now and then anywhere else."""

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Protocol, Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from segue.cli.screen import Screen
from segue.cli.untrusted import plain
from segue.music.contracts.syncs import SyncPhase, SyncProgress

LINE_EVERY = timedelta(seconds=5)  # without a terminal: often enough to see life, rare in logs

NO_WORKER = "no worker answers now; the sync goes on from where it was"

_DOING = {
    SyncPhase.MATCHING: "finding songs",
    SyncPhase.PLANNING: "comparing with the playlist",
    SyncPhase.APPLYING: "writing the playlist",
    SyncPhase.VERIFYING: "reading the playlist back",
    SyncPhase.DONE: "done",
}


class Display(Protocol):
    """Where progress is shown; a context that is open while the sync runs."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...
    def reading(self, rows: int) -> None:
        """So many rows of the source have been read."""
        ...

    def doing(self, text: str) -> None:
        """What is done before there is progress."""
        ...

    def show(self, progress: SyncProgress | None) -> None:
        """The latest progress; None while no worker answers."""
        ...

    def say(self, text: str) -> None:
        """A line that stays."""
        ...

    def aside(self) -> AbstractContextManager[None]:
        """Nothing moves inside, so that a question can be asked."""
        ...


def open_display(screen: Screen) -> Display:
    """Bars when standard error is a terminal that can redraw, lines otherwise."""
    return Bars(screen) if screen.is_live else Lines(screen)


def condition(progress: SyncProgress | None, now: Callable[[], float] = time.time) -> str:
    """What a sync does or waits for at this moment, in words.

    Args:
        progress: None while no worker answers.
        now: Clock, seconds since the epoch.
    """
    if progress is None:
        return NO_WORKER
    if progress.paused:
        return "paused; `segue runs resume ID` lets it go on"
    if progress.waiting_seconds > 0 or progress.waiting_reason:
        return _waiting(progress, now())
    if progress.phase is SyncPhase.AWAITING_CONFIRMATION:
        return f"waiting for an answer: remove {progress.to_remove} from it?"
    return _DOING[progress.phase]


def _waiting(progress: SyncProgress, now: float) -> str:
    reason = progress.waiting_reason.rstrip(".") or "the catalogue asked for it"
    if not progress.waiting_seconds:
        return f"waiting: {reason}"
    until = time.strftime("%H:%M:%S", time.localtime(now + progress.waiting_seconds))
    return f"waiting until {until}: {reason}"


def line(progress: SyncProgress | None) -> str:
    """Progress as one line of plain text."""
    if progress is None:
        return NO_WORKER
    parts = [condition(progress), f"matched {progress.matched}/{progress.total}"]
    if progress.to_add:
        parts.append(f"added {progress.added}/{progress.to_add}")
    return "; ".join(parts)


class _Rate(ProgressColumn):
    """Songs a second over the last half minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f}/s" if task.speed and task.total else "", style="dim")


class Bars:
    """Two bars, for matching and adding, and what the sync is at."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[condition]}", markup=False),
            console=screen.err,
            transient=True,
        )
        self._reading = self._bars.add_task("Reading", total=None, condition="")
        self._matching = self._bars.add_task("Matching", total=None, visible=False, condition="")
        self._adding = self._bars.add_task("Adding", total=None, visible=False, condition="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bars.stop()

    def reading(self, rows: int) -> None:
        """Count the rows read."""
        self._bars.update(self._reading, completed=rows)

    def doing(self, text: str) -> None:
        """Say it beside the rows that were read."""
        self._bars.update(self._reading, condition=text)

    def show(self, progress: SyncProgress | None) -> None:
        """Move the bars."""
        self._bars.update(self._reading, visible=False)
        if progress is None:
            self._bars.update(self._matching, visible=True, condition=NO_WORKER)
            self._bars.update(self._adding, condition="")
            return
        adding = progress.to_add > 0
        words = plain(condition(progress))
        self._bars.update(
            self._matching,
            visible=True,
            total=progress.total,
            completed=progress.matched,
            condition="" if adding else words,
        )
        if adding:
            self._bars.update(
                self._adding,
                visible=True,
                total=progress.to_add,
                completed=progress.added,
                condition=words,
            )

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._screen.say(text, "bold")

    @contextmanager
    def aside(self) -> Generator[None]:
        """Take the bars away for a while."""
        self._bars.stop()
        try:
            yield
        finally:
            self._bars.start()


class Lines:
    """A line when the phase changes, and every few seconds in between."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._condition = ""
        self._last = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def reading(self, rows: int) -> None:
        """Say how many rows were read, now and then."""
        self._line(self._condition, f"reading; {rows} rows")

    def doing(self, text: str) -> None:
        """Say it once."""
        self._line(text, text)

    def show(self, progress: SyncProgress | None) -> None:
        """Show how far the sync is, when that has changed."""
        state = "" if progress is None else f"{progress.phase}{progress.paused}"
        self._line(f"{state}{progress is None}", line(progress))

    def say(self, text: str) -> None:
        """A line at once."""
        self._screen.say(text)

    @contextmanager
    def aside(self) -> Generator[None]:
        """Lines are never in the way."""
        yield

    def _line(self, condition: str, text: str) -> None:
        due = self._clock() - self._last >= LINE_EVERY.total_seconds()
        if due or condition != self._condition:
            self._condition, self._last = condition, self._clock()
            self._screen.say(text)
