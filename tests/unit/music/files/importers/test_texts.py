"""M3U and plain lines."""

import pytest

from segue.errors.input import UnknownFormatError
from segue.music.contracts.songs import SongMetadata
from segue.music.files.importers.media_entries import Habits, song_of_path
from segue.music.files.importers.paths import read_path
from tests.unit.music.files.importers.opened import read


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Mira Holm - Tide.mp3", ("Mira Holm", "Tide")),
        ("C:\\Users\\someone\\03 Tide.mp3", ("", "Tide")),
        ("file:///home/someone/1-03%20Tide.m4a", ("", "Tide")),
        ("03. Mira Holm - Tide.flac", ("Mira Holm", "Tide")),
        ("03 - Mira Holm - Tide.flac", ("Mira Holm", "Tide")),
        ("Mira Holm - Low Tide - 03 - Shore.mp3", ("Mira Holm", "Shore")),
        ("Mira Holm - Tide - Live.mp3", ("Mira Holm", "Tide - Live")),
        ("12 - Mira Holm - Tide.mp3", ("Mira Holm", "Tide")),
        ("Mira_Holm_-_Tide.mp3", ("Mira Holm", "Tide")),
        ("99 Luftballons.mp3", ("", "99 Luftballons")),
        ("311 - Down.mp3", ("311", "Down")),
        ("Prince - 1999.mp3", ("Prince", "1999")),
        ("Mira Holm - 22.mp3", ("Mira Holm", "22")),
        ("Jay-Z.mp3", ("", "Jay-Z")),
        ("Mr. Holm.mp3", ("", "Mr. Holm")),
        ("12.mp3", ("", "12")),
        ("", ("", "")),
    ],
)
def test_artist_and_title_are_read_from_a_file_name(path: str, expected: tuple[str, str]):
    song = song_of_path(read_path(path), Habits())

    assert (song.artist, song.title) == expected


def test_a_bare_list_of_paths_is_a_playlist_whatever_it_is_called():
    outcome = read("a/Mira Holm - Tide.mp3\r\nb/Mira Holm - Ebb.ogg\r\n", "list.txt")

    assert outcome.format == "m3u"
    assert [song.title for song in outcome.songs] == ["Tide", "Ebb"]


def test_an_entry_without_path_is_still_a_song():
    outcome = read("#EXTM3U\n\n#EXTINF:1,A - One\n#EXTINF:2,A - Two\n", "list.m3u")

    assert [(entry.line, entry.song.title) for entry in outcome.entries] == [(3, "One"), (4, "Two")]


def test_the_path_stands_in_for_an_empty_name():
    outcome = read("#EXTM3U\n#EXTINF:225,\nx/Mira Holm - Tide.mp3\n", "list.m3u")

    assert outcome.songs == (SongMetadata(title="Tide", artist="Mira Holm", duration_ms=225_000),)


def test_a_spotify_link_as_path_is_kept_and_a_file_path_is_not():
    link = "https://open.spotify.com/track/0aB1cD2eF3gH4iJ5kL6mN7"
    content = f"#EXTM3U\n#EXTINF:1,A - One\n{link}\n#EXTINF:1,A - Two\n/home/someone/two.mp3\n"

    outcome = read(content, "list.m3u")

    assert [song.uri for song in outcome.songs] == ["spotify:track:0aB1cD2eF3gH4iJ5kL6mN7", None]
    assert "someone" not in repr(outcome.records)


def test_a_refused_path_does_not_tell_the_folder():
    outcome = read("#EXTM3U\n/home/someone/Track 01.mp3\nA - One.mp3\n", "list.m3u")

    assert [row.text for row in outcome.refused] == ["Track 01"]


def test_a_stream_in_pieces_is_no_playlist_of_songs():
    with pytest.raises(UnknownFormatError, match="stream in pieces"):
        read("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nseg1.ts\n", "list.m3u8")


