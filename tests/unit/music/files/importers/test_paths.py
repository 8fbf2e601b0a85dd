"""Songs told from folders, file names and display names, and the order of a whole list's names."""

import csv
from importlib.resources import files

import pytest

from segue.music.files.importers.media_entries import Habits, song_of_path
from segue.music.files.importers.paths import read_path
from tests.unit.music.files.importers.opened import read

_TIDE = ("Mira Holm", "Low Tide", "Shore")


def _of_path(path: str) -> tuple[str, str, str]:
    song = song_of_path(read_path(path), Habits())
    return song.artist, song.album, song.title


@pytest.mark.parametrize(
    "path",
    [
        "Mira Holm/Low Tide/03 Shore.mp3",
        "Mira Holm/Low Tide/11 Shore.mp3",
        "Mira Holm/Low Tide/1-03 Shore.m4a",
        "Mira Holm/Low Tide/3. Shore.flac",
        "Mira Holm/Low Tide/03 - Mira Holm - Shore.flac",
        "Mira Holm/Low Tide/Mira Holm - Low Tide - 03 - Shore.flac",
        "Mira Holm/Low Tide/Mira_Holm_-_Shore.ogg",
        "Mira Holm/Low Tide/CD 2/03 Shore.mp3",
        "Mira Holm/1999 - Low Tide/03 Shore.mp3",
        "Mira Holm/(1999) Low Tide [FLAC]/03 Shore.flac",
        "Mira Holm/Mira Holm - Low Tide/03 Shore.mp3",
        "Mira Holm - Low Tide/03 Shore.mp3",
        "..\\Mira Holm\\Low Tide\\03 Shore.wma",
        "E:\\Musik\\Mira Holm\\Low Tide\\03 - Shore.mp3",
        "\\\\NAS\\share\\Music\\Mira Holm\\Low Tide\\03 Shore.mp3",
        "C:\\Users\\Kim\\Music\\iTunes\\iTunes Media\\Music\\Mira Holm\\Low Tide\\03 Shore.m4a",
        "/home/kim/Music/Mira Holm/Low Tide/03 Shore.opus",
        "/Volumes/Disk/Mira Holm/Low Tide/03 Shore.mp3",
        "Macintosh HD:Users:kim:Music:Mira Holm:Low Tide:03 Shore.mp3",
        "Mira%20Holm/Low%20Tide/03%20Shore.mp3",
        "file:///C:/Users/Kim/Music/Mira%20Holm/Low%20Tide/03%20Shore.mp3",
        "file://localhost/Users/kim/Music/Mira%20Holm/Low%20Tide/03%20Shore.mp3",
        "smb://nas/Music/Mira%20Holm/Low%20Tide/03%20Shore.mp3",
        "http://nas.local:4533/Music/Mira%20Holm/Low%20Tide/03%20Shore.mp3?token=1",
    ],
)
def test_folders_tell_artist_and_album_on_every_system(path: str):
    assert _of_path(path) == _TIDE


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Mira Holm/Low Tide/05 Ebb - Live.mp3", ("Mira Holm", "Low Tide", "Ebb - Live")),
        ("Mira Holm/Low Tide/Ebb - Radio Edit.mp3", ("Mira Holm", "Low Tide", "Ebb - Radio Edit")),
        ("Mira Holm/Low Tide/01 99 Boats.mp3", ("Mira Holm", "Low Tide", "99 Boats")),
        ("Mira Holm/Low Tide/99 Boats.mp3", ("Mira Holm", "Low Tide", "99 Boats")),
        ("Mira Holm/1999/03 Shore.mp3", ("Mira Holm", "1999", "Shore")),
        ("Music/Mira Holm/Shore.mp3", ("Mira Holm", "", "Shore")),
        ("Low Tide/03 Shore.mp3", ("", "Low Tide", "Shore")),
        ("party/Mira Holm - Shore (Nine Remix).mp3", ("Mira Holm", "", "Shore (Nine Remix)")),
        ("Rock/Best of/Mira Holm - Shore.mp3", ("Mira Holm", "", "Shore")),
        ("Various Artists/Best of/03 Mira Holm - Shore.mp3", ("Mira Holm", "Best of", "Shore")),
        ("Compilations/Best of/03 Shore.mp3", ("", "Best of", "Shore")),
        ("Unknown Artist/Unknown Album/Shore.mp3", ("", "", "Shore")),
        ("Mira Holm/Unknown Album/Shore.mp3", ("Mira Holm", "", "Shore")),
        ("Bj%F6rk/Low%20Tide/03%20Shore.mp3", ("Björk", "Low Tide", "Shore")),
        ("/home/someone/Shore.mp3", ("", "", "Shore")),
        ("C:\\Users\\someone\\Desktop\\Shore.mp3", ("", "", "Shore")),
        ("Mira Holm/Low Tide/Shore - Mira Holm.mp3", _TIDE),
    ],
)
def test_what_a_path_does_not_say_is_not_guessed(path: str, expected: tuple[str, str, str]):
    artist, album, title = _of_path(path)

    assert (artist, album or "", title) == (
        expected[0],
        album if not expected[1] else expected[1],
        expected[2],
    )


