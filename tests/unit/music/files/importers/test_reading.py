"""Opening: encodings, binary files, pipes, and the promises of a source."""

import io
import os
from pathlib import Path

import pytest

from segue.errors.input import EmptyInputError, InputError, UnknownFormatError, UnreadableFileError
from segue.music.contracts.imports import ImportedSong
from segue.music.contracts.songs import SongMetadata
from segue.music.files.importers import input_file
from segue.music.files.importers.formats import FORMATS
from segue.music.files.importers.reading import open_source
from tests.unit.music.files.importers.opened import read
from tests.unit.music.files.importers.table_samples import TUNEMYMUSIC_SPOTIFY


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Björk - Jóga\n"),
        ("utf-8-sig", "Björk - Jóga\n"),
        ("utf-16", "Björk - Jóga\n"),
        ("utf-16-le", "Björk - Jóga\r\n"),
        ("utf-16-be", "Кино - Звезда\n"),
        ("utf-16-le", "王菲 - 红豆\n"),
        ("utf-32", "Björk - Jóga\n"),
        ("cp1252", "Björk \u2013 Jóga\n"),
        ("cp1252", "Beyoncé - Halo"),
        ("cp1252", "\u201cWeird Al\u201d Yankovic - Eat It\n"),
        ("mac_roman", "Björk - Jóga\rBjörk - Unravel\r"),
        ("mac_roman", "Tiësto - Adagio\r"),
        ("mac_roman", "Die Ärzte - Männer sind Schweine\n"),
        ("cp850", "Beyoncé - Halo\n"),
        ("cp1250", "Dawid Podsiadło - Małomiasteczkowy\n"),
        ("cp1251", "Кино - Группа крови\n"),
        ("cp1251", "Би-2 - Варвара\n"),
        ("koi8-r", "Кино - Группа крови\n"),
        ("koi8-r", "Кино - Звезда\n"),
        ("cp866", "Кино - Группа крови\n"),
        ("cp1256", "فيروز - نسم علينا الهوى\n"),
        ("cp1256", "عمرو دياب - تملي معاك\n"),
        ("cp1253", "Μίκης Θεοδωράκης - Ζορμπάς\n"),
        ("cp1255", "עידן רייכל - ממעמקים\n"),
        ("cp932", "スピッツ - ロビンソン\n"),
        ("cp932", "椎名林檎 - 本能\n"),
        ("euc-jp", "スピッツ - ロビンソン\n"),
        ("cp949", "아이유 - 밤편지\n"),
        ("gb18030", "周杰伦 - 晴天\n"),
        ("gb18030", "王菲 - 红豆\n"),
        ("big5hkscs", "周杰倫 - 晴天\n"),
        ("big5hkscs", "五月天 - 倔強\n"),
    ],
)
def test_the_encoding_of_a_line_or_two_is_found_and_the_text_is_right(encoding: str, text: str):
    outcome = read(text.encode(encoding))

    assert [song.title for song in outcome.songs] == text.splitlines()
    assert outcome.encoding == encoding


def test_a_guess_is_told_with_a_line_that_shows_whether_it_is_right():
    good = "Mira Holm - Tide\nЖ - Дорога домой\n"

    (warning,) = read(good.encode("koi8-r")).warnings

    assert "koi8-r" in warning
    assert "Дорога домой" in warning
    assert read(good).warnings == ()


def test_the_encoding_that_a_person_names_counts():
    outcome = read("Čechomor - Proměny\n".encode("cp1250"), encoding="windows-1250")

    assert outcome.songs == (SongMetadata(title="Čechomor - Proměny"),)
    assert (outcome.encoding, outcome.warnings) == ("cp1250", ())


def test_letters_that_an_encoding_lacks_are_told():
    (warning,) = read(b"Mira Holm - Tide\nBeyonc\xe9 - Halo\n", encoding="utf-8").warnings

    assert "Beyonc\ufffd - Halo" in warning


@pytest.mark.parametrize("name", ["klingon", "rot13", "undefined"])
def test_an_encoding_that_is_none_is_an_error(name: str):
    with pytest.raises(InputError, match="no text encoding"):
        read("Mira Holm - Tide\n", encoding=name)


def test_several_playlists_that_become_one_are_told():
    outcome = read("title,artist,playlist\nTide,Mira Holm,Gym\nEbb,Mira Holm,Sleep\n", "list.csv")

    assert "2 playlists" in outcome.warnings[0]
    assert "'Gym', 'Sleep'" in outcome.warnings[0]


def test_one_playlist_of_several_is_nothing_to_warn_of():
    content = "title,artist,playlist\nTide,Mira Holm,Gym\nEbb,Mira Holm,Sleep\n"

    assert read(content, "list.csv", playlist="gym").warnings == ()


def test_a_single_broken_byte_does_not_turn_the_rest_of_a_utf_8_file_to_noise():
    good = "Sigur Rós - Sæglópur\n" * 20

    outcome = read(good.encode() + b"Beyonc\xe9 - Halo\n" + good.encode())

    assert outcome.encoding == "utf-8"
    assert outcome.songs[0].title == "Sigur Rós - Sæglópur"
    assert outcome.songs[20].title == "Beyonc\ufffd - Halo"


def test_a_late_byte_decides_as_well_as_an_early_one():
    ascii_part = (b"Mira Holm - " + b"x" * 1_000 + b"\n") * 2_000

    outcome = read(ascii_part + "Björk - Jóga\n".encode("cp1252"))

    assert outcome.songs[-1].title == "Björk - Jóga"


