import json

import pytest

from segue.errors.input import EmptyInputError, UnreadableFileError
from segue.music.contracts.songs import SongMetadata
from tests.unit.music.files.importers.opened import read
from tests.unit.music.files.importers.text_samples import SPOTIFY_PLAYLISTS

_TIDE = SongMetadata(title="Tide", artist="Mira Holm")


@pytest.mark.parametrize(
    "document",
    [
        ["Mira Holm - Tide"],
        {"songs": ["Mira Holm - Tide"]},
        {"anything": {"deeper": {"tracks": ["1. Mira Holm - Tide"]}}},
    ],
)
def test_strings_are_read_like_lines(document: object):
    assert read(json.dumps(document), "a.json").songs == (SongMetadata(title="Mira Holm - Tide"),)


@pytest.mark.parametrize(
    "document",
    [
        [{"title": "Tide", "artist": "Mira Holm"}],
        [{"Track Name": "Tide", "Artist Name(s)": "Mira Holm"}],
        {"data": 1, "items": [{"track": {"name": "Tide", "artist": {"name": "Mira Holm"}}}]},
        {"tracks": {"items": [{"track_name": "Tide", "artist_name": "Mira Holm"}]}},
        [[{"title": "Tide", "artist": "Mira Holm"}], []],
        {"lovedtracks": {"track": [{"name": "Tide", "artist": {"name": "Mira Holm"}}]}},
        [{"ts": "2024", "master_metadata_track_name": "Tide", "artistName": "Mira Holm"}],
        [{"endTime": "2024-01-01", "artistName": "Mira Holm", "trackName": "Tide", "msPlayed": 1}],
    ],
)
def test_songs_are_found_wherever_a_list_holds_them(document: object):
    assert read(json.dumps(document), "a.json").songs == (_TIDE,)


def test_lists_inside_a_song_are_part_of_it():
    row = {"title": "Tide", "artist": "Mira Holm", "album": {"name": "Low", "tracks": ["x", "y"]}}

    outcome = read(json.dumps([row]), "a.json")

    assert [(song.title, song.album) for song in outcome.songs] == [("Tide", "Low")]


def test_keys_can_be_mapped_like_columns():
    content = json.dumps([{"was": "Tide", "wer": "Mira Holm"}])

    assert read(content, "a.json", columns={"title": "was", "artist": "wer"}).songs == (_TIDE,)


def test_one_playlist_of_several_can_be_chosen():
    outcome = read(SPOTIFY_PLAYLISTS.content, "Playlist1.json", playlist="night")

    assert [song.title for song in outcome.songs] == ["Ebb"]
    assert outcome.playlists == ("Evening", "Night")


@pytest.mark.parametrize(
    "content",
    ["[", '[{"title": "Tide"', '{"tracks": nul}', '["a"] x', "[1e999]", "[1" + "0" * 5_000 + "]"],
)
def test_broken_json_is_refused(content: str):
    with pytest.raises(UnreadableFileError, match="not valid JSON"):
        read(content, "a.json")


def test_nesting_without_end_is_refused():
    with pytest.raises(UnreadableFileError, match="more than 64 levels"):
        read("[" * 100_000, "a.json")


def test_an_entry_without_end_is_refused_and_the_rest_read():
    content = json.dumps([{"title": "x", "more": list(range(10_000))}, {"title": "Tide"}])

    outcome = read(content, "a.json")

    assert outcome.songs == (SongMetadata(title="Tide"),)
    assert [row.reason for row in outcome.refused] == ["too large for a song"]


@pytest.mark.parametrize("content", ["[]", "{}", '{"tracks": []}', "3", '{"title": "Tide"}'])
def test_json_without_a_list_of_songs_is_empty(content: str):
    with pytest.raises(EmptyInputError):
        read(content, "a.json")


def test_values_of_unexpected_types_do_no_harm():
    rows: list[object] = [
        {"title": {"a": {"b": 1}}, "artist": None},
        {"title": True},
        {"title": 99, "artist": ["Mira Holm", None, {"x": []}], "duration": 225.5, "year": 1999},
        None,
        {},
    ]

    outcome = read(json.dumps(rows), "a.json")

    assert outcome.songs == (
        SongMetadata(
            title="99",
            artist="Mira Holm",
            artists=("Mira Holm",),
            duration_ms=225_500,
            year=1999,
        ),
    )
    assert [row.line for row in outcome.refused] == [1, 2, 4, 5]


def test_artists_without_end_are_refused():
    credit = {"x": [{"artist_credit_name": "y" * 20_000}]}

    outcome = read(json.dumps([{"title": "Tide", "a": "b", **credit}, "Ebb"]), "a.json")

    assert outcome.songs == (SongMetadata(title="Ebb"),)
    assert outcome.refused[0].reason == "its artists have more than 10,240 characters"


def test_a_key_without_end_is_passed_over():
    assert read(json.dumps([{"k" * 5_000: "x", "title": "Tide"}]), "a.json").songs == (
        SongMetadata(title="Tide"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_json_in_any_encoding_is_read(encoding: str):
    content = json.dumps(["Kvöld - Holm"], ensure_ascii=False).encode(encoding)

    assert read(content, "a.json").songs == (SongMetadata(title="Kvöld - Holm"),)


def test_objects_of_ever_new_keys_are_read():
    rows = [{"title": f"Song {n}", f"key{n}": n} for n in range(300)]

    assert len(read(json.dumps(rows), "a.json").songs) == 300
