"""What every catalogue promises, in memory and over real HTTP in both dialects."""

import pytest

from segue.errors.catalogue import ForbiddenError, InvalidRequestError, NotFoundError
from segue.music.catalogues.port import Catalogue, Playlist, read_all_items
from tests.fakes.data.tracks import TRACKS, track_uri

MISSING = "z" * 22


async def uris_of(catalogue: Catalogue, playlist_id: str) -> list[str]:
    return [item.uri for item in await read_all_items(catalogue, playlist_id) if item]


async def made(catalogue: Catalogue, *numbers: int) -> Playlist:
    playlist = await catalogue.create_playlist("Mine")
    if numbers:
        uris = [track_uri(number) for number in numbers]
        await catalogue.add_items(playlist.id, uris, position=0)
    return playlist


# -- searching ---------------------------------------------------------------------------------


async def test_a_search_by_words_finds_the_track_with_everything_known_about_it(
    catalogue: Catalogue,
):
    found = await catalogue.search("paper lanterns ferrymen")

    assert found[0] == TRACKS[3]


async def test_fields_narrow_a_search(catalogue: Catalogue):
    found = await catalogue.search('track:"Harbour Lights" artist:"Karaoke Harbour"')

    assert [track.uri for track in found][:1] == [track_uri(3)]


async def test_an_isrc_finds_its_recording(catalogue: Catalogue):
    found = await catalogue.search("isrc:GBAAA7100001")

    assert [track.uri for track in found] == [track_uri(1)]


async def test_a_search_that_nothing_answers_is_empty(catalogue: Catalogue):
    assert await catalogue.search("isrc:GBZZZ0000000") == ()


async def test_pages_of_a_search_do_not_overlap(catalogue: Catalogue):
    first = await catalogue.search("milestone", limit=7)
    second = await catalogue.search("milestone", limit=7, offset=7)

    uris = [track.uri for track in (*first, *second)]
    assert len(uris) == len(set(uris)) == 14


@pytest.mark.parametrize("limit", [-1, 11, 50])
async def test_a_search_limit_out_of_bounds_is_refused(catalogue: Catalogue, limit: int):
    with pytest.raises(InvalidRequestError):
        await catalogue.search("harbour", limit=limit)


async def test_an_empty_search_is_refused(catalogue: Catalogue):
    with pytest.raises(InvalidRequestError):
        await catalogue.search(" ")


@pytest.mark.parametrize("address", [track_uri(2), track_uri(2).rpartition(":")[2]])
async def test_a_track_is_found_by_uri_and_by_id(catalogue: Catalogue, address: str):
    assert await catalogue.get_track(address) == TRACKS[1]


async def test_an_unknown_track_is_not_found(catalogue: Catalogue):
    with pytest.raises(NotFoundError):
        await catalogue.get_track(f"spotify:track:{MISSING}")


# -- playlists ---------------------------------------------------------------------------------


async def test_a_new_playlist_is_empty_and_mine(catalogue: Catalogue):
    playlist = await catalogue.create_playlist("Évening & more", description="soft")

    read = await catalogue.get_playlist(playlist.id)
    assert (read.name, read.description, read.total) == ("Évening & more", "soft", 0)
    assert read.owner_id == await catalogue.my_id()
    assert await read_all_items(catalogue, playlist.id) == ()


async def test_two_playlists_may_have_one_name(catalogue: Catalogue):
    one, two = await made(catalogue), await made(catalogue)

    assert one.id != two.id


async def test_my_playlists_lists_all_of_them_over_several_pages(catalogue: Catalogue):
    created = {(await catalogue.create_playlist(f"List {n}")).id for n in range(52)}

    listed = [playlist.id async for playlist in catalogue.my_playlists()]
    assert created <= set(listed)
    assert len(listed) == len(set(listed))


async def test_a_nameless_playlist_is_refused(catalogue: Catalogue):
    with pytest.raises(InvalidRequestError):
        await catalogue.create_playlist("")


async def test_an_unknown_playlist_is_not_found(catalogue: Catalogue):
    with pytest.raises(NotFoundError):
        await catalogue.get_playlist(MISSING)
    with pytest.raises(NotFoundError):
        await catalogue.read_items(MISSING)
    with pytest.raises(NotFoundError):
        await catalogue.add_items(MISSING, [track_uri(1)], position=0)


# -- items -------------------------------------------------------------------------------------


async def test_items_come_back_in_order_with_all_that_is_known(catalogue: Catalogue):
    playlist = await made(catalogue, 4, 1, 2)

    assert await read_all_items(catalogue, playlist.id) == (TRACKS[3], TRACKS[0], TRACKS[1])


