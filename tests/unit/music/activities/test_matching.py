"""``match-tracks``: one turn's searches, each recorded as it comes."""

import asyncio
import time
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from segue.errors.catalogue import CatalogueUnavailableError, LoginRequiredError, RateLimitedError
from segue.music.activities.matching import TURN, MatchingActivities
from segue.music.activities.searching import LONGEST_PAUSE, PAUSES, PacedSearches
from segue.music.store.music_store import music_store
from segue.music.wire.matching import MatchTracksInput
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.music import wish

MILES = TRACKS[4:]
RUN, ROWS = "run", 6


class StoppingCatalogue(InMemoryCatalogue):
    """Hangs in one search.

    Attributes:
        stops_at: Counted from 1; 0: none.
        go: Ends the wait.
    """

    stops_at = 0

    def __init__(self, tracks):
        super().__init__(tracks)
        self.go = asyncio.Event()

    async def search(self, query, *, limit=10, offset=0):
        found = await super().search(query, limit=limit, offset=offset)
        if self.called("search") == self.stops_at:
            await self.go.wait()
        return found


@pytest.fixture
def catalogue():
    return StoppingCatalogue(TRACKS)


@pytest.fixture
async def store(tmp_path):
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    yield music_store(database, catalogue="local", rules="test", clock=time.time)
    await database.aclose()


@pytest.fixture
def searches(catalogue):
    """One at a time, so that there is an order."""
    return PacedSearches(catalogue, 1)


@pytest.fixture
async def match(store, searches):
    songs = [wish(track) for track in MILES[:ROWS]]
    stored = await store.imports.put(songs, name="Mine", source_format="test", encoding="utf-8")
    await store.runs.open(RUN, stored.id, None)

    async def call(*, patience=timedelta(minutes=1), environment=None, **options):
        matching = MatchingActivities(searches, store, patience)
        request = MatchTracksInput(
            run_id=RUN, import_id=stored.id, rows=tuple(range(ROWS)), **options
        )
        return await (environment or ActivityEnvironment()).run(matching.match_tracks, request)

    return call


async def recorded(store):
    return {row for row, _ in await store.runs.rows(RUN, offset=0, limit=ROWS)}


async def test_rows_that_had_no_turn_in_time_come_back_without_a_reason(match, searches):
    async with searches.turn("another sync", 1):
        batch = await match(patience=timedelta(milliseconds=20))

    assert batch.pending == tuple(range(ROWS))
    assert (batch.reason, batch.retry_after_seconds) == ("", 0.0)


async def test_who_has_no_turn_says_that_it_waits_for_one(match, searches):
    environment, beaten, words = ActivityEnvironment(), asyncio.Event(), []

    def on_heartbeat(*details):
        words.extend(details)
        beaten.set()

    environment.on_heartbeat = on_heartbeat
    async with searches.turn("another sync", 1):
        calling = asyncio.create_task(match(environment=environment))
        async with asyncio.timeout(10):
            await beaten.wait()
    await calling

    assert set(words) == {TURN}


async def test_a_search_under_way_is_waited_for_beyond_that(match, store, catalogue):
    catalogue.stops_at = 3
    calling = asyncio.create_task(match(patience=timedelta(milliseconds=300)))
    await until(lambda: catalogue.called("search") == 3, "the search that hangs")

    async def first_saved():
        return await recorded(store) == {0, 1}

    await until(first_saved, "what came before it, while it hangs")
    await asyncio.wait([calling], timeout=0.4)
    catalogue.go.set()
    batch = await calling

    assert batch.pending == (3, 4, 5)
    assert await recorded(store) == {0, 1, 2}


@pytest.mark.parametrize("refresh", [False, True])
async def test_a_try_that_was_cut_off_loses_no_verdict_and_sends_no_search_twice(
    match, store, catalogue, refresh
):
    catalogue.stops_at = 4
    trying = asyncio.create_task(match(refresh=refresh))
    await until(lambda: catalogue.called("search") == 4, "the search that hangs")
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    assert await recorded(store) == {0, 1, 2}

    batch = await match(refresh=refresh)

    assert batch.counts.accepted == ROWS
    assert (batch.counts.searches, catalogue.called("search")) == (ROWS, ROWS + 1)


async def test_rows_that_failed_come_back_with_a_reason_and_the_others_are_decided(
    match, catalogue
):
    catalogue.fail_next("search", CatalogueUnavailableError("503"))

    batch = await match()

    assert batch.counts.accepted == ROWS - 1
    assert (batch.pending, batch.reason) == ((0,), "503")


async def test_what_was_found_before_the_login_ended_is_kept(match, store, catalogue):
    catalogue.fail_next("search", None, None, LoginRequiredError("log in"))

    with pytest.raises(LoginRequiredError):
        await match()

    assert await recorded(store) == {0, 1}


async def test_after_a_short_wait_only_the_refused_request_is_sent_again(match, catalogue):
    limited = RateLimitedError("slow down", retry_after=timedelta(milliseconds=1))
    catalogue.fail_next("search", None, *[limited] * PAUSES)

    batch = await match()

    assert batch.counts.accepted == ROWS
    assert catalogue.called("search") == ROWS + PAUSES


@pytest.mark.parametrize(
    "limits",
    [
        [LONGEST_PAUSE + timedelta(seconds=1)],
        [timedelta(milliseconds=1)] * (PAUSES + 1),
    ],
    ids=["a long wait", "too many short ones"],
)
async def test_a_rate_limit_that_a_worker_does_not_wait_for_ends_the_batch(
    match, catalogue, limits
):
    errors = [RateLimitedError("slow down", retry_after=limit) for limit in limits]
    catalogue.fail_next("search", None, *errors)

    batch = await match()

    assert batch.counts.accepted == 1
    assert batch.pending == (1, 2, 3, 4, 5)
    assert batch.retry_after_seconds == limits[-1].total_seconds()


async def test_while_one_search_waits_no_other_is_sent(catalogue, searches):
    limited = RateLimitedError("slow down", retry_after=timedelta(milliseconds=50))
    catalogue.fail_next("search", limited)
    start = time.monotonic()
    first = asyncio.create_task(searches.search("milestone 1"))
    await until(lambda: catalogue.called("search") == 1, "the first search")

    await asyncio.gather(first, *(searches.search("milestone 2") for _ in range(5)))

    assert catalogue.called("search") == 7
    assert time.monotonic() - start >= 0.05