def test_an_endless_line_in_a_playlist_is_refused_and_the_rest_read():
    outcome = read(f"#EXTM3U\n#EXTINF:1,{'x' * 100_000}\nA - One.mp3\n", "list.m3u")

    assert [row.reason for row in outcome.refused] == ["the line is too long"]
    assert [song.title for song in outcome.songs] == ["One"]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("1979 - The Smashing Pumpkins", "1979 - The Smashing Pumpkins"),
        ("7 rings - Ariana Grande", "7 rings - Ariana Grande"),
        ("#1 Crush - Garbage", "#1 Crush - Garbage"),
        ("#3. Mira Holm - Tide", "Mira Holm - Tide"),
        ("[4] Mira Holm - Tide", "Mira Holm - Tide"),
        ("10. Mira Holm - Tide", "Mira Holm - Tide"),
        ("3.14 - Somebody", "3.14 - Somebody"),
        ("* [x] Mira Holm - Tide", "[x] Mira Holm - Tide"),
        ("• 2. Mira Holm - Tide", "Mira Holm - Tide"),
        ("Tide", "Tide"),
    ],
)
def test_numbers_and_bullets_go_and_numbers_in_names_stay(line: str, title: str):
    assert read(f"{line}\n").songs == (SongMetadata(title=title),)


def test_an_endless_plain_line_is_refused_and_the_rest_read():
    outcome = read("x" * 300_000 + "\nMira Holm - Tide\n")

    assert outcome.songs == (SongMetadata(title="Mira Holm - Tide"),)
    assert [row.line for row in outcome.refused] == [1]


@pytest.mark.parametrize("first", ["<3 - Holm", "[Intro] - Holm", "{Curly} - Holm"])
def test_a_line_that_begins_like_markup_is_a_line(first: str):
    outcome = read(f"{first}\nMira Holm - Tide\n")

    assert (outcome.format, outcome.songs[0].title) == ("lines", first)


@pytest.mark.parametrize(
    "line",
    [
        "(1) 00:00 Mira Holm - Tide",
        "01. 00:00 Mira Holm - Tide",
        "00:00 01. Mira Holm - Tide",
        "[1:05:10] Mira Holm - Tide",
        "[05:10] - Mira Holm - Tide",
        "00:00 - 03:21 Mira Holm - Tide",
        "1:03:50 | Mira Holm - Tide",
        "Mira Holm - Tide 04:15",
        "Mira Holm - Tide - 04:15",
        "Mira Holm - Tide @ 1:04:15",
        "Mira Holm - Tide (00:00 - 03:21)",
        "w/ Mira Holm - Tide",
        "Mira Holm -- Tide",
        "Mira Holm // Tide",
        "Mira Holm_-_Tide",
    ],
)
def test_times_and_other_dashes_of_a_tracklist_are_no_part_of_the_song(line: str):
    assert read(f"{line}\n").songs == (SongMetadata(title="Mira Holm - Tide"),)


@pytest.mark.parametrize("line", ["Mira Holm - 4:44", "22:22 - Mira Holm", "4:44", "Tide 1:1"])
def test_a_time_that_is_the_title_stays(line: str):
    assert read(f"{line}\n").songs == (SongMetadata(title=line),)


def test_a_file_name_among_lines_is_read_as_one():
    outcome = read("Mira Holm - Ebb\n01 Mira Holm - Tide.mp3\n")

    assert outcome.songs[1] == SongMetadata(title="Tide", artist="Mira Holm")


def test_a_track_that_nobody_knows_is_refused():
    assert "identified" in read("Mira Holm - Ebb\n00:10 ID - ID\n").refused[0].reason


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[General]\nVolume=3\nTheme=dark\n", "settings"),
        ("Volume=3\nTheme=dark\nLast = a\n", "settings"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", "subtitles"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello\n", "subtitles"),
        ("[ti:Tide]\n[ar:Mira Holm]\n[00:10.00]Hello\n", "song words"),
        ("DAUMPLAYLIST\n1*file*a.mp3\n", "PotPlayer"),
        ("#-----SUMMARY-----#\nID=1\n", "AIMP"),
        ("BEGIN:VCARD\nN:Holm\nEND:VCARD\n", "address book"),
        ("Received: from a\nSubject: b\n\nHello\n", "e-mail"),
        ("#!/bin/sh\necho hello\n", "script"),
        ("---\nname: Tide\n", "YAML"),
        ("CREATE TABLE songs (id int);\n", "database dump"),
    ],
)
def test_text_of_another_kind_is_refused_by_name_and_never_searched(text: str, what: str):
    with pytest.raises(UnknownFormatError, match=what):
        read(text)

    assert read(text, format="lines").songs


def test_a_few_equals_signs_do_not_make_settings():
    assert len(read("Mira Holm - a = b\nGalaxy Nine - Night Bus\nE=mc2\n").songs) == 3


def test_a_collection_of_records_is_no_list_of_songs():
    content = "Catalog#,Artist,Title,Label,release_id\nA1,Mira Holm,Low Tide,N,1\n"

    with pytest.raises(UnknownFormatError, match="Discogs"):
        read(content, "collection.csv")
