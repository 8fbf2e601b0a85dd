"""The shipped catalogue is a set of distinct, plausible facts with reproducible ids."""

import csv
import io
import re

import pytest

from scripts.make_catalogue_ids import CATALOGUE, COLUMNS, track_id, with_ids

ROWS = list(csv.DictReader(io.StringIO(CATALOGUE.read_text(encoding="utf-8"), newline="")))


def test_the_file_is_what_the_script_would_write() -> None:
    text = CATALOGUE.read_text(encoding="utf-8")

    assert with_ids(text) == text


def test_ids_are_unique_and_shaped_like_spotify_ids() -> None:
    ids = [row["id"] for row in ROWS]

    assert len(set(ids)) == len(ids)
    assert [i for i in ids if not re.fullmatch(r"[0-9A-Za-z]{22}", i)] == []


def test_no_recording_stands_twice() -> None:
    keys = [
        (row["title"].casefold(), row["artists"].casefold(), row["album"].casefold())
        for row in ROWS
    ]

    assert len(set(keys)) == len(keys)


def test_every_row_has_a_title_artists_and_an_album() -> None:
    bare = [
        row
        for row in ROWS
        if not (row["title"] and row["album"] and all(row["artists"].split("|")))
    ]

    assert bare == []


def test_durations_are_between_one_and_fifteen_minutes() -> None:
    odd = [row["title"] for row in ROWS if not 60_000 <= int(row["duration_ms"]) <= 900_000]

    assert odd == []


def test_release_dates_are_years_months_or_days_of_recorded_music() -> None:
    odd = [
        row["release_date"]
        for row in ROWS
        if not re.fullmatch(r"(19[4-9]\d|20[0-2]\d)(-\d\d){0,2}", row["release_date"])
    ]

    assert odd == []


def test_an_isrc_is_empty_or_well_formed() -> None:
    odd = [
        row["isrc"] for row in ROWS if not re.fullmatch(r"([A-Z]{2}[A-Z0-9]{3}\d{7})?", row["isrc"])
    ]

    assert odd == []


@pytest.mark.parametrize("word", ["Live", "Remaster", "Acoustic", "Remix", "Radio Edit", "Karaoke"])
def test_the_catalogue_holds_neighbours_of_each_hard_kind(word: str) -> None:
    assert [row for row in ROWS if word in row["title"]]


def test_an_id_depends_on_title_artists_and_album_only() -> None:
    text = ",".join(COLUMNS) + "\nold,One,U2,Achtung Baby,1991,276000,\n"

    filled = next(csv.DictReader(io.StringIO(with_ids(text))))

    assert filled["id"] == track_id("One", "U2", "Achtung Baby")
    assert filled["id"] != track_id("One", "Metallica", "Achtung Baby")
    assert len(filled["id"]) == 22
