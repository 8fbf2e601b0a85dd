"""What one turn takes, beside the bare shape of it: all variants take their turns in rotation.

So whatever else the machine does falls on all of them alike. The raw shape is Temporal with an
update, a local activity, an activity that asks the model, and a local activity: no agent, and
nothing is kept.
"""

import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import uuid4

from benchmarks.long_conversation_variants import VARIANTS, Conversation, Stage
from benchmarks.measuring import history_length
from benchmarks.results import table
from tests.fakes.programs.openai_server.steps import words

RAW = "raw: update, local activity, activity, local activity"
OURS, ON_POSTGRES = "Segue", "Segue on Postgres"
# Ours puts a runner of its own into its process, so the plugin has to go before it.
ROTATIONS = ((RAW, "plugin default"), (RAW, "raw: update, activity", OURS, ON_POSTGRES))

MOST_TIMES_RAW = 1.5
MOST_EVENTS = 11.0
MOST_BYTES = 6_000
MOST_TURNS = 45  # with those before, fewer than those after which a thread renews its run
_WARM = 10  # turns before anything counts: classes are built, connections made
_REPLY_BYTES = 2_048
MOST_SLOWER = 1.2  # turn 500 against turn 10
_LATE, _EARLY = 500, 10
_AROUND = 5  # turns to both sides
_OTHERS = 3  # conversations that are young while one is old


@dataclass
class Turns:
    """What the turns of one variant took.

    Attributes:
        seconds: Of each.
        events: Of the history, a turn.
        size: Bytes of the history, a turn.
        sql: Connections, transactions and statements, a turn; None: it has no database.
    """

    variant: str
    seconds: list[float] = field(default_factory=list[float])
    events: float = 0.0
    size: float = 0.0
    sql: tuple[float, float, float] | None = None

    @property
    def median(self) -> float:
        """Seconds of a turn."""
        return statistics.median(self.seconds)


async def take_turns(stage: Stage, names: Sequence[str], *, turns: int) -> list[Turns]:
    """Let each variant take a turn, then each the next one, and so on.

    Args:
        stage: With a Postgres where a variant stands on one.
        names: Of variants.
        turns: That count; some go before them.
    """
    found = [Turns(name) for name in names]
    async with AsyncExitStack() as stack:
        talks: list[Conversation] = []
        for name in names:
            script = f"turns-{uuid4().hex[:8]}"
            await stage.openai.script(script, [words(_REPLY_BYTES, times=None)], keep_bodies=0)
            talks.append(await stack.enter_async_context(VARIANTS[name].open(stage, script, 10)))
        for number in range(_WARM):
            for talk in talks:
                await talk.say(f"Message {number}: what do you make of that?")
        before = [await _length(talk) for talk in talks]
        for talk in talks:
            if talk.statements is not None:
                talk.statements.reset()
        for number in range(_WARM, _WARM + turns):
            for talk, one in zip(talks, found, strict=True):
                began = time.perf_counter()
                await talk.say(f"Message {number}: what do you make of that?")
                one.seconds.append(time.perf_counter() - began)
        for talk, one, (events, size) in zip(talks, found, before, strict=True):
            more_events, more_size = await _length(talk)
            one.events, one.size = (more_events - events) / turns, (more_size - size) / turns
            if (asked := talk.statements) is not None:
                asked_for = (asked.connections, asked.transactions, asked.statements)
                connections, transactions, statements = (number / turns for number in asked_for)
                one.sql = (connections, transactions, statements)
    return found


async def _length(talk: Conversation) -> tuple[int, int]:
    assert talk.handle is not None
    return await history_length(talk.handle)


def turns_table(found: Sequence[Turns]) -> str:
    """A row for each variant of one rotation."""
    raw = found[0]
    headings = [
        "variant",
        "a turn, ms",
        "fastest tenth, ms",
        "times the raw shape",
        "events a turn",
        "history bytes a turn",
        "connections a turn",
        "transactions a turn",
        "SQL statements a turn",
    ]
    return table(
        headings,
        [
            [
                one.variant,
                f"{one.median * 1000:.0f}",
                f"{statistics.quantiles(one.seconds, n=10)[0] * 1000:.0f}",
                f"{one.median / raw.median:.2f}",
                f"{one.events:.1f}",
                f"{one.size:,.0f}",
                *([f"{number:.1f}" for number in one.sql] if one.sql else ["", "", ""]),
            ]
            for one in found
        ],
    )


def turns_bars(found: Sequence[Turns]) -> list[tuple[str, bool]]:
    """What is promised of a turn of ours, and whether it is kept."""
    raw = found[0]
    verdicts: list[tuple[str, bool]] = []
    for one in found:
        if one.variant not in {OURS, ON_POSTGRES}:
            continue
        times = one.median / raw.median
        verdicts += [
            (
                f"{one.variant}: a turn takes {times:.2f} times raw, bar {MOST_TIMES_RAW:g}",
                times <= MOST_TIMES_RAW,
            ),
            (
                f"{one.variant}: {one.events:.1f} events a turn, bar {MOST_EVENTS:g}",
                one.events <= MOST_EVENTS,
            ),
            (
                f"{one.variant}: {one.size:,.0f} bytes of history a turn, bar {MOST_BYTES:,}",
                one.size <= MOST_BYTES,
            ),
        ]
    return verdicts


@dataclass
class LateTurns:
    """Seconds of early and of late turns, taken by turns."""

    early: list[float] = field(default_factory=list[float])
    late: list[float] = field(default_factory=list[float])

    @property
    def slower(self) -> float:
        """So many times as long as an early turn takes a late one."""
        return statistics.median(self.late) / statistics.median(self.early)


async def take_late_turns(stage: Stage) -> LateTurns:
    """Compare turns late in a conversation with those of young ones, whatever else goes on."""
    found, script = LateTurns(), f"late-{uuid4().hex[:8]}"
    await stage.openai.script(script, [words(_REPLY_BYTES, times=None)], keep_bodies=0)
    around = 2 * _AROUND + 1
    async with VARIANTS[OURS].open(stage, script, 10) as old:
        assert old.begin is not None
        for number in range(1, _LATE - around * _OTHERS // 2):
            await old.say(f"Message {number}: what do you make of that?")
        for _ in range(_OTHERS):
            young = await old.begin()
            for number in range(1, _EARLY - _AROUND):
                await young.say(f"Message {number}: what do you make of that?")
            for number in range(around):
                found.early.append(await _seconds(young, number))
                found.late.append(await _seconds(old, number))
    return found


async def _seconds(talk: Conversation, number: int) -> float:
    began = time.perf_counter()
    await talk.say(f"Message {number}: what do you make of that?")
    return time.perf_counter() - began


def late_table(found: LateTurns) -> str:
    """Early and late turns beside each other."""
    early, late = (statistics.median(seconds) * 1000 for seconds in (found.early, found.late))
    headings = [f"turn {_EARLY}, ms", f"turn {_LATE}, ms", f"turn {_LATE} / {_EARLY}"]
    return table(headings, [[f"{early:.0f}", f"{late:.0f}", f"{found.slower:.2f}"]])


def late_bar(found: LateTurns) -> tuple[str, bool]:
    """Whether a late turn takes about as long as an early one."""
    text = f"turn {_LATE} takes {found.slower:.2f} times turn {_EARLY}, bar {MOST_SLOWER:g}"
    return text, found.slower <= MOST_SLOWER
