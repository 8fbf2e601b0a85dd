"""The one writer of each playlist, over every database: nothing twice, whoever else writes."""

import asyncio
import time
from collections import Counter
from datetime import timedelta

import pytest

from segue.errors.catalogue import (
    CatalogueUnavailableError,
    ForbiddenError,
    InvalidRequestError,
    OutcomeUnknownError,
)
from segue.errors.sync import PlanOutdatedError
from segue.music.activities.playlist_writer import PlaylistWriter
from segue.music.planning.playlist_edits import PlaylistEdit
from segue.music.store.locks import database_locks
from segue.music.store.writes import WriteStore
from tests.fakes.data.tracks import TRACKS, track_uri
from tests.fakes.doubles.catalogue import Failure, InMemoryCatalogue
from tests.fakes.waiting import until

URIS = [track.uri for track in TRACKS]
SETTLE = timedelta(milliseconds=50)
LOST = Failure(OutcomeUnknownError("no answer"), after_effect=True)
SPURNED = OutcomeUnknownError("502 before anything happened")


class SlowCatalogue(InMemoryCatalogue):
    """Takes a while to add, so that others can come between."""

    async def add_items(self, playlist_id, uris, *, position):
        await asyncio.sleep(0.1)
        await super().add_items(playlist_id, uris, position=position)


@pytest.fixture
def catalogue():
    return SlowCatalogue(TRACKS)


@pytest.fixture
def playlist(catalogue):
    return catalogue.put_playlist("Mine")


@pytest.fixture
def writes(database):
    return WriteStore(database, "local", time.time, SETTLE)


@pytest.fixture
def writer(database, catalogue, writes):
    """As a process has it; two of them are two processes."""

    def made():
        return PlaylistWriter(catalogue, writes, database_locks(database), SETTLE)

    return made


async def test_songs_at_once_from_several_processes_are_there_once(writer, catalogue, playlist):
    processes = [writer(), writer()]

    results = await asyncio.gather(
        *(process.add(playlist, URIS[0], "a song") for process in processes for _ in range(3))
    )

    assert catalogue.uris_of(playlist) == [URIS[0]]
    assert Counter(result.added for result in results) == {True: 1, False: 5}
    assert {result.position for result in results} == {0}


async def test_songs_that_wait_go_in_one_request(writer, catalogue, playlist):
    process = writer()

    results = await asyncio.gather(*(process.add(playlist, uri, "a song") for uri in URIS[:50]))

    held = catalogue.uris_of(playlist)
    assert sorted(held) == sorted(URIS[:50])
    assert [held[result.position] for result in results] == URIS[:50]
    assert catalogue.called("add_items") <= 2


async def test_the_cost_of_a_song_does_not_grow_with_the_playlist(writer, catalogue):
    process = writer()
    costs = []
    for length in (10, 1_000):
        playlist = catalogue.put_playlist(f"{length}", (URIS[10:20] * 100)[:length])
        await process.add(playlist, URIS[0], "the first")
        before = len(catalogue.calls)
        await process.add(playlist, URIS[1], "the second")
        costs.append(Counter(method for method, _ in catalogue.calls[before:]))

    assert costs[0] == costs[1] == {"get_playlist": 2, "add_items": 1}


async def test_what_somebody_else_changed_is_read_anew(writer, catalogue, playlist):
    process = writer()
    await process.add(playlist, URIS[0], "a song")
    await catalogue.add_items(playlist, [URIS[1]], position=0)

    result = await process.add(playlist, URIS[1], "another")

    assert (result.added, result.position) == (False, 0)
    assert catalogue.uris_of(playlist) == [URIS[1], URIS[0]]


@pytest.mark.parametrize("failure", [LOST, SPURNED], ids=["it happened", "it did not"])
async def test_after_a_write_without_an_answer_the_next_writer_reads_anew(
    writer, catalogue, playlist, failure
):
    catalogue.fail_next("add_items", failure)
    with pytest.raises(OutcomeUnknownError):
        await writer().add(playlist, URIS[0], "a song")

    start = time.monotonic()
    await writer().add(playlist, URIS[0], "the same song of another run")

    assert catalogue.uris_of(playlist) == [URIS[0]]
    assert time.monotonic() - start >= SETTLE.total_seconds()


async def test_a_writer_that_dies_amid_a_write_is_waited_for(writer, catalogue, playlist):
    add, gone = catalogue.add_items, asyncio.Event()

    async def late(playlist_id, uris, *, position):
        gone.set()
        await asyncio.Event().wait()

    catalogue.add_items = late
    process = writer()
    dying = asyncio.create_task(process.add(playlist, URIS[0], "a song"))
    await gone.wait()
    for task in process._running:
        task.cancel()
    dying.cancel()
    await asyncio.wait([dying])
    catalogue.add_items = add
    await add(playlist, [URIS[0]], position=0)  # its request arrives after its end

    result = await writer().add(playlist, URIS[0], "another song")

    assert (result.added, catalogue.uris_of(playlist)) == (False, [URIS[0]])


