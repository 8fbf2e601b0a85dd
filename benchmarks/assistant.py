"""What a turn of the assistant costs, beside the same Temporal operations without it.

    python -m benchmarks.assistant [--quick]

The stack runs as users run it, in processes of its own, against a scripted model server that
answers at once. Measured: a turn from the message's post to its reply, the first piece of an answer
after the model's first token, threads opened and answered a second, and many open threads of which
a few are active. Exits with 1 when a bar is missed. A quick run tries the program out; it records
nothing.
"""

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr
from temporalio.client import Client

from benchmarks.assistant_raw import raw_threads
from benchmarks.measuring import history_length, module_process, percentile_95, worker_memory
from benchmarks.results import bar_lines, record, table
from segue.assistant.contracts import Caller
from segue.assistant.service.assistant import AssistantService
from segue.runtime.client import connect
from segue.settings.load import Settings, embedded_settings
from segue.wiring.app import App, open_app
from segue.wiring.stack import StackFiles
from tests.fakes.programs.openai import ScriptedOpenAI, running_openai
from tests.fakes.programs.openai_server.steps import words

SCRIPT = "assistant"
MODEL = f"gpt-scripted:{SCRIPT}"
CALLER = Caller("ann")
WITHIN = timedelta(seconds=120)

MOST_TIMES_RAW = 1.5
MOST_DELTA_MS = 150
_WARM = 10  # turns before anything counts: classes are built, connections made
_TURNS_A_THREAD = 25
_REPLY_BYTES = 2_048
_STREAM_BYTES = 320  # 20 pieces
_AT_ONCE = 20  # threads that are being opened

NOTE = """\
A turn goes from the post of a message to its reply. Both take their turns in rotation, with replies
of 2 KB, in worker processes of their own. Raw: an update that starts or continues the thread, a
local activity, an activity that asks the same model server, and queries for the reply in the same
rhythm; no agent, nothing streamed, nothing stored. Segue asks its finance and IT servers for their
tools at most once a second, and stores everything in SQLite. Ticks of those who wait for a reply
(30 ms, then 45, 68, …) are part of both."""

Say = Callable[[str, str], Awaitable[object]]


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        turns: Of each variant.
        streams: Answers whose first piece is waited for.
        threads: That are opened, and stay open.
        active: Of those, that go on at once,
        active_turns: with so many turns each.
    """

    turns: int = 100
    streams: int = 30
    threads: int = 1_000
    active: int = 50
    active_turns: int = 5


QUICK = Sizes(turns=10, streams=5, threads=20, active=5, active_turns=2)


@dataclass(frozen=True)
class Bench:
    """What is measured.

    Attributes:
        folder: The stack's data.
        client: Of its Temporal server, which serves the raw shape too.
        say: Puts a message to a thread of the assistant, and waits for the reply.
        say_raw: The same of the raw shape.
    """

    folder: Path
    openai: ScriptedOpenAI
    assistant: AssistantService
    client: Client
    say: Say
    say_raw: Say


@asynccontextmanager
async def opened() -> AsyncGenerator[Bench]:
    """A fresh stack, the model server, and the raw shape's worker on the same Temporal server."""
    with tempfile.TemporaryDirectory() as name:
        folder = await asyncio.to_thread(Path(name).resolve)
        async with running_openai() as openai:
            await openai.script(SCRIPT, [words(_REPLY_BYTES, times=None)], keep_bodies=0)
            async with (
                open_app(_settings(folder, openai), "assistant") as app,
                _with_raw(app, folder, openai) as bench,
            ):
                yield bench


def _settings(folder: Path, openai: ScriptedOpenAI) -> Settings:
    settings = embedded_settings(folder)
    llm = {
        "model": MODEL,
        "openai_base_url": openai.base_url,
        "openai_api_key": SecretStr("test"),
        "openai_api": "responses",
    }
    return replace(settings, llm=settings.llm.model_copy(update=llm))


@asynccontextmanager
async def _with_raw(
    app: App[AssistantService], folder: Path, openai: ScriptedOpenAI
) -> AsyncGenerator[Bench]:
    stack = StackFiles(folder).running()
    assert stack is not None
    assert stack.temporal_address is not None
    client = await connect(stack.temporal_address, {})

    async def say(thread: str, text: str) -> None:
        accepted = await app.service.post(CALLER, thread, text)
        reply = await app.service.wait_for_reply(CALLER, thread, accepted.message_id, within=WITHIN)
        assert reply is not None
        assert reply.failure is None, reply.failure

    worker = module_process("benchmarks.assistant_raw", stack.temporal_address, openai.base_url)
    async with worker, raw_threads(client, MODEL) as raw:
        yield Bench(folder, openai, app.service, client, say, raw.say)


