"""Workbooks, crates, tables of web pages, archives and folders, and what they may cost."""

import io
import zipfile
from pathlib import Path

import pytest

from segue.errors.input import EmptyInputError, UnknownFormatError, UnreadableFileError
from segue.music.contracts.songs import SongMetadata
from segue.music.files.importers import unpacking
from tests.unit.music.files.importers.opened import read, read_path

_TIDE = SongMetadata(title="Tide", artist="Mira Holm", duration_ms=225_000)
_BUS = SongMetadata(title="Night Bus", artist="Galaxy Nine")
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def archive(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def excel(**sheets: list[list[str]]) -> bytes:
    """A workbook whose cells are texts, or numbers where they look like some."""

    def cell(value: str) -> str:
        if value.replace(".", "", 1).isdecimal():
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATED}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r" '
        f'Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{_RELATED}"><sheets>{names}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{links}</Relationships>',
    }
    for n, rows in enumerate(sheets.values(), 1):
        body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f"<worksheet {space}><sheetData>{body}</sheetData></worksheet>"
        )
    return archive(parts)


def open_document(rows: str) -> bytes:
    names = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    )
    return archive({
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="A">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>",
    })


def _cell(text: str, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


HEADINGS = ["Title", "Artist", "Duration (s)"]
ROWS = [HEADINGS, ["Tide", "Mira Holm", "225"], ["Night Bus", "Galaxy Nine", ""]]


def test_a_sheet_of_excel_is_read_like_the_csv_of_it():
    outcome = read(excel(Songs=ROWS), "list.xlsx")

    assert outcome.songs == (_TIDE, _BUS)
    assert (outcome.format, outcome.warnings) == ("csv", ())


def test_other_sheets_are_told_and_can_be_asked_for():
    content = excel(Empty=[], Gym=ROWS, Sleep=[HEADINGS, ["Ebb", "Mira Holm", ""]])

    first, asked = read(content, "list.xlsx"), read(content, "list.xlsx", playlist="sleep")

    assert first.songs == (_TIDE, _BUS)
    assert "'Gym'" in first.warnings[0]
    assert "'Sleep'" in first.warnings[0]
    assert [song.title for song in asked.songs] == ["Ebb"]


def test_a_sheet_of_open_document_is_read_too():
    rows = "".join(
        f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in ROWS[:2]
    )
    end = (
        '<table:table-row table:number-rows-repeated="1048574">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )

    assert read(open_document(rows + end), "list.ods").songs == (_TIDE,)


def test_an_empty_workbook_and_a_broken_one_are_told_apart():
    with pytest.raises(EmptyInputError, match="nothing is written"):
        read(excel(Empty=[]), "list.xlsx")
    with pytest.raises(UnreadableFileError, match="workbook that cannot be read"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 2_000, "list.xls")


def test_two_cells_in_opposite_corners_do_not_fill_the_memory():
    corners = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    buffer = io.BytesIO(excel(Songs=ROWS))
    with zipfile.ZipFile(buffer, "a") as packed:
        packed.writestr("xl/worksheets/sheet2.xml", corners)

    with pytest.raises(UnreadableFileError, match="cells"):
        read(buffer.getvalue(), "list.xlsx")


_WIDE = _cell("x", 16_384)


@pytest.mark.parametrize(
    "rows",
    [
        f"<table:table-row>{_cell('x', 10**15)}</table:table-row>",
        f'<table:table-row table:number-rows-repeated="999999">{_WIDE}</table:table-row>',
    ],
)
def test_repeated_cells_do_not_fill_the_memory(rows: str):
    with pytest.raises(UnreadableFileError, match="cells"):
        read(open_document(rows), "list.ods")


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1 << 20)

    with pytest.raises(UnreadableFileError, match="unpacks to"):
        read(archive({"a.csv": b"x" * (2 << 20)}), "list.zip")


def test_an_archive_that_lies_about_its_size_is_refused():
    content = archive({"a.csv": b"Title,Artist\n" + b"Tide,Mira Holm\n" * 10_000})
    real, lie = (10_000 * 15 + 13).to_bytes(4, "little"), (100).to_bytes(4, "little")

    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read(content.replace(real, lie), "list.zip")


def test_the_playlists_of_an_archive_have_the_names_of_their_files():
    content = archive({
        "export/Gym.csv": "title,artist,duration\nTide,Mira Holm,225\n",
        "export/Sleep.m3u": "#EXTM3U\n#EXTINF:-1,Galaxy Nine - Night Bus\na.mp3\n",
        "export/cover.jpg": b"\xff\xd8\xff",
        "export/Broken.json": "{",
        "export/Empty.csv": "title,artist\n",
        "__MACOSX/export/._Gym.csv": b"\0\0",
    })

    outcome = read(content, "all.zip")

    assert [(entry.playlist, entry.song.title) for entry in outcome.entries] == [
        ("Gym", "Tide"),
        ("Sleep", "Night Bus"),
    ]
    assert (outcome.format, outcome.name, outcome.playlists) == ("archive", "all", ("Gym", "Sleep"))
    assert [row.reason.partition(":")[0] for row in outcome.refused] == [
        "export/Broken.json",
        "export/Empty.csv holds no song",
    ]
    assert read(content, "all.zip", playlist="sleep").songs == (_BUS,)


def test_a_folder_is_read_like_an_archive(tmp_path: Path):
    (tmp_path / "Sub").mkdir()
    (tmp_path / "Gym.csv").write_text("title,artist,duration\nTide,Mira Holm,225\n")
    (tmp_path / "Sub" / "Sleep.txt").write_text("a note, which is no playlist here\n")
    (tmp_path / "tide.mp3").write_bytes(b"ID3")

    outcome = read_path(tmp_path)

    assert (outcome.songs, outcome.playlists) == ((_TIDE,), ("Gym",))
    assert outcome.name == "Gym"


def test_lines_of_text_are_playlists_where_nothing_else_is():
    assert (
        read(archive({"a.txt": "Mira Holm - Tide\n"}), "a.zip").songs[0].title == "Mira Holm - Tide"
    )


def test_a_folder_without_playlists_is_empty(tmp_path: Path):
    with pytest.raises(EmptyInputError, match="no playlist among its 0 files"):
        read_path(tmp_path)


def test_a_crate_of_serato_is_read_by_its_paths():
    def record(tag: bytes, value: bytes) -> bytes:
        return tag + len(value).to_bytes(4, "big") + value

    tracks = [
        record(b"otrk", record(b"ptrk", path.encode("utf-16-be")))
        for path in (
            "Users/kim/Music/Mira Holm/Low Tide/01 Tide.mp3",
            "Galaxy Nine - Night Bus.mp3",
        )
    ]
    content = record(b"vrsn", "1.0/Serato ScratchLive Crate".encode("utf-16-be")) + b"".join(tracks)

    outcome = read(content, "Evening.crate")

    assert outcome.songs == (SongMetadata(title="Tide", artist="Mira Holm", album="Low Tide"), _BUS)
    assert outcome.name == "Evening"
    assert read(content + b"otrk\xff\xff\xff\xff", "Evening.crate").songs == outcome.songs


def test_the_largest_table_of_a_web_page_is_read():
    page = (
        "<!DOCTYPE html><html><body><table><tr><td>Menu</td></tr></table>"
        '<table class="border"><tr><th>Title<th>Artist<th>Time</tr>'
        "<tr><td>Tide</td><td>Mira <b>Holm</b></td><td>3:45</td></tr>"
        "<tr><td>Night &amp; Bus</td><td>Galaxy Nine</td><td></td></tr></table></body></html>"
    )

    outcome = read(page, "list.html")

    assert outcome.songs == (_TIDE, _BUS.model_copy(update={"title": "Night & Bus"}))


def test_a_web_page_without_a_table_is_still_no_list():
    with pytest.raises(UnknownFormatError, match="web page"):
        read("<html><body>Tide</body></html>", "list.html")
