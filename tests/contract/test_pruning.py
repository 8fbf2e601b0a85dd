"""Syncs as the database lists them, and forgetting those that are old; on every database."""

import asyncio

import pytest
import sqlalchemy as sa

from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy, StrategyChoice
from segue.music.contracts.tracks import TrackStatus
from segue.music.contracts.verdicts import Verdict
from segue.music.store.expiries import music_expiries
from segue.music.store.music_store import music_store
from segue.music.store.outcomes import StartedRun
from segue.music.store.tables import IMPORT_ROWS, IMPORTS, RUN_ROWS, RUNS
from segue.music.store.totals import song_totals
from segue.storage.pruning import BATCH, prune

DAY = 86_400.0
NOW = 1_800_000_000.0
MISSING = Verdict(decision="none", reason="not there")
DOUBT = Verdict(decision="review", reason="two")


@pytest.fixture
def now():
    return [NOW]


@pytest.fixture
def store(database, now):
    return music_store(database, catalogue="local", rules="1", clock=lambda: now[0])


async def imported(store, name, songs=1):
    rows = [SongMetadata(title=f"{name} {number}") for number in range(songs)]
    return (await store.imports.put(rows, name=name, source_format="t", encoding="utf-8")).id


async def synced(store, run_id, import_id, *, ended=True, rows=1):
    await store.runs.open(run_id, import_id, "p")
    choice = StrategyChoice(requested=Strategy.AUTO, strategy=Strategy.PIPELINE, reason="")
    await store.outcomes.record_start(
        StartedRun(
            run_id=run_id,
            workflow_id=f"w-{run_id}",
            temporal_run_id=run_id,
            choice=choice,
            rows=rows,
            dry_run=False,
            playlist_name="Mine",
        )
    )
    await store.runs.save_rows(run_id, dict.fromkeys(range(rows), MISSING))
    if ended:
        await store.outcomes.record_end(run_id, "verified")


async def forget(database, now, *, days=30.0, dry_run=False):
    """What was pruned, by kind; without those of which there was nothing."""
    expiries = music_expiries(before=now[0] - days * DAY, now=now[0])
    pruned = await prune(database, expiries, dry_run=dry_run)
    return {each.what: each.rows for each in pruned if each.rows}


async def ids(database, column):
    async with database.reading() as connection:
        return sorted(set(await connection.scalars(sa.select(column))))


async def test_songs_of_ended_syncs_are_counted_once_each_and_for_ever(database, store, now):
    counts = {TrackStatus.ADDED: 3, TrackStatus.REVIEW: 1, TrackStatus.FAILED: 0}
    await synced(store, "old", await imported(store, "A"))
    for run_id in ("old", "old", "of no stored sync"):
        await store.outcomes.count_songs(run_id, counts)
    now[0] += 31 * DAY
    await synced(store, "new", await imported(store, "B"))
    await asyncio.gather(*(store.outcomes.count_songs("new", counts) for _ in range(3)))
    before = await song_totals(database)
    await forget(database, now)
    await store.outcomes.count_songs("old", counts)

    assert before == {("local", "added"): 6, ("local", "review"): 2}
    assert await song_totals(database) == before


async def test_an_old_sync_that_has_ended_goes_with_its_rows_and_its_import(database, store, now):
    await synced(store, "old", await imported(store, "A", 3), rows=3)
    now[0] += 31 * DAY
    await synced(store, "new", await imported(store, "B"))

    counted = await forget(database, now, dry_run=True)
    left_by_a_dry_run = await ids(database, RUNS.c.id)
    pruned = await forget(database, now)

    assert counted == pruned
    assert pruned == {"rows of syncs": 3, "syncs": 1, "songs of imports": 3, "imports": 1}
    assert left_by_a_dry_run == ["new", "old"]
    assert await ids(database, RUNS.c.id) == ["new"]
    assert len(await ids(database, IMPORTS.c.id)) == 1
    assert await forget(database, now) == {}