# --- a turn ---


@dataclass(frozen=True)
class Turns:
    """What the turns of one variant took.

    Attributes:
        seconds: Of each.
        events: Of the history, a turn.
        size: Bytes of the history, a turn.
    """

    seconds: Sequence[float]
    events: float
    size: float

    @property
    def median(self) -> float:
        """Seconds of a turn."""
        return statistics.median(self.seconds)


async def take_turns(bench: Bench, turns: int) -> tuple[Turns, Turns]:
    """Turns of Segue and of the raw shape, by turns, in a new thread now and then."""
    says = (bench.say, bench.say_raw)
    await _rotate(says, ("warm", "warm-raw"), _WARM)
    seconds: tuple[list[float], list[float]] = ([], [])
    lengths: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    while len(seconds[0]) < turns:
        threads = (f"turns-{uuid4().hex[:8]}", f"raw-{uuid4().hex[:8]}")
        taken = await _rotate(says, threads, min(_TURNS_A_THREAD, turns - len(seconds[0])))
        for thread, found, more, length in zip(threads, seconds, taken, lengths, strict=True):
            found.extend(more)
            length.append(await history_length(bench.client.get_workflow_handle(thread)))
    ours, raw = (
        Turns(found, *(sum(column) / turns for column in zip(*length, strict=True)))
        for found, length in zip(seconds, lengths, strict=True)
    )
    return ours, raw


async def _rotate(
    says: Sequence[Say], threads: Sequence[str], turns: int
) -> tuple[list[float], ...]:
    """Seconds of the turns of each thread, each of which has one before any has the next."""
    seconds: tuple[list[float], ...] = tuple([] for _ in threads)
    for number in range(turns):
        for say, thread, found in zip(says, threads, seconds, strict=True):
            found.append(await _seconds(say, thread, number))
    return seconds


async def _seconds(say: Say, thread: str, number: int) -> float:
    began = time.perf_counter()
    async with asyncio.timeout(WITHIN.total_seconds()):
        await say(thread, f"Message {number}: what do you make of that?")
    return time.perf_counter() - began


def turns_part(ours: Turns, raw: Turns) -> tuple[str, list[tuple[str, bool]]]:
    """A row for each variant, and whether Segue keeps its promise."""
    rows = [
        [
            name,
            f"{found.median * 1000:.0f}",
            f"{percentile_95(found.seconds) * 1000:.0f}",
            f"{found.median / raw.median:.2f}",
            f"{percentile_95(found.seconds) / percentile_95(raw.seconds):.2f}",
            f"{found.events:.1f}",
            f"{found.size:,.0f}",
        ]
        for name, found in (("raw", raw), ("Segue", ours))
    ]
    headings = [
        "variant",
        "a turn, p50, ms",
        "p95, ms",
        "times raw, p50",
        "times raw, p95",
        "events a turn",
        "history bytes a turn",
    ]
    times = ours.median / raw.median
    verdict = f"a turn takes {times:.2f} times raw (p50), bar {MOST_TIMES_RAW:g}"
    return table(headings, rows), [(verdict, times <= MOST_TIMES_RAW)]


# --- the first piece of an answer ---


async def first_deltas(bench: Bench, count: int) -> list[float]:
    """Seconds from a model's first token to a follower's first piece of the answer."""
    step = words(_STREAM_BYTES, times=None, first_byte_after_s=0.1, between_chunks_s=0.02)
    await bench.openai.script(SCRIPT, [step], keep_bodies=0)
    thread = f"streams-{uuid4().hex[:8]}"
    arrivals = [await _first_delta_at(bench, thread) for _ in range(count)]
    calls = await bench.openai.calls(SCRIPT)
    await bench.openai.script(SCRIPT, [words(_REPLY_BYTES, times=None)], keep_bodies=0)
    tokens = [call.first_delta_at for call in calls if call.first_delta_at is not None]
    return [arrival - token for arrival, token in zip(arrivals, tokens, strict=True)]


