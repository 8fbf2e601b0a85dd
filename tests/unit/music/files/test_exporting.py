"""Exports hold every track in order, in a form that other programs read."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings, strategies as st

from segue.music.contracts.imports import ImportedSong
from segue.music.contracts.songs import Track
from segue.music.files.importers.reading import open_source
from segue.music.service.exporting import ExportFormat, export_tracks, spreadsheet_cell

JOLENE = Track(
    uri="spotify:track:0000000000000000000001",
    title="Jolene",
    artists=("Dolly Parton", "Someone"),
    album="Jolene",
    release_date="1974-02-04",
    duration_ms=161_533,
    isrc="USRC17300001",
)
BARE = Track(uri="spotify:track:0000000000000000000002", title="Untitled", artists=())
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
NS = {"x": "http://xspf.org/ns/0/"}

tracks = st.lists(
    st.builds(
        Track,
        uri=st.just(JOLENE.uri),
        title=st.text(max_size=20),
        artists=st.lists(st.text(max_size=10), max_size=3).map(tuple),
        album=st.none() | st.text(max_size=10),
        duration_ms=st.none() | st.integers(0, 10**7),
    ),
    max_size=5,
)


def test_csv_has_exportifys_columns() -> None:
    rows = list(csv.DictReader(io.StringIO(export_tracks([JOLENE, BARE], "S", "csv"), newline="")))

    assert rows == [
        {
            "Track URI": JOLENE.uri,
            "Track Name": "Jolene",
            "Artist Name(s)": "Dolly Parton, Someone",
            "Album Name": "Jolene",
            "Release Date": "1974-02-04",
            "Duration (ms)": "161533",
            "ISRC": "USRC17300001",
        },
        {
            "Track URI": BARE.uri,
            "Track Name": "Untitled",
            "Artist Name(s)": "",
            "Album Name": "",
            "Release Date": "",
            "Duration (ms)": "",
            "ISRC": "",
        },
    ]


def test_json_keeps_every_known_field() -> None:
    body = json.loads(export_tracks([JOLENE], "Summer", "json"))

    assert body["name"] == "Summer"
    assert Track.model_validate(body["tracks"][0]) == JOLENE
    assert body["tracks"][0]["artist"] == "Dolly Parton, Someone"


def test_xspf_names_location_creator_and_length() -> None:
    root = fromstring(export_tracks([JOLENE, BARE], "Summer", "xspf"))

    assert root.findtext("x:title", namespaces=NS) == "Summer"
    first, second = root.findall(".//x:track", NS)
    fields = ("location", "title", "creator", "album", "duration")
    assert [first.findtext(f"x:{field}", namespaces=NS) for field in fields] == [
        JOLENE.uri,
        "Jolene",
        "Dolly Parton, Someone",
        "Jolene",
        "161533",
    ]
    assert second.find("x:duration", NS) is None


def test_m3u8_gives_whole_seconds_and_minus_one_when_unknown() -> None:
    assert export_tracks([JOLENE, BARE], "Summer", "m3u8") == (
        "#EXTM3U\n"
        "#PLAYLIST:Summer\n"
        "#EXTINF:162,Dolly Parton, Someone - Jolene\n"
        f"{JOLENE.uri}\n"
        "#EXTINF:-1,Untitled\n"
        f"{BARE.uri}\n"
    )


def test_text_is_one_line_a_track() -> None:
    broken = BARE.model_copy(update={"title": "two\nlines"})

    assert export_tracks([JOLENE, broken], "Summer", "text") == (
        "Dolly Parton, Someone - Jolene\ntwo lines\n"
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＠"])  # noqa: RUF001 - this very character
def test_a_cell_is_never_a_formula(start: str) -> None:
    assert spreadsheet_cell(f"{start}1") == f"'{start}1"


def test_a_plain_cell_stays_as_it_is() -> None:
    assert spreadsheet_cell("Jolene = 1") == "Jolene = 1"


COUNTED: dict[ExportFormat, Callable[[str], int]] = {
    "csv": lambda text: len(list(csv.reader(io.StringIO(text, newline="")))) - 1,
    "json": lambda text: len(json.loads(text)["tracks"]),
    "xspf": lambda text: len(fromstring(text).findall(".//x:track", NS)),
    "m3u8": lambda text: text.count("\nspotify:track:"),
    "text": lambda text: text.count("\n"),
}


@pytest.mark.parametrize(
    ("known", "ending"), [("csv", "csv"), ("json", "json"), ("xspf", "xspf"), ("m3u8", "m3u8")]
)
def test_what_was_exported_can_be_imported_again(
    tmp_path: Path, known: ExportFormat, ending: str
) -> None:
    file = tmp_path / f"summer.{ending}"
    file.write_text(export_tracks([JOLENE, JOLENE], "Summer", known), encoding="utf-8")

    songs = [row.song for row in open_source(file) if isinstance(row, ImportedSong)]

    wishes = [(song.title, song.artist, song.uri) for song in songs]
    assert wishes == [("Jolene", "Dolly Parton, Someone", JOLENE.uri)] * 2


@settings(deadline=None)
@given(held=tracks, name=st.text(max_size=10))
def test_every_format_holds_every_track(held: list[Track], name: str) -> None:
    counts = {known: COUNTED[known](export_tracks(held, name, known)) for known in FORMATS}

    assert counts == dict.fromkeys(FORMATS, len(held))
