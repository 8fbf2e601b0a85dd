"""The Web API before and after February 2026, and the form of our own requests."""

import pytest

from segue.errors.catalogue import NotFoundError
from segue.music.catalogues.port import Playlist
from segue.music.catalogues.web_api import WebApiCatalogue
from segue.music.contracts.songs import Track
from tests.fakes.doubles.scripted_http import Answer, Reply, ScriptedServer, refusal

PLAYLIST = "p" * 22
URI = "spotify:track:" + "t" * 22
TRACK = {
    "uri": URI,
    "id": "t" * 22,
    "name": "Harbour Lights",
    "artists": [{"name": "Ada Quill"}, {"name": None}],
    "album": {"name": "Tidewater", "release_date": "1971-03"},
    "duration_ms": 201000,
    "external_ids": {"isrc": "GBAAA7100001"},
    "popularity": 12,
}
OURS = Track(
    uri=URI,
    title="Harbour Lights",
    artists=("Ada Quill",),
    album="Tidewater",
    release_date="1971-03",
    duration_ms=201000,
    isrc="GBAAA7100001",
)
EPISODE = {"uri": "spotify:episode:" + "e" * 22, "name": "Talk", "type": "episode"}
LOCAL_FILE = {"uri": "spotify:local:a:b:c:120", "name": "c", "id": None, "album": {"name": ""}}


@pytest.mark.parametrize("key", ["item", "track"])
async def test_every_slot_of_a_playlist_is_kept_whatever_is_in_it(
    server: ScriptedServer, client: WebApiCatalogue, key: str
):
    slots: list[object] = [
        {key: TRACK, "is_local": False},
        {key: None},
        None,
        {key: EPISODE},
        {key: LOCAL_FILE, "is_local": True},
        {key: TRACK},
    ]
    server.script(Reply(200, {"items": slots, "total": 6}))

    page = await client.read_items(PLAYLIST)

    assert page.items == (OURS, None, None, None, None, OURS)
    assert page.total == 6


async def test_a_relinked_track_keeps_the_address_that_the_playlist_holds(
    server: ScriptedServer, client: WebApiCatalogue
):
    relinked = {**TRACK, "uri": "spotify:track:" + "u" * 22, "linked_from": {"uri": URI}}
    server.script(Reply(200, {"items": [{"item": relinked}], "total": 1}))

    assert (await client.read_items(PLAYLIST)).uris == (URI,)


async def test_what_spotify_leaves_out_stays_unknown(
    server: ScriptedServer, client: WebApiCatalogue
):
    bare = {"uri": URI, "name": "Bare", "album": {"name": "", "release_date": "0000"}}
    server.script(Reply(200, {"tracks": {"items": [bare, None]}}))

    assert await client.search("q") == (Track(uri=URI, title="Bare", artists=()),)


@pytest.mark.parametrize("key", ["items", "tracks"])
async def test_a_playlists_size_is_read_in_both_dialects(
    server: ScriptedServer, client: WebApiCatalogue, key: str
):
    body = {
        "id": PLAYLIST,
        "name": "Mine",
        "description": None,
        "owner": {"id": "me"},
        "snapshot_id": "s1",
        "external_urls": {"spotify": "https://open.spotify.com/playlist/x"},
        key: {"total": 7},
    }
    server.script(Reply(200, body))

    assert await client.get_playlist(PLAYLIST) == Playlist(
        id=PLAYLIST,
        name="Mine",
        owner_id="me",
        snapshot_id="s1",
        url="https://open.spotify.com/playlist/x",
        total=7,
    )


@pytest.mark.parametrize(
    "unknown", [refusal(404, "Service not found"), refusal(405), Reply(404, b"")], ids=str
)
async def test_an_unknown_items_path_is_replaced_by_the_old_one_for_good(
    server: ScriptedServer, client: WebApiCatalogue, unknown: Answer
):
    server.script(unknown, Reply(200, {"items": [], "total": 0}), Reply(201, {}), Reply(200, {}))

    await client.read_items(PLAYLIST)
    await client.add_items(PLAYLIST, [URI], position=0)
    await client.remove_items(PLAYLIST, [URI])

    assert [(request.method, request.target.partition("?")[0]) for request in server.received] == [
        ("GET", f"/v1/playlists/{PLAYLIST}/items"),
        ("GET", f"/v1/playlists/{PLAYLIST}/tracks"),
        ("POST", f"/v1/playlists/{PLAYLIST}/tracks"),
        ("DELETE", f"/v1/playlists/{PLAYLIST}/tracks"),
    ]
    assert server.received[-1].json == {"tracks": [{"uri": URI}]}


async def test_a_missing_playlist_is_no_reason_to_change_the_dialect(
    server: ScriptedServer, client: WebApiCatalogue
):
    server.script(refusal(404, "Resource not found"))

    for _ in range(2):
        with pytest.raises(NotFoundError):
            await client.read_items(PLAYLIST)

    targets = {request.target.partition("?")[0] for request in server.received}
    assert targets == {f"/v1/playlists/{PLAYLIST}/items"}


async def test_requests_have_the_documented_form(server: ScriptedServer, client: WebApiCatalogue):
    playlist = {"id": PLAYLIST, "name": "n"}
    server.script(Reply(200, {"tracks": {"items": []}}), Reply(201, playlist), Reply(201), Reply())

    await client.search("track:a & b", limit=3, offset=6)
    await client.create_playlist("n", description="d")
    await client.add_items("../x", [URI], position=4)
    await client.remove_items(PLAYLIST, [URI])

    search, create, add, remove = server.received
    assert search.target == "/v1/search?q=track%3Aa+%26+b&type=track&limit=3&offset=6"
    assert create.json == {"name": "n", "description": "d", "public": False}
    assert add.json == {"uris": [URI], "position": 4}
    assert add.target == "/v1/playlists/..%2Fx/items"
    assert remove.json == {"items": [{"uri": URI}]}


async def test_my_playlists_stop_at_an_empty_page_even_when_the_total_disagrees(
    server: ScriptedServer, client: WebApiCatalogue
):
    page = {"items": [{"id": PLAYLIST, "name": "n"}, None], "total": 99}
    server.script(Reply(200, page), Reply(200, {"items": [], "total": 99}))

    assert [playlist.id async for playlist in client.my_playlists()] == [PLAYLIST]
    assert len(server.received) == 2


async def test_an_episode_is_not_a_track(server: ScriptedServer, client: WebApiCatalogue):
    server.script(Reply(200, EPISODE))

    with pytest.raises(NotFoundError):
        await client.get_track("spotify:episode:" + "e" * 22)
