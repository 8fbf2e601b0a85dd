"""Songs that a file names by their address or ISRC, and addresses that are no songs."""

import json

import pytest

from segue.music.contracts.songs import SongMetadata
from tests.unit.music.files.importers.opened import read

_ID = "0aB1cD2eF3gH4iJ5kL6mN7"
_URI = f"spotify:track:{_ID}"
_ISRC = "SE6SA2227610"
_TRACK = SongMetadata(title=_URI, uri=_URI)
_RECORDING = SongMetadata(title=_ISRC, isrc=_ISRC)


@pytest.mark.parametrize(
    "line",
    [
        _URI,
        _ID,
        f"spotify://track/{_ID}",
        f"https://open.spotify.com/track/{_ID}?si=1",
        f"http://open.spotify.com/intl-pt/track/{_ID}",
        f"https://open.spotify.com/intl-zh-hant/track/{_ID}/",
        f"open.spotify.com/track/{_ID}#0:30",
        f"https://open.spotify.com/embed/track/{_ID}?utm_source=generator",
        f"https://play.spotify.com/track/{_ID}",
        f"<https://open.spotify.com/track/{_ID}>",
        f"1. https://open.spotify.com/track/{_ID}",
    ],
)
def test_a_line_that_is_the_address_of_a_track_is_that_track(line: str):
    assert read(f"{line}\n").songs == (_TRACK,)


@pytest.mark.parametrize("line", [_ISRC, "SE-6SA-22-27610", f"- {_ISRC}"])
def test_a_line_that_is_an_isrc_is_that_recording(line: str):
    assert read(f"{line}\n").songs == (_RECORDING,)


@pytest.mark.parametrize(
    "line",
    [
        f"Mira Holm - Tide https://open.spotify.com/track/{_ID}",
        f"Mira Holm - Tide (https://open.spotify.com/track/{_ID}?si=2)",
        f"[Mira Holm - Tide](https://open.spotify.com/track/{_ID})",
        f"https://open.spotify.com/track/{_ID} - Mira Holm - Tide",
    ],
)
def test_an_address_beside_the_words_of_a_line_is_no_part_of_the_title(line: str):
    (song,) = read(f"{line}\n").songs

    assert (song.title.strip("[]"), song.uri) == ("Mira Holm - Tide", _URI)


@pytest.mark.parametrize(
    ("content", "file_name", "song"),
    [
        (f"Track URI\n{_URI}\n", "list.csv", _TRACK),
        (f"Spotify Link\nhttps://open.spotify.com/track/{_ID}\n", "list.txt", _TRACK),
        (f"ISRC\n{_ISRC}\n", "list.csv", _RECORDING),
        (f"isrc;added at\n{_ISRC};2024\n", "list.csv", _RECORDING),
        (f"title,artist,uri\n,,{_URI}\n", "list.csv", _TRACK),
        (f"title,artist,isrc\n,,{_ISRC}\n", "list.csv", _RECORDING),
        (f"#EXTM3U\nhttps://open.spotify.com/track/{_ID}\n", "list.m3u", _TRACK),
        (f"#EXTM3U\n#EXTINF:-1,\n{_URI}\n", "list.m3u", _TRACK),
        (json.dumps([_URI]), "list.json", _TRACK),
        (json.dumps({"tracks": [{"uri": _URI}]}), "list.json", _TRACK),
        (json.dumps([{"isrc": _ISRC}]), "list.json", _RECORDING),
        (
            f"<playlist><trackList><track><location>{_URI}</location></track></trackList></playlist>",
            "list.xspf",
            _TRACK,
        ),
    ],
)
def test_every_format_takes_a_track_by_its_address_alone(
    content: str, file_name: str, song: SongMetadata
):
    outcome = read(content, file_name)

    assert outcome.songs == (song,)
    assert outcome.songs[0].is_address


def test_an_isrc_as_title_beside_an_artist_is_a_title():
    assert read(f"title,artist\n{_ISRC},Mira Holm\n", "list.csv").songs == (
        SongMetadata(title=_ISRC, artist="Mira Holm"),
    )


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("spotify:episode:1", "a podcast episode"),
        (f"https://open.spotify.com/episode/{_ID}?si=1", "a podcast episode"),
        ("https://open.spotify.com/intl-de/show/1", "a podcast"),
        ("spotify:local:Mira+Holm:Low+Tide:Tide:225", "a local file of Spotify's"),
        ("https://open.spotify.com/album/1", "a link to an album"),
        ("spotify:user:someone:playlist:1", "a link to a playlist"),
        ("https://open.spotify.com/track/short", "not whole"),
        ("https://open.spotify.com/concert/1", "is no song"),
        ("https://spotify.link/AbCd", "a short link"),
        ("spoti.fi/3AbCd", "a short link"),
        ("https://youtu.be/0aB1cD2eF3g", "an address at youtu.be"),
        ("https://someone:secret@music.example/x?token=secret", "an address at music.example"),
    ],
)
def test_an_address_that_is_no_track_is_refused_by_what_it_is(address: str, reason: str):
    good = "Mira Holm - Tide"
    lines = read(f"{good}\n{address}\n")
    table = read(f"title,artist,url\nTide,Mira Holm,\n,,{address}\n", "list.csv")

    for outcome in (lines, table):
        assert len(outcome.songs) == 1
        assert reason in outcome.refused[0].reason
        assert "secret" not in outcome.refused[0].reason


def test_an_episode_is_refused_although_it_has_a_title():
    outcome = read("title,artist,uri\nTide,Mira Holm,\nTalk,A show,spotify:episode:1\n", "list.csv")

    assert [row.reason for row in outcome.refused] == ["a podcast episode"]


def test_a_table_of_addresses_that_are_none_lacks_a_title():
    outcome = read("Mira Holm - Tide\nLink\n12\n")

    assert outcome.format == "lines"
