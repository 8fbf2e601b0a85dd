"""Baskets: behind a handle any server knows them, in a session's memory they end with it."""

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from mcp import Client

from segue.music.spotify_mcp.baskets import LIFETIME_SECONDS, MOST_SESSIONS, SessionBaskets
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.music.spotify_mcp.tables import METADATA
from tests.fakes.data.tracks import TRACKS, track_uri
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.spotify_mcp import NOW, Strangers, answer, desk_over, refusal

LIGHTS, LIVE, KARAOKE = (track.uri for track in TRACKS[:3])


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS)


@pytest.fixture
def server(catalogue, database, clock) -> Callable[[], Strangers]:
    """Gives another server on the same database at every call."""

    def another() -> Strangers:
        desk = desk_over(catalogue, database, clock=clock)
        return Strangers(spotify_mcp_server(desk, Offered(jobs=False, baskets=True)))

    return another


async def test_the_migrated_table_is_the_one_the_code_uses(database):
    def ours(_object, name, kind, *_more):
        return kind != "table" or name in METADATA.tables

    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(
                    sync, opts={"compare_type": True, "include_object": ours}
                ),
                METADATA,
            )
        )

    assert differences == []


async def test_with_a_handle_every_call_may_meet_another_server(server, catalogue):
    mine = catalogue.put_playlist("Mine")
    basket = (await answer(server(), "basket_open"))["basket"]
    await answer(server(), "basket_add", basket=basket, track_uris=[LIVE, LIGHTS])
    await answer(server(), "basket_add", basket=basket, track_uris=[LIGHTS, KARAOKE])
    shown = await answer(server(), "basket_show", basket=basket)

    added = await answer(
        server(), "basket_commit", basket=basket, playlist_id=mine, expected_tracks=3
    )

    assert shown["tracks"] == [LIVE, LIGHTS, KARAOKE]
    assert added["added"] == catalogue.uris_of(mine) == [LIVE, LIGHTS, KARAOKE]


async def test_a_commit_that_is_repeated_adds_once(server, catalogue):
    mine = catalogue.put_playlist("Mine")
    basket = (await answer(server(), "basket_open"))["basket"]
    await answer(server(), "basket_add", basket=basket, track_uris=[LIVE])
    first = await answer(
        server(), "basket_commit", basket=basket, playlist_id=mine, expected_tracks=1
    )
    await catalogue.remove_items(mine, [LIVE])  # the user changed their mind

    again = await answer(
        server(), "basket_commit", basket=basket, playlist_id=mine, expected_tracks=1
    )

    assert again == first
    assert catalogue.uris_of(mine) == []
    assert "committed" in await refusal(server(), "basket_add", basket=basket, track_uris=[LIGHTS])


async def test_what_is_put_into_a_basket_while_it_is_committed_is_not_lost(server, catalogue):
    mine = catalogue.put_playlist("Mine")
    basket = (await answer(server(), "basket_open"))["basket"]
    await answer(server(), "basket_add", basket=basket, track_uris=[LIVE])
    add_items = catalogue.add_items

    async def add_slowly(*arguments, **options):
        catalogue.add_items = add_items
        await answer(server(), "basket_add", basket=basket, track_uris=[LIGHTS])
        return await add_items(*arguments, **options)

    catalogue.add_items = add_slowly
    commit = {"basket": basket, "playlist_id": mine}
    told = await refusal(server(), "basket_commit", **commit, expected_tracks=1)
    added = await answer(server(), "basket_commit", **commit, expected_tracks=2)

    assert "commit again" in told
    assert (added["added"], added["already_present"]) == ([LIGHTS], [LIVE])
    assert catalogue.uris_of(mine) == [LIVE, LIGHTS]


async def test_a_handle_holds_for_seven_days(server, clock):
    basket = (await answer(server(), "basket_open"))["basket"]
    clock.now += LIFETIME_SECONDS + 1

    told = await refusal(server(), "basket_show", basket=basket)

    assert told.startswith("[catalogue.not_found] ")
    assert "basket_open" in told


async def test_a_handle_of_nobody_is_refused(server):
    assert "No basket has this handle" in await refusal(server(), "basket_show", basket="guessed")


async def test_a_cleared_basket_is_empty_and_stays_open(server):
    basket = (await answer(server(), "basket_open"))["basket"]
    await answer(server(), "basket_add", basket=basket, track_uris=[LIVE])

    await answer(server(), "basket_clear", basket=basket)
    after = await answer(server(), "basket_add", basket=basket, track_uris=[LIGHTS])

    assert after["tracks"] == [LIGHTS]


async def test_a_basket_takes_what_one_request_can_add(server):
    basket = (await answer(server(), "basket_open"))["basket"]
    hundred = [track_uri(number) for number in range(100)]
    await answer(server(), "basket_add", basket=basket, track_uris=hundred)

    told = await refusal(server(), "basket_add", basket=basket, track_uris=[track_uri(100)])

    assert "at most 100 tracks" in told
    assert len((await answer(server(), "basket_show", basket=basket))["tracks"]) == 100


async def test_a_sessions_basket_is_committed_in_its_session(server, catalogue):
    mine = catalogue.put_playlist("Mine")
    async with Client(server().server) as client:
        await answer(client, "basket_add", track_uris=[LIVE])
        await answer(client, "basket_add", track_uris=[LIGHTS])
        wrong = await refusal(client, "basket_commit", playlist_id=mine, expected_tracks=3)
        added = await answer(client, "basket_commit", playlist_id=mine, expected_tracks=2)
        after = await refusal(client, "basket_show")

    assert "it holds 2. Nothing was added." in wrong
    assert added["added"] == catalogue.uris_of(mine) == [LIVE, LIGHTS]
    assert after.startswith("[run.mcp_server_failed] ")


async def test_a_sessions_basket_can_be_emptied(server):
    async with Client(server().server) as client:
        await answer(client, "basket_add", track_uris=[LIVE])
        shown = await answer(client, "basket_show")
        cleared = await answer(client, "basket_clear")

    assert (shown["tracks"], cleared["tracks"]) == ([LIVE], [])


async def test_a_lost_session_is_a_clear_failure_and_adds_nothing(server, catalogue):
    mine = catalogue.put_playlist("Mine")
    async with Client(server().server) as client:
        await answer(client, "basket_add", track_uris=[LIVE])

    async with Client(server().server) as client:
        lost = await refusal(client, "basket_commit", playlist_id=mine, expected_tracks=2)
        await answer(client, "basket_add", track_uris=[LIGHTS])
        short = await refusal(client, "basket_commit", playlist_id=mine, expected_tracks=2)

    assert lost.startswith("[run.mcp_server_failed] This session has no basket")
    assert "it holds 1. Nothing was added." in short
    assert catalogue.uris_of(mine) == []


def test_memory_stays_bounded_whatever_the_number_of_sessions():
    baskets = SessionBaskets()
    for number in range(MOST_SESSIONS + 1):
        baskets.add(str(number), [LIVE])

    assert baskets.show(str(MOST_SESSIONS)) == (LIVE,)
    assert len(baskets._held) == MOST_SESSIONS
