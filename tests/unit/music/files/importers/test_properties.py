"""What is written comes back, and nothing but songs, refusals and input errors ever comes out."""

import csv
import io
from typing import Literal
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings, strategies as st

from segue.errors.input import InputError
from segue.music.contracts.imports import ImportedSong, RejectedRow
from segue.music.files.importers.formats import FORMATS
from segue.music.files.importers.reading import open_source
from segue.music.files.importers.rows import RawSong, to_record
from segue.music.files.importers.values import clean_text
from tests.unit.music.files.importers.opened import read
from tests.unit.music.files.importers.samples import SAMPLES

# Text as people write it: letters of all alphabets, marks, punctuation and single spaces.
_CHARACTERS = st.characters(
    exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Cn"], exclude_characters="\u0085"
)
_LETTERS = st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Nd"])
_WORDS = st.text(_CHARACTERS, max_size=40).map(clean_text)
_NAMES = st.builds(
    "{}{}{}".format, st.text(_CHARACTERS, max_size=20), _LETTERS, st.text(_CHARACTERS, max_size=20)
).map(clean_text)


def _without_lone_dashes(name: str) -> str:
    """Leave out what would part an artist from a title ("Artist - Title")."""
    return " ".join(word for word in name.split() if word not in {"-", "\u2013", "\u2014"})


@given(
    rows=st.lists(st.tuples(_NAMES, _NAMES, _WORDS), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_csv_comes_back_as_written(
    rows: list[tuple[str, str, str]], delimiter: str, quoting: Literal[0, 1], encoding: str
):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting)
    writer.writerows([("Title", "Artist", "Album"), *rows])

    outcome = read(buffer.getvalue().encode(encoding), "list.csv")

    assert outcome.refused == ()
    wanted = [(title, to_record(RawSong(1, title, artist)), album) for title, artist, album in rows]
    assert [(song.title, song.artist, song.album or "") for song in outcome.songs] == [
        (title, record.song.artist, album)
        for title, record, album in wanted
        if isinstance(record, ImportedSong)
    ]


@given(
    st.lists(
        st.tuples(_NAMES.map(_without_lone_dashes), _NAMES, st.integers(1, 3_600)),
        min_size=1,
        max_size=8,
    )
)
def test_m3u_comes_back_as_written(rows: list[tuple[str, str, int]]):
    text = "#EXTM3U\n" + "".join(
        f"#EXTINF:{seconds},{artist} - {title}\nsong.mp3\n" for artist, title, seconds in rows
    )

    outcome = read(text, "list.m3u8")

    assert [(song.title, song.duration_ms) for song in outcome.songs] == [
        (title, seconds * 1_000) for _, title, seconds in rows
    ]


@given(st.lists(st.tuples(_NAMES, _NAMES), min_size=1, max_size=8), _NAMES)
def test_xspf_comes_back_as_written(rows: list[tuple[str, str]], name: str):
    tracks = "".join(
        f"<track><title>{escape(title)}</title><creator>{escape(artist)}</creator></track>"
        for title, artist in rows
    )
    text = f"<playlist><title>{escape(name)}</title><trackList>{tracks}</trackList></playlist>"

    outcome = read(text, "list.xspf")

    assert [song.title for song in outcome.songs] == [title for title, _ in rows]
    assert outcome.name == name


def _only_songs_refusals_or_input_errors(content: bytes, form: str | None = None) -> None:
    try:
        with open_source(None, stdin=io.BytesIO(content), format=form) as source:
            records = list(source)
    except InputError:
        return
    assert all(isinstance(record, ImportedSong | RejectedRow) for record in records)
    assert any(isinstance(record, ImportedSong) for record in records)


@pytest.mark.parametrize("name", [None, *FORMATS])
@settings(max_examples=60)
@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_arbitrary_bytes_never_break_an_importer(name: str | None, content: bytes):
    _only_songs_refusals_or_input_errors(content, name)


@st.composite
def _mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """Give the content with a few bytes cut out, doubled, swapped for others or put in."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 60)))
        new = draw(
            st.one_of(
                st.binary(max_size=8),
                st.just(content[start:end] * 2),
                st.sampled_from([
                    b'"',
                    b"\n",
                    b"\0",
                    b"<",
                    b"&x;",
                    b"{",
                    b"[",
                    b"]",
                    b",",
                    b"\xff",
                ]),
            )
        )
        content = content[:start] + new + content[end:]
    return content


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=60)
@given(data=st.data())
def test_damaged_files_never_break_an_importer(name: str, data: st.DataObject):
    sample = SAMPLES[name]
    content = data.draw(_mutated(sample.content))

    _only_songs_refusals_or_input_errors(content)
    _only_songs_refusals_or_input_errors(content, sample.format)