async def test_the_same_track_may_stand_twice(catalogue: Catalogue):
    playlist = await made(catalogue, 1, 2, 1)
    await catalogue.add_items(playlist.id, [track_uri(1)], position=3)

    expected = [track_uri(number) for number in (1, 2, 1, 1)]
    assert await uris_of(catalogue, playlist.id) == expected


@pytest.mark.parametrize(
    ("position", "expected"), [(0, (4, 3, 1, 2)), (1, (1, 4, 3, 2)), (2, (1, 2, 4, 3))]
)
async def test_tracks_go_before_the_position_given(
    catalogue: Catalogue, position: int, expected: tuple[int, ...]
):
    playlist = await made(catalogue, 1, 2)

    await catalogue.add_items(playlist.id, [track_uri(4), track_uri(3)], position=position)

    assert await uris_of(catalogue, playlist.id) == [track_uri(number) for number in expected]


@pytest.mark.parametrize("position", [-1, 3])
async def test_a_position_outside_the_playlist_is_refused_and_changes_nothing(
    catalogue: Catalogue, position: int
):
    playlist = await made(catalogue, 1, 2)

    with pytest.raises(InvalidRequestError):
        await catalogue.add_items(playlist.id, [track_uri(3)], position=position)

    assert await uris_of(catalogue, playlist.id) == [track_uri(1), track_uri(2)]


async def test_a_hundred_tracks_fit_in_one_add_and_are_read_in_pages(catalogue: Catalogue):
    numbers = tuple(range(100, 200))
    playlist = await made(catalogue, *numbers)

    page = await catalogue.read_items(playlist.id, offset=40, limit=25)

    assert page.total == 100
    assert page.uris == tuple(track_uri(number) for number in numbers[40:65])
    assert await uris_of(catalogue, playlist.id) == [track_uri(number) for number in numbers]
    assert (await catalogue.get_playlist(playlist.id)).total == 100


async def test_a_hundred_and_one_tracks_in_one_add_are_refused(catalogue: Catalogue):
    playlist = await made(catalogue)

    with pytest.raises(InvalidRequestError):
        await catalogue.add_items(playlist.id, [track_uri(1)] * 101, position=0)


async def test_adding_nothing_is_refused(catalogue: Catalogue):
    playlist = await made(catalogue)

    with pytest.raises(InvalidRequestError):
        await catalogue.add_items(playlist.id, [], position=0)


@pytest.mark.parametrize("uri", ["nonsense", f"spotify:track:{MISSING}"])
async def test_adding_what_is_no_track_is_refused_as_a_whole(catalogue: Catalogue, uri: str):
    playlist = await made(catalogue)

    with pytest.raises(InvalidRequestError):
        await catalogue.add_items(playlist.id, [track_uri(1), uri], position=0)

    assert await uris_of(catalogue, playlist.id) == []


@pytest.mark.parametrize("limit", [0, 51])
async def test_a_page_size_out_of_bounds_is_refused(catalogue: Catalogue, limit: int):
    playlist = await made(catalogue, 1)

    with pytest.raises(InvalidRequestError):
        await catalogue.read_items(playlist.id, limit=limit)


async def test_a_page_beyond_the_end_is_empty_and_still_knows_the_total(catalogue: Catalogue):
    playlist = await made(catalogue, 1)

    page = await catalogue.read_items(playlist.id, offset=5)

    assert (page.items, page.total) == ((), 1)


async def test_removing_takes_every_occurrence_and_keeps_the_order(catalogue: Catalogue):
    playlist = await made(catalogue, 1, 2, 1, 3, 2, 4)

    await catalogue.remove_items(playlist.id, [track_uri(1), track_uri(2)])

    assert await uris_of(catalogue, playlist.id) == [track_uri(3), track_uri(4)]


async def test_removing_what_is_not_there_changes_nothing(catalogue: Catalogue):
    playlist = await made(catalogue, 1)

    await catalogue.remove_items(playlist.id, [track_uri(2)])

    assert await uris_of(catalogue, playlist.id) == [track_uri(1)]


async def test_a_change_changes_the_snapshot(catalogue: Catalogue):
    playlist = await made(catalogue)
    before = (await catalogue.get_playlist(playlist.id)).snapshot_id

    await catalogue.add_items(playlist.id, [track_uri(1)], position=0)

    assert before != (await catalogue.get_playlist(playlist.id)).snapshot_id


async def test_another_users_items_are_neither_read_nor_written(
    catalogue: Catalogue, stranger: str
):
    assert (await catalogue.get_playlist(stranger)).owner_id == "somebody"
    with pytest.raises(ForbiddenError):
        await catalogue.read_items(stranger)
    with pytest.raises(ForbiddenError):
        await catalogue.add_items(stranger, [track_uri(1)], position=0)
    with pytest.raises(ForbiddenError):
        await catalogue.remove_items(stranger, [track_uri(1)])