async def _first_delta_at(bench: Bench, thread: str) -> float:
    """Epoch seconds; the turn has ended when this returns."""
    accepted = await bench.assistant.post(CALLER, thread, "Tell me something.")
    arrivals = [
        time.time()
        async for event in bench.assistant.follow(CALLER, thread, accepted.message_id)
        if event is not None and event.kind == "text.delta"
    ]
    return arrivals[0]


def deltas_part(seconds: Sequence[float]) -> tuple[str, list[tuple[str, bool]]]:
    """How late the first piece of an answer comes, and whether that is early enough."""
    middle, late = (value * 1000 for value in (statistics.median(seconds), percentile_95(seconds)))
    row = [f"{len(seconds)}", f"{middle:.0f}", f"{late:.0f}"]
    text = table(["answers", "first delta after the first token, p50, ms", "p95, ms"], [row])
    verdict = f"first delta {late:.0f} ms after the first token (p95), bar {MOST_DELTA_MS}"
    return text, [(verdict, late <= MOST_DELTA_MS)]


# --- many threads ---


@dataclass(frozen=True)
class Crowd:
    """Many open threads, of which a few go on.

    Attributes:
        opening: Seconds until all were opened and answered.
        seconds: Of each turn of the active ones.
        lasted: Seconds of all their turns together.
        memory: Resident MiB of the worker: before, with all open, and after the active turns.
    """

    opening: float
    seconds: Sequence[float]
    lasted: float
    memory: tuple[float, float, float]


async def crowd(bench: Bench, sizes: Sizes) -> Crowd:
    """Open threads, and let some of them go on at once."""
    before, limit = worker_memory(bench.folder), asyncio.Semaphore(_AT_ONCE)
    threads = [f"crowd-{uuid4().hex[:8]}" for _ in range(sizes.threads)]

    async def begin(thread: str) -> None:
        async with limit:
            await bench.say(thread, "Message 0: what do you make of that?")

    async def go_on(thread: str) -> list[float]:
        return [await _seconds(bench.say, thread, number) for number in range(sizes.active_turns)]

    began = time.perf_counter()
    await asyncio.gather(*(begin(thread) for thread in threads))
    opening, full = time.perf_counter() - began, worker_memory(bench.folder)
    began = time.perf_counter()
    active = threads[:: sizes.threads // sizes.active][: sizes.active]
    taken = await asyncio.gather(*(go_on(thread) for thread in active))
    lasted, after = time.perf_counter() - began, worker_memory(bench.folder)
    seconds = [each for some in taken for each in some]
    return Crowd(opening, seconds, lasted, (before, full, after))


def crowd_part(found: Crowd, sizes: Sizes) -> str:
    """Threads per second, turns among many threads, and memory."""
    before, full, after = found.memory
    opened_a_second = f"{sizes.threads / found.opening:.1f}"
    turns = table(
        ["", "a second", "a turn, p50, ms", "p95, ms"],
        [
            [f"threads opened and answered, {_AT_ONCE} at once", opened_a_second, "", ""],
            [
                f"turns of {sizes.active} active among {sizes.threads:,} open",
                f"{len(found.seconds) / found.lasted:.1f}",
                f"{statistics.median(found.seconds) * 1000:.0f}",
                f"{percentile_95(found.seconds) * 1000:.0f}",
            ],
        ],
    )
    memory = table(
        ["worker", "resident MiB"],
        [
            ["before", f"{before:.0f}"],
            [f"with {sizes.threads:,} threads open", f"{full:.0f}"],
            [f"after the turns of {sizes.active}", f"{after:.0f}"],
        ],
    )
    return f"{turns}\n\n{memory}"


async def main(*, quick: bool) -> bool:
    """Measure and record; whether every bar is met."""
    gc.freeze()  # as worker processes do
    sizes = QUICK if quick else Sizes()
    async with opened() as bench:
        turns, verdicts = turns_part(*await take_turns(bench, sizes.turns))
        deltas, more = deltas_part(await first_deltas(bench, sizes.streams))
        threads = crowd_part(await crowd(bench, sizes), sizes)
    verdicts += more
    body = "\n\n".join([NOTE, turns, deltas, threads, f"Bars:\n\n{bar_lines(verdicts)}"])
    if quick:
        print(body)
    else:
        record("benchmarks/assistant.py", body)
    return all(is_met for _, is_met in verdicts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short, and nothing is recorded")
    sys.exit(0 if asyncio.run(main(quick=parser.parse_args().quick)) else 1)
