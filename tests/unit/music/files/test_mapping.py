"""The user's own matches: written, read again, and refused row by row."""

import asyncio
import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, strategies as st

from segue.errors.input import InputError, MissingColumnsError, UnreadableFileError
from segue.music.contracts.imports import RejectedRow
from segue.music.contracts.reviews import ReviewDecision
from segue.music.contracts.songs import SongMetadata
from segue.music.files.mapping import MappingRow, read_mapping, write_mapping
from segue.music.store.verdicts import rough_key, wish_key

URI = "spotify:track:" + "a" * 22
# What importers give: no control characters, no white space at the ends, never empty but None.
END = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z"))
INSIDE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
TEXT = END | st.builds("{}{}{}".format, END, st.text(INSIDE, max_size=38), END)
SONGS = st.builds(
    SongMetadata,
    title=TEXT,
    artist=TEXT | st.just(""),
    album=st.none() | TEXT,
    year=st.none() | st.integers(1000, 9999),
    duration_ms=st.none() | st.integers(1, 10**9),
    isrc=st.none() | st.just("GBAAA7100001"),
    uri=st.none() | st.just(URI),
)


def decision(song, uri=URI):
    return ReviewDecision(key="k", song=song, uri=uri, decided_at="2026-01-01T00:00:00+00:00")


def read(tmp_path, text, *, encoding="utf-8"):
    file = tmp_path / "mapping.csv"
    file.write_bytes(text.encode(encoding))
    return read_mapping(file)


def write(file, decisions):
    async def one_by_one():
        for made in decisions:
            yield made

    return asyncio.run(write_mapping(file, one_by_one()))


@given(st.lists(st.tuples(SONGS, st.none() | st.just(URI)), max_size=4))
def test_what_is_written_is_read_back_as_the_same_wishes(pairs):
    with TemporaryDirectory() as folder:
        file = Path(folder) / "mapping.csv"
        written = write(file, [decision(song, uri) for song, uri in pairs])
        rows = read_mapping(file)

    assert written == len(pairs)
    assert [(row.song, row.uri or None) for row in rows if isinstance(row, MappingRow)] == pairs


@given(SONGS)
def test_a_wish_has_one_name_and_only_what_the_source_says_counts(song):
    again = SongMetadata.model_validate_json(song.model_dump_json())
    listed = song.model_copy(update={"artists": ("Somebody", "Else")})

    assert wish_key(song) == wish_key(again) == wish_key(listed)
    assert wish_key(song) != wish_key(song.model_copy(update={"title": f"{song.title}!"}))
    assert len(wish_key(song)) == len(rough_key(song)) == 20


@given(SONGS, SONGS)
def test_different_wishes_have_different_names(one, other):
    assert (wish_key(one) == wish_key(other)) == (one == other)


@given(SONGS, st.sampled_from([str.upper, str.swapcase, "  {}  ".format]))
def test_title_and_artist_name_a_song_however_they_are_spaced(song, respelt):
    bare = SongMetadata(title=song.title, artist=song.artist)

    assert rough_key(song) == rough_key(bare)
    assert rough_key(bare) == rough_key(rough_spelling(bare, respelt))


def rough_spelling(song, respelt):
    """Another spelling that folds to the same; some letters do not survive a change of case."""
    changed = {name: respelt(getattr(song, name)) for name in ("title", "artist")}
    return song.model_copy(
        update={
            name: text
            for name, text in changed.items()
            if text.strip().casefold() == getattr(song, name).strip().casefold()
        }
    )


def test_a_file_by_hand_needs_three_columns_in_any_order(tmp_path):
    rows = read(tmp_path, f"uri,artist,title\n{URI}, Adele ,Hello\n,Adele,Skyfall\n")

    assert rows == [
        MappingRow(line=2, song=SongMetadata(title="Hello", artist="Adele"), uri=URI),
        MappingRow(line=3, song=SongMetadata(title="Skyfall", artist="Adele"), uri=""),
    ]


def test_what_a_spreadsheet_saves_is_read(tmp_path):
    text = f'title,artist,uri,my notes\r\n"Hello\r\nagain","Adele, ""A""",{URI},x,y\r\nShort\r\n'

    rows = read(tmp_path, text, encoding="utf-8-sig")

    assert rows == [
        MappingRow(line=3, song=SongMetadata(title="Hello\r\nagain", artist='Adele, "A"'), uri=URI),
        MappingRow(line=4, song=SongMetadata(title="Short"), uri=""),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f",Adele,{URI},,", "the title is empty"),
        (f"Hello,Adele,{URI},soon,", "year is not a number"),
        (f"Hello,Adele,{URI},,-5", "duration_ms is not a number"),
        (f"Hello,Adele,{URI},{'9' * 5000},", "year is not a number"),
        (f"Hello,Adele,{URI},²,", "year is not a number"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_others_count(tmp_path, row, reason):
    rows = read(tmp_path, f"title,artist,uri,year,duration_ms\nA,B,,,\n\n{row}\nC,D,,1999,5\n")

    assert rows == [
        MappingRow(line=2, song=SongMetadata(title="A", artist="B"), uri=""),
        RejectedRow(line=4, reason=reason),
        MappingRow(
            line=5, song=SongMetadata(title="C", artist="D", year=1999, duration_ms=5), uri=""
        ),
    ]


@pytest.mark.parametrize(
    ("text", "missing"), [("", "title, artist, uri"), ("title;artist;uri\n", "title, artist, uri")]
)
def test_a_file_without_the_headings_is_refused(tmp_path, text, missing):
    with pytest.raises(MissingColumnsError, match=f"lacks {missing}; expected"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "content",
    [
        "title,artist,uri\nJosé,,\n".encode("latin-1"),
        b"title,artist,uri\n" + b"x" * (csv.field_size_limit() + 1),
    ],
    ids=["not UTF-8", "an endless cell"],
)
def test_a_file_that_is_no_table_of_text_is_refused(tmp_path, content):
    file = tmp_path / "mapping.csv"
    file.write_bytes(content)

    with pytest.raises(UnreadableFileError, match=r"mapping\.csv cannot be read"):
        read_mapping(file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="No such file"):
        read_mapping(tmp_path / "nothing.csv")


def test_a_file_that_cannot_be_written_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "no folder" / "mapping.csv", [])
