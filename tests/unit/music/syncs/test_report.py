"""How each row of a sync ended, told from the database."""

from dataclasses import replace

import pytest

from segue.errors.sync import RunNotFoundError
from segue.music.contracts.reports import PAGE
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.tracks import TrackStatus
from segue.music.contracts.verdicts import ScoredTrack, Verdict
from segue.music.store.music_store import music_store
from segue.music.syncs.report import stored_sync
from segue.music.wire.plans import Plan
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.worlds.databases import prepare

RUN = "run"


@pytest.fixture
async def store(tmp_path):
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    yield music_store(database, catalogue="local", rules="1", clock=lambda: 0.0)
    await database.aclose()


def uri(number):
    return f"spotify:track:{number:022d}"


def track(number):
    return Track(uri=uri(number), title=f"Song {number}", artists=("Somebody",))


def accepted(number):
    return Verdict(decision="accept", track=track(number), confidence=0.9, reason="the same")


async def told(store, verdicts, plan, *, songs=None, dry_run=False):
    count = songs or len(verdicts)
    stored = await store.imports.put(
        [SongMetadata(title=f"Song {number}") for number in range(count)],
        name="Mine",
        source_format="test",
        encoding="utf-8",
    )
    await store.runs.open(RUN, stored.id, "p")
    await store.runs.save_rows(RUN, verdicts)
    if plan:
        await store.runs.save_plan(RUN, plan, [])
    sync = await stored_sync(store, RUN, stored.id, planned_counts=dry_run)
    stored = sync.rows(store)
    rows = [one async for one in stored.all()]
    assert await sync.counts(store) == {
        status: sum(row.status is status for row in rows) for status in TrackStatus
    }
    assert [row.position - 1 for row in rows if row.status not in {ADDED, ALREADY}] == [
        *stored.missing
    ]
    return rows


async def stored_with(store, songs):
    stored = await store.imports.put(
        [SongMetadata(title=f"Song {number}") for number in range(songs)],
        name="Mine",
        source_format="test",
        encoding="utf-8",
    )
    return (await stored_sync(store, RUN, stored.id, planned_counts=False)).rows(store)


PLANNED = Plan(wanted=(uri(0), uri(1), uri(2)), rows=(0, 1, 2), already=(0,), absent=(2,))
THREE = {number: accepted(number) for number in range(3)}
ADDED, ALREADY, FAILED = TrackStatus.ADDED, TrackStatus.ALREADY_PRESENT, TrackStatus.FAILED


@pytest.mark.parametrize(
    ("plan", "dry_run", "statuses"),
    [
        (None, False, [FAILED, FAILED, FAILED]),
        (None, True, [FAILED, FAILED, FAILED]),
        (PLANNED, False, [ALREADY, ADDED, FAILED]),
        (PLANNED, True, [ALREADY, ADDED, ADDED]),
        (PLANNED.model_copy(update={"absent": ()}), False, [ALREADY, ADDED, ADDED]),
        (PLANNED.model_copy(update={"absent": (1, 2)}), False, [ALREADY, FAILED, FAILED]),
        # The user took out what was there before: it was there, and it is not ours to add.
        (PLANNED.model_copy(update={"absent": (0,)}), False, [ALREADY, ADDED, ADDED]),
    ],
    ids=["unplanned", "dry, unplanned", "half", "dry", "whole", "nothing yet", "taken out"],
)
async def test_an_accepted_row_ends_as_the_last_reading_says(store, plan, dry_run, statuses):
    rows = await told(store, THREE, plan, dry_run=dry_run)

    assert [row.status for row in rows] == statuses


async def test_a_row_that_was_not_added_says_so_after_why_it_was_chosen(store):
    *_, last = await told(store, THREE, PLANNED)

    assert last.reason == "the same; not added: the sync ended before"
    assert (last.match, last.confidence) == (track(2), 0.9)


async def test_a_plan_speaks_of_wanted_tracks_by_their_own_numbers(store):
    """Rows in between that were not accepted do not shift the statuses."""
    plan = Plan(wanted=(uri(1), uri(3)), rows=(1, 3), already=(1,), absent=())
    missing = Verdict(decision="none", reason="not there")

    rows = await told(store, {0: missing, 1: accepted(1), 2: missing, 3: accepted(3)}, plan)

    assert [row.status for row in rows] == [
        TrackStatus.NOT_FOUND,
        ADDED,
        TrackStatus.NOT_FOUND,
        ALREADY,
    ]


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        ("review", TrackStatus.REVIEW),
        ("none", TrackStatus.NOT_FOUND),
        ("failed", TrackStatus.FAILED),
    ],
)
async def test_a_row_without_a_match_shows_the_nearest_one(store, decision, status):
    near = (
        ScoredTrack(track=track(7), confidence=0.6),
        ScoredTrack(track=track(8), confidence=0.5),
    )
    verdict = Verdict(decision=decision, reason="why", confidence=0.6, alternatives=near)

    (row,) = await told(store, {0: verdict}, Plan())

    assert (row.status, row.match, row.reason) == (status, track(7), "why")
    assert row.alternatives == near


async def test_a_row_that_nothing_is_like_shows_no_match(store):
    (row,) = await told(store, {0: Verdict(decision="none", reason="not there")}, Plan())

    assert row.match is None


async def test_a_row_that_the_sync_never_came_to_is_told_as_failed(store):
    rows = await told(store, {0: accepted(0)}, None, songs=2)

    assert (rows[1].status, rows[1].match) == (FAILED, None)
    assert rows[1].reason == "the sync ended before it came to this song"


async def test_every_row_is_told_once_in_order_however_many_there_are(store):
    count = 2 * PAGE + 1
    rows = await told(store, {}, None, songs=count)

    assert [row.position for row in rows] == list(range(1, count + 1))
    assert [row.query.title for row in rows] == [f"Song {number}" for number in range(count)]


async def test_a_run_that_is_unknown_tells_its_source_alone(store):
    stored = await store.imports.put(
        [SongMetadata(title="A")], name="Mine", source_format="test", encoding="utf-8"
    )

    unknown = (await stored_sync(store, "unknown", stored.id, planned_counts=False)).rows(store)
    rows = [one async for one in unknown.all()]

    assert [row.status for row in rows] == [FAILED]


async def test_an_unknown_source_is_a_clear_error(store):
    with pytest.raises(RunNotFoundError, match="nowhere"):
        await stored_sync(store, RUN, "nowhere", planned_counts=False)


async def test_no_more_than_a_page_of_rows_is_in_memory(store):
    read = []
    stored = await stored_with(store, 3 * PAGE)

    async def counted(positions):
        read.append(len(positions))
        return await stored.read(positions)

    async for _ in replace(stored, read=counted).all():
        pass

    assert read == [PAGE] * 3


async def test_rows_are_read_at_the_places_that_are_asked_for(store):
    stored = await stored_with(store, 10)

    assert [row.position async for row in stored.at((1, 7))] == [2, 8]