async def test_a_sync_whose_end_is_not_known_keeps_its_rows_and_its_import(database, store, now):
    import_id = await imported(store, "A")
    await synced(store, "runs", import_id, ended=False)
    await synced(store, "ended", import_id)
    now[0] += 400 * DAY

    assert await forget(database, now) == {"rows of syncs": 1, "syncs": 1}
    assert await ids(database, RUN_ROWS.c.run_id) == ["runs"]
    assert await ids(database, IMPORTS.c.id) == [import_id]


async def test_what_never_began_goes_and_what_has_rows_stays(database, store, now):
    """A request that joins a running sync leaves an empty run behind, which held the import."""
    import_id = await imported(store, "A")
    await store.runs.open("joined", import_id, "p")
    await store.runs.open("unrecorded", import_id, "p")
    await store.runs.save_rows("unrecorded", {0: MISSING})
    now[0] += 31 * DAY

    assert await forget(database, now) == {"syncs": 1}
    assert await ids(database, RUNS.c.id) == ["unrecorded"]


async def test_doubts_that_wait_and_decisions_stay(database, store, now):
    song, other = SongMetadata(title="Hurt"), SongMetadata(title="Jolene")
    await store.verdicts.ask({"k": (song, DOUBT)})
    await store.verdicts.decide(other, None, origin="review")
    await synced(store, "old", await imported(store, "A"))
    now[0] += 400 * DAY
    await forget(database, now)

    assert [item.song for item in (await store.verdicts.open_questions(limit=9)).items] == [song]
    assert len((await store.verdicts.decisions(limit=9)).items) == 1


async def test_verdicts_that_are_not_fresh_go_at_any_age(database, store, now):
    await store.verdicts.remember({"fresh": MISSING.model_copy(update={"decision": "accept"})})
    await store.verdicts.remember({"stale": MISSING})
    now[0] += 2 * DAY

    assert await forget(database, now) == {"cached verdicts": 1}
    assert list(await store.verdicts.fresh_verdicts(["fresh", "stale"])) == ["fresh"]


async def test_an_import_that_is_half_gone_cannot_be_synced(database, store, now):
    """A prune that was cut off between two batches; the next one completes it."""
    await imported(store, "A", 3)
    now[0] += 31 * DAY
    expiries = music_expiries(before=now[0] - 30 * DAY, now=now[0])
    songs = next(each for each in expiries if each.table is IMPORT_ROWS)
    await prune(database, [songs], dry_run=False)

    assert (await store.imports.list(limit=9)).items == ()
    assert await forget(database, now) == {"imports": 1}


async def test_thousands_of_rows_go_while_a_sync_writes_its_own(database, store, now):
    rows = 2 * BATCH + 10
    await synced(store, "old", await imported(store, "A"), rows=rows)
    now[0] += 31 * DAY
    await synced(store, "new", await imported(store, "B"), ended=False)

    async def write():
        for position in range(20):
            await store.runs.save_rows("new", {position: DOUBT})

    pruned, _ = await asyncio.gather(forget(database, now), write())

    assert pruned["rows of syncs"] == rows
    assert await ids(database, RUN_ROWS.c.run_id) == ["new"]
    assert await store.runs.count_verdicts("new") == 20


async def test_the_size_is_told_in_bytes(database, store, now):
    await synced(store, "old", await imported(store, "Ä"))
    now[0] += 31 * DAY
    expiries = music_expiries(before=now[0] - 30 * DAY, now=now[0])

    sizes = {each.what: each.size for each in await prune(database, expiries, dry_run=True)}

    assert sizes["imports"] == 2
    assert sizes["rows of syncs"] == len(MISSING.model_dump_json(exclude_defaults=True))


async def test_syncs_are_found_newest_first_by_workflow_and_by_run(database, store, now):
    import_id = await imported(store, "A")
    for run_id in ("r1", "r2", "r3"):
        now[0] += 60
        await synced(store, run_id, import_id)

    assert [run.run_id for run in await store.outcomes.newest(limit=2)] == ["r3", "r2"]
    one = await store.outcomes.newest_of("w-r2")
    assert (one.run_id, one.playlist_id, one.playlist_name) == ("r2", "p", "Mine")
    assert await store.outcomes.newest_of("w-r9") is None
    assert {run.run_id for run in await store.outcomes.of_runs(["r1", "r3", "r4"])} == {"r1", "r3"}