def test_numbers_beyond_nine_are_track_numbers_where_the_list_has_them():
    numbered = read("09 Shore.mp3\n10 Ebb.mp3\n11 - Flow.mp3\n", "list.m3u")
    without = read("Shore.mp3\n10 Boats.mp3\nEbb.mp3\n", "list.m3u")

    assert [song.title for song in numbered.songs] == ["Shore", "Ebb", "Flow"]
    assert [song.title for song in without.songs] == ["Shore", "10 Boats", "Ebb"]


def test_folders_that_stand_alone_are_artists_where_there_are_several():
    several = read("Mira Holm/Shore.mp3\nGalaxy Nine/Night Bus.mp3\n", "list.m3u")
    one = read("party/Shore.mp3\nparty/Night Bus.mp3\n", "list.m3u")

    assert [song.artist for song in several.songs] == ["Mira Holm", "Galaxy Nine"]
    assert [song.artist for song in one.songs] == ["", ""]


def test_a_compilation_whose_files_name_artists_is_read_by_its_files():
    content = "".join(
        f"Rock/Best of/{number:02} {name}.mp3\n"
        for number, name in enumerate(("Mira Holm - Shore", "Galaxy Nine - Night Bus"), 1)
    )

    assert [(song.artist, song.title) for song in read(content, "list.m3u").songs] == [
        ("Mira Holm", "Shore"),
        ("Galaxy Nine", "Night Bus"),
    ]


def test_a_file_name_as_display_name_gives_way_to_the_path():
    content = "#EXTM3U\n#EXTINF:0,01 - Shore.mp3\n..\\Mira Holm\\Low Tide\\01 - Shore.mp3\n"

    (song,) = read(content, "list.m3u").songs

    assert (song.artist, song.album, song.title) == _TIDE


def test_title_before_artist_is_told_by_the_folder():
    content = (
        "#EXTM3U\n#EXTINF:236,Shore Ft. Nine - Mira Holm\n"
        "../Mira Holm/Low Tide/03 Shore Ft. Nine.m4a\n"
        "#EXTINF:200,Mira Holm - Ebb\n../Mira Holm/Low Tide/04 Ebb.m4a\n"
    )

    songs = read(content, "list.m3u").songs

    assert [(song.artist, song.title) for song in songs] == [
        ("Mira Holm", "Shore Ft. Nine"),
        ("Mira Holm", "Ebb"),
    ]


@pytest.mark.parametrize("flipped", [True, False])
def test_the_order_that_most_entries_have_is_that_of_entries_that_do_not_tell(*, flipped: bool):
    def name(artist: str, title: str) -> str:
        return f"{title} - {artist}" if flipped else f"{artist} - {title}"

    content = (
        f"#EXTM3U\n#EXTINF:1,{name('Galaxy Nine', 'Night Bus')}\n1.mp3\n"
        f"#EXTINF:1,{name('Mira Holm', 'Shore')}\nMira Holm/Low Tide/03 Shore.mp3\n"
        f"#EXTINF:1,{name('Mira Holm', 'Ebb - Live')}\nx/04 Ebb - Live.mp3\n"
    )

    songs = read(content, "list.m3u").songs

    assert [(song.artist, song.title) for song in songs] == [
        ("Galaxy Nine", "Night Bus"),
        ("Mira Holm", "Shore"),
        ("Mira Holm", "Ebb - Live"),
    ]


def test_a_name_of_virtual_dj_counts_before_its_path():
    content = (
        "#EXTVDJ:<time>21:45</time><artist>Mira &amp; Holm</artist><title>Shore</title>\n"
        "netsearch://dz1\n"
        "#EXTVDJ:<artist>Galaxy Nine</artist><title>Night Bus</title><remix>Club Mix</remix>\n"
        "D:\\Music\\pop\\track07.mp3\n"
    )

    songs = read(content, "list.m3u").songs

    assert [(song.artist, song.title) for song in songs] == [
        ("Mira & Holm", "Shore"),
        ("Galaxy Nine", "Night Bus (Club Mix)"),
    ]


def test_every_shipped_song_is_read_back_from_a_library_of_folders():
    text = files("segue.music.catalogues.local").joinpath("catalogue.csv").read_text("utf-8")
    tracks = list(csv.DictReader(text.splitlines()))
    legal = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))
    lines = [
        "/".join((
            track["artists"].replace("|", ", ").translate(legal),
            track["album"].translate(legal),
            f"{number % 20 + 1:02} {track['title'].translate(legal)}.mp3",
        ))
        for number, track in enumerate(tracks)
    ]

    songs = read("\n".join(lines), "list.m3u").songs

    assert [(song.artist, song.title) for song in songs] == [
        (
            " ".join(track["artists"].replace("|", ", ").translate(legal).split()),
            " ".join(track["title"].translate(legal).split()),
        )
        for track in tracks
    ]
