"""Rows that other readers lose without a word: odd tables, odd cells, damaged XML."""

import pytest

from segue.errors.input import MissingColumnsError
from segue.music.contracts.songs import SongMetadata
from tests.unit.music.files.importers.opened import read

_TIDE = SongMetadata(title="Tide", artist="Mira Holm")
_EBB = SongMetadata(title="Ebb", artist="Holm, Mira")


def test_columns_by_number_keep_the_first_row_of_a_table_without_headings():
    outcome = read(
        'Tide;Mira Holm\nEbb;"Holm, Mira"\n', "list.csv", columns={"title": "1", "artist": "2"}
    )

    assert outcome.songs == (_TIDE, _EBB)


def test_columns_by_number_leave_headings_alone_that_are_there():
    outcome = read("Titel,Interpret\nMira Holm,Tide\n", columns={"title": "2", "artist": "1"})

    assert outcome.songs == (_TIDE,)


def test_a_column_beyond_the_last_one_is_missing():
    with pytest.raises(MissingColumnsError, match="'3' for the artist"):
        read("Tide,Mira Holm\n", "list.csv", columns={"title": "1", "artist": "3"})


def test_a_table_without_headings_is_told_what_to_do():
    with pytest.raises(MissingColumnsError) as caught:
        read("Tide,Mira Holm\nEbb,Mira Holm\n", "list.csv")

    assert "title=1,artist=2" in caught.value.hint


def test_a_space_before_a_quotation_mark_is_no_part_of_the_cell():
    outcome = read('Title, Artist\n"Tide", "Mira Holm"\n"Ebb" , "Holm, Mira" \n', "list.csv")

    assert outcome.songs == (_TIDE, _EBB)


def test_a_quotation_inside_a_cell_stays():
    outcome = read('Title, Artist\nTide, "Mira" Holm\n', "list.csv")

    assert outcome.songs == (SongMetadata(title="Tide", artist='"Mira" Holm'),)


def test_rows_that_are_quoted_whole_are_taken_apart():
    outcome = read('"Title,Artist"\n"Tide,Mira Holm"\n"Ebb,""Holm, Mira"""\n', "list.csv")

    assert outcome.songs == (_TIDE, _EBB)


def test_a_cell_with_a_comma_in_a_table_of_one_column_stays_whole():
    outcome = read('Title\n"Tide, and Ebb"\n', "list.csv", columns={"title": "Title"})

    assert outcome.songs == (SongMetadata(title="Tide, and Ebb"),)


def test_entities_of_web_pages_are_the_letters_they_stand_for():
    outcome = read(
        "title,artist\nDon&#39;t &quot;Ebb&quot;,Mira &amp; Caf&eacute; R&B;\n", "list.csv"
    )

    assert outcome.songs == (SongMetadata(title='Don\'t "Ebb"', artist="Mira & Café R&B;"),)


def test_a_row_that_its_source_has_removed_is_refused():
    outcome = read("Title,Artist,Removed\nTide,Mira Holm,\nEbb,Mira Holm,Yes\n", "list.csv")

    assert outcome.songs == (_TIDE,)
    assert [row.reason for row in outcome.refused] == ["removed from the playlist"]


@pytest.mark.parametrize("heading", ["Channel", "Channel name", "Uploader"])
def test_a_channel_is_no_artist_where_the_title_names_one(heading: str):
    outcome = read(f"Title,{heading}\nMira Holm - Tide,Big Label\nEbb,Mira Holm\n", "list.csv")

    assert [(song.title, song.artist) for song in outcome.songs] == [
        ("Mira Holm - Tide", ""),
        ("Ebb", "Mira Holm"),
    ]


@pytest.mark.parametrize(
    "headings",
    [
        "Sangtitel,Kunstner", "Kappale,Esittäjä", "Název,Umělec", "Názov,Umelec", "Cím,Előadó",
        "Titlu,Artist", "Τίτλος,Καλλιτέχνης", "Заглавие,Изпълнител", "Naslov,Izvođač",
        "العنوان,الفنان", "שם השיר,אמן", "गाना,कलाकार", "शीर्षक,गायक", "ชื่อเพลง,ศิลปิน",
        "Tên bài hát,Ca sĩ", "Judul Lagu,Penyanyi", "Títol,Intèrpret", "عنوان,خواننده",
    ],
)  # fmt: skip
def test_headings_are_understood_in_many_languages(headings: str):
    assert read(f"{headings}\nTide,Mira Holm\n", "list.csv").songs == (_TIDE,)


def _itunes(comment: bytes) -> bytes:
    return (
        b'<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>Tracks</key><dict>'
        b"<key>1</key><dict><key>Track ID</key><integer>1</integer><key>Name</key>"
        b"<string>Tide</string><key>Artist</key><string>Mira Holm</string><key>Comments</key>"
        b"<string>" + comment + b"</string></dict></dict></dict></plist>"
    )


@pytest.mark.parametrize(
    "comment",
    [
        b"a&#0;b&#x1f;c&#xFFFFFF;",
        b"a\x01b\x0bc",
        b"R & B",
        b"caf&eacute; &nonsense;",
        b"caf\xe9",
        b"\xed\xa0\x80",
        b"&" * 100_000,
    ],
)
def test_a_bad_character_costs_itself_and_not_the_library(comment: bytes):
    assert read(_itunes(comment), "Library.xml").songs == (_TIDE,)


def test_a_reference_across_two_pieces_stays_whole():
    for size in range(65_150, 65_320):
        assert read(_itunes(b"x" * size + b"&#0;&amp;"), "Library.xml").songs == (_TIDE,)


def test_a_track_without_a_name_is_called_as_its_file():
    content = _itunes(b"").replace(
        b"<key>Name</key><string>Tide</string>",
        b"<key>Location</key><string>file:///Users/someone/Music/03%20Tide.mp3</string>",
    )

    outcome = read(content, "Library.xml")

    assert outcome.songs == (_TIDE,)
    assert "someone" not in repr(outcome.records)