async def test_a_track_that_is_refused_takes_no_other_with_it(writer, catalogue, playlist):
    process = writer()
    songs = [process.add(playlist, uri, "a song") for uri in (URIS[0], track_uri(9_999), URIS[1])]

    first, unknown, last = await asyncio.gather(*songs, return_exceptions=True)

    assert isinstance(unknown, InvalidRequestError)
    assert not isinstance(first, BaseException)
    assert not isinstance(last, BaseException)
    assert catalogue.uris_of(playlist) == [URIS[0], URIS[1]]


async def test_all_that_wait_are_told_of_an_outage_and_may_come_again(writer, catalogue, playlist):
    process = writer()
    catalogue.fail_next("get_playlist", CatalogueUnavailableError("503"))

    songs = [process.add(playlist, uri, "a song") for uri in URIS[:3]]
    told = await asyncio.gather(*songs, return_exceptions=True)
    await asyncio.gather(*(process.add(playlist, uri, "a song") for uri in URIS[:3]))

    assert [type(error) for error in told] == [CatalogueUnavailableError] * 3
    assert catalogue.uris_of(playlist) == URIS[:3]


async def test_who_leaves_the_queue_adds_nothing(writer, catalogue, playlist):
    process = writer()
    first = asyncio.create_task(process.add(playlist, URIS[0], "a song"))
    await until(lambda: catalogue.called("get_playlist") > 0, "the first at work")
    leaving = asyncio.create_task(process.add(playlist, URIS[1], "another"))
    await asyncio.sleep(0)
    leaving.cancel()
    await first
    await process.add(playlist, URIS[2], "a third")

    assert catalogue.uris_of(playlist) == [URIS[0], URIS[2]]


async def test_a_plan_is_refused_where_a_song_has_come_in_between(
    writer, writes, catalogue, playlist
):
    planned = await writes.newest_shown(playlist)
    await writer().add(playlist, URIS[0], "a song")
    edits = [
        PlaylistEdit(kind="insert", uris=tuple(uris), planned=planned)
        for uris in (URIS[:2], URIS[2:4])
    ]

    with pytest.raises(PlanOutdatedError):
        await writer().send(playlist, edits[0], "a sync")
    await writer().send(playlist, edits[1], "a sync")

    assert catalogue.uris_of(playlist) == [*URIS[2:4], URIS[0]]


async def test_a_song_on_its_way_while_a_plan_is_made_refuses_the_plan(
    writer, writes, catalogue, playlist
):
    song = asyncio.create_task(writer().add(playlist, URIS[0], "a song"))

    async def sending():
        return (await writes.recent(playlist)).is_cut_off  # begun, and no answer yet

    await until(sending, "the song on its way")
    edit = PlaylistEdit(kind="insert", uris=(URIS[0],), planned=await writes.newest_shown(playlist))

    with pytest.raises(PlanOutdatedError):
        await writer().send(playlist, edit, "a sync")
    await song

    assert catalogue.uris_of(playlist) == [URIS[0]]


async def test_what_a_sync_sent_is_no_reason_against_its_own_next_edit(
    writer, writes, catalogue, playlist
):
    planned = await writes.newest_shown(playlist)
    edit = PlaylistEdit(kind="insert", uris=(URIS[0],), planned=planned)

    await writer().send(playlist, edit, "a sync")
    await writer().send(playlist, edit, "a sync")  # a source that names a track twice

    assert catalogue.uris_of(playlist) == [URIS[0], URIS[0]]


async def test_a_refused_edit_leaves_no_word_of_itself(writer, writes, catalogue, playlist):
    catalogue.fail_next("add_items", ForbiddenError("not yours"))
    edit = PlaylistEdit(kind="insert", uris=(URIS[0],))

    with pytest.raises(ForbiddenError):
        await writer().send(playlist, edit, "a sync")

    assert not (await writes.recent(playlist)).is_cut_off


async def test_what_was_added_and_does_not_show_yet_is_not_added_again(writer, catalogue, playlist):
    """A reader may lag behind a writer."""
    await writer().add(playlist, URIS[0], "a song")
    shown = catalogue.read_items

    async def lagging(playlist_id, *, offset=0, limit=50):
        page = await shown(playlist_id, offset=offset, limit=limit)
        return page.model_copy(update={"items": (), "total": 0})

    catalogue.read_items = lagging
    result = await writer().add(playlist, URIS[0], "the same song of another run")

    assert (result.added, catalogue.uris_of(playlist)) == (False, [URIS[0]])