@pytest.mark.parametrize("shift", range(4))
def test_a_character_cut_by_a_reading_border_is_no_error(shift: int):
    # No line ends, so that the borders of the pieces that are read fall inside characters.
    content = "x" * shift + "日本語" * 150_000

    with pytest.raises(EmptyInputError):
        read(content)
    assert read(content + "\nスピッツ - ロビンソン").encoding == "utf-8"


def test_an_endless_line_in_an_old_encoding_is_still_sampled():
    content = "スピッツ ロビンソン" * 20_000 + "\nスピッツ - ロビンソン\n"

    assert read(content.encode("cp932")).songs[0].title == "スピッツ - ロビンソン"


@pytest.mark.parametrize("content", [b"", b"\n \t\r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_empty(content: bytes):
    with pytest.raises(EmptyInputError):
        read(content)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"ID3\x04\x00\x00", "an MP3 file"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"{\\rtf1\\ansi", "a rich-text document"),
        (b"bplist00\xd4", "a binary property list"),
    ],
)
def test_a_file_of_another_kind_is_named(content: bytes, what: str):
    with pytest.raises(UnknownFormatError, match=what):
        read(content, "list.csv")


@pytest.mark.parametrize("content", [b"Tide\x00Ebb\n", bytes(range(1, 32)) * 20])
def test_binary_content_is_refused(content: bytes):
    with pytest.raises(UnreadableFileError, match="not text"):
        read(content)


def test_a_nul_far_inside_a_text_is_only_dropped():
    outcome = read(b"Mira Holm - Tide\n" * 5_000 + b"Mira Holm - E\x00bb\n")

    assert outcome.songs[-1].title == "Mira Holm - Ebb"


def test_a_missing_file_is_unreadable(tmp_path: Path):
    for path in (tmp_path / "none.csv", tmp_path / "a\0b"):
        with pytest.raises(UnreadableFileError, match="cannot be opened"):
            open_source(path)


def test_a_pipe_is_read_like_a_file():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(TUNEMYMUSIC_SPOTIFY.content)

    with os.fdopen(reading, "rb") as pipe, open_source(None, stdin=pipe) as source:
        titles = [record.song.title for record in source if isinstance(record, ImportedSong)]

    assert titles == ["Tide", "Ebb"]
    assert (source.format, source.name) == ("tunemymusic", "Imported songs")


def test_neither_file_nor_pipe_is_an_error():
    with pytest.raises(UnreadableFileError, match="got neither"):
        open_source(None)


def test_a_pipe_that_fails_is_unreadable():
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(UnreadableFileError, match="cannot be read: Input/output error"):
        open_source(None, stdin=Broken())


def test_a_pipe_without_end_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(input_file, "MAX_BYTES", 3 << 20)

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return b"x" * (size or 1)

    with pytest.raises(UnreadableFileError, match="more than 3 MiB"):
        open_source(None, stdin=Endless())


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(input_file, "MAX_BYTES", 100)
    path = tmp_path / "list.txt"
    path.write_bytes(b"Mira Holm - Tide\n" * 100)

    with pytest.raises(UnreadableFileError, match="holds more than"):
        open_source(path)


def test_an_unknown_format_is_refused_with_those_that_exist():
    with pytest.raises(UnknownFormatError, match="no format 'xlsx'") as caught:
        read("Tide\n", format="xlsx")

    assert all(name in caught.value.hint for name in FORMATS)


def test_a_format_can_be_forced():
    outcome = read("Title,Artist\nTide,Mira Holm\n", "list.csv", format="lines")

    assert [song.title for song in outcome.songs] == ["Title,Artist", "Tide,Mira Holm"]


def test_a_chosen_playlist_is_read_alone_and_names_the_source():
    outcome = read(TUNEMYMUSIC_SPOTIFY.content, "x.csv", playlist="ROAD TRIP")

    assert [song.title for song in outcome.songs] == ["Ebb"]
    assert outcome.name == "ROAD TRIP"
    assert outcome.playlists == ("Favorite Songs", "Road trip")


def test_a_playlist_asked_of_a_file_without_names_is_refused():
    with pytest.raises(InputError, match="there is no named playlist"):
        read("Mira Holm - Tide\n", playlist="Evening")


def test_a_file_of_refusals_says_how_many_and_why():
    with pytest.raises(
        EmptyInputError, match="2 rows were refused, the first for: line 2, no title"
    ):
        read("Title,Artist\n,Mira Holm\n,Galaxy Nine\n", "list.csv")


@pytest.mark.parametrize("form", ["lines", "m3u", "csv"])
@pytest.mark.parametrize(
    "line",
    [
        "03 - a" + " " * 9_000 + "b",
        "a" + "\t" * 9_000 + "b",
        "#EXTINF:" + "1" * 60_000,
        '"' * 9_001,
    ],
)
def test_hostile_lines_cost_no_more_than_their_length(form: str, line: str):
    content = "Title,Artist\n" + f"{line}\n" * 100 + "Mira Holm - Tide,x\n"

    outcome = read(content, format=form)

    assert outcome.songs


def test_a_source_can_be_left_half_read(tmp_path: Path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"Mira Holm - Tide\nMira Holm - Ebb\n")

    with open_source(path) as source:
        assert isinstance(next(source), ImportedSong)

    assert list(source) == []


def test_a_hopeless_file_fails_at_the_door(tmp_path: Path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"Colour,Size\nred,4\n")

    with pytest.raises(InputError):
        open_source(path)
