"""Whole syncs in real processes whose parts get SIGKILL in the middle.

What a playlist holds is read by a plain HTTP client, and kills are paced by what the catalogue was
asked, so each of them meets work in progress.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from segue.music.catalogues.local.faults import FaultPlan
from segue.music.contracts.songs import Track
from segue.music.contracts.tracks import TrackStatus
from segue.settings.load import embedded_settings
from segue.wiring.locks import hold, is_held
from segue.wiring.stack import StackFiles, run_stack
from tests.fakes.data.catalogue_data import plausible_tracks
from tests.fakes.waiting import is_alive
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.stack import (
    ADD,
    SEARCH,
    Part,
    ended_as_planned,
    joined_stack,
    on_any_ports,
    reached,
    running_stack,
    twenty_percent,
)

pytestmark = pytest.mark.timeout(180)

TRACKS = plausible_tracks(540)
WANTED, FOREIGN = TRACKS[:500], TRACKS[500:]
FEWER = WANTED[:300]  # three adds
# A kill that is sent as soon as an add was asked for comes before the answer.
SLOW_ADDS = FaultPlan(slow=1, slow_seconds=0.4, methods=("POST",), paths=("/items",))


def wishes(tracks: Iterable[Track]):
    return [wish(track) for track in tracks]


@pytest.mark.parametrize("seed", [1, 2])
async def test_five_kills_of_the_worker_lose_and_double_nothing(tmp_path: Path, seed: int):
    dice = random.Random(seed)  # noqa: S311 - the same moments every time, no secret
    async with running_stack(tmp_path, TRACKS) as stack:
        await stack.witness.set_faults(SLOW_ADDS)
        sync = await stack.sync(wishes(WANTED), "Mine")
        for _ in range(3):
            await stack.after(SEARCH, dice.randint(30, 110))
            await stack.kill(Part.WORKER, sync)
        for _ in range(2):
            await stack.after(ADD, dice.randint(1, 2))
            await stack.kill(Part.WORKER, sync)

        report = await ended_as_planned(stack, sync, WANTED)

    assert report.counts[TrackStatus.ADDED] == 500


async def test_two_kills_of_temporal_lose_and_double_nothing(tmp_path: Path):
    async with running_stack(tmp_path, TRACKS) as stack:
        await stack.witness.set_faults(SLOW_ADDS)
        sync = await stack.sync(wishes(FEWER), "Mine")
        await stack.after(SEARCH, 150)
        await stack.kill(Part.TEMPORAL, sync)
        await stack.after(ADD, 2)
        await stack.kill(Part.TEMPORAL, sync)

        await ended_as_planned(stack, sync, FEWER)


async def test_two_kills_of_the_catalogue_lose_and_double_nothing(tmp_path: Path):
    async with running_stack(tmp_path, TRACKS) as stack:
        sync = await stack.sync(wishes(FEWER), "Mine")
        await stack.after(SEARCH, 150)
        await stack.kill(Part.CATALOGUE, sync)
        await stack.witness.set_faults(SLOW_ADDS)
        await stack.after(ADD, 2)
        await stack.kill(Part.CATALOGUE, sync)

        await ended_as_planned(stack, sync, FEWER)


async def test_a_killed_stack_leaves_nothing_running_and_the_next_one_goes_on(tmp_path: Path):
    async with running_stack(tmp_path, TRACKS) as stack:
        sync = await stack.sync(wishes(FEWER), "Mine")
        await stack.after(SEARCH, 150)
        parts = [process.pid for process in stack.processes()]
        assert await stack.is_running(sync)
        os.kill(stack.info.pid, signal.SIGKILL)
        await reached(lambda: not any(map(is_alive, parts)), "the end of every part")

    async with joined_stack(tmp_path) as stack:
        report = await ended_as_planned(stack, sync, FEWER)

    assert len(parts) == len(Part)
    assert report.counts[TrackStatus.ADDED] == len(FEWER)


async def test_kills_and_faults_on_a_playlist_that_held_tracks_before(tmp_path: Path):
    dice = random.Random(6)  # noqa: S311 - the same playlist every time, no secret
    source = [*WANTED[:200], *dice.choices(WANTED[:200], k=60)]
    dice.shuffle(source)
    before = [*dice.sample(WANTED[:200], 20), *FOREIGN[:10]]
    dice.shuffle(before)
    async with running_stack(tmp_path, TRACKS) as stack:
        await stack.witness.make_playlist("Mine", [track.uri for track in before])
        await stack.witness.set_faults(twenty_percent(seed=6))
        sync = await stack.sync(wishes(source), "Mine")
        await stack.after(SEARCH, dice.randint(30, 110))
        await stack.kill(Part.WORKER, sync)
        await stack.after(ADD, 1)
        await stack.kill(Part.WORKER, sync)

        report = await ended_as_planned(stack, sync, [*before, *missing(source, before)])

    assert report.counts[TrackStatus.ALREADY_PRESENT] == 20
    assert report.counts[TrackStatus.ADDED] == 240


async def test_one_who_asks_whether_a_stack_runs_keeps_none_from_starting(tmp_path: Path):
    lock = StackFiles(tmp_path).lock
    with hold(lock):  # as asking does, for an instant
        starting = asyncio.create_task(
            run_stack(on_any_ports(embedded_settings(tmp_path)), announce=print)
        )
        await asyncio.wait({starting}, timeout=0.1)
    await reached(lambda: is_held(lock), "the stack's own hold")

    assert not starting.done()
    starting.cancel()
    await asyncio.wait({starting})


def missing(source: Sequence[Track], before: Sequence[Track]) -> list[Track]:
    """What of the source the playlist did not hold, counting repeats."""
    held = Counter(track.uri for track in before)
    absent: list[Track] = []
    for track in source:
        if held[track.uri]:
            held[track.uri] -= 1
        else:
            absent.append(track)
    return absent
