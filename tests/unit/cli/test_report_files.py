"""``--report FILE``: three formats, none of which a title can take over."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from segue.cli.report_files import as_csv, as_html, report_writer
from segue.errors.input import InputError
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.reports import PAGE, StoredReport
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackStatus
from segue.music.service.report_texts import report_json
from tests.fakes.doubles.music_service import ADDED, outcome, report
from tests.fakes.doubles.reports import stored

Parts = Callable[[StoredReport], AsyncIterator[str]]


def text(write: Parts, whole: SyncReport) -> str:
    async def joined() -> str:
        return "".join([part async for part in write(stored(whole))])

    return asyncio.run(joined())


async def _written(path: Path) -> None:
    await report_writer(path)(stored(ADDED))


def test_a_csv_report_has_one_row_a_song() -> None:
    rows = list(csv.DictReader(io.StringIO(text(as_csv, ADDED), newline="")))

    assert rows == [
        {
            "position": "1",
            "title": "Jolene",
            "artist": "Dolly Parton",
            "album": "",
            "status": "added",
            "match_title": "Jolene",
            "match_artist": "Dolly Parton",
            "match_album": "Jolene",
            "match_uri": "spotify:track:0000000000000000000001",
            "confidence": "0.980",
            "reason": "the same recording",
        }
    ]


def test_a_song_without_a_match_has_empty_cells() -> None:
    row = next(
        csv.DictReader(
            io.StringIO(text(as_csv, report(outcome(1, TrackStatus.NOT_FOUND, match=None))))
        )
    )

    assert (row["match_title"], row["match_uri"]) == ("", "")


@pytest.mark.parametrize("start", list("=+-@\t\r＝＠"))  # noqa: RUF001 - these very characters
def test_no_cell_of_a_report_is_a_formula(start: str) -> None:
    evil = SongMetadata(title=f"{start}cmd|'/c calc'!A0")

    row = next(
        csv.DictReader(
            io.StringIO(text(as_csv, report(outcome(1, TrackStatus.ADDED, query=evil))), newline="")
        )
    )

    assert row["title"] == f"'{evil.title}"


@pytest.mark.parametrize(
    "whole",
    [
        ADDED,
        report(),
        report(*(outcome(n, TrackStatus.ADDED) for n in range(1, PAGE + 3))),
        report(outcome(1, TrackStatus.ADDED), message='"tracks": [] and "tracks":[]'),
        report(
            outcome(1, TrackStatus.ADDED, reason='\u2028\x85\n"tracks": []'),
            playlist=PlaylistLink(id="p", name='"tracks": []'),
        ),
    ],
    ids=["one", "none", "pages", "the mark in a text", "line ends in a text"],
)
def test_a_json_report_is_the_object_of_json(whole: SyncReport) -> None:
    """Byte by byte as it was written whole, before rows were read one by one."""
    assert text(report_json, whole) == (
        json.dumps(whole.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]


def tags(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    return parser


def test_an_html_report_needs_nothing_else_and_allows_no_script() -> None:
    page = text(as_html, ADDED)

    assert tags(page).links == ["https://example.org/pl1"]
    assert "default-src 'none'" in page
    assert "Dolly Parton - Jolene (2:42)" in page
    assert "Verified by reading" in page


def test_titles_stay_text_in_html() -> None:
    evil = SongMetadata(title="<script>alert(1)</script>", artist='"><img src=x onerror=y>')
    page = text(
        as_html,
        report(
            outcome(1, TrackStatus.REVIEW, query=evil, match=None, reason="<b>"),
            playlist=PlaylistLink(id="p", name="</title><script>", url="javascript:alert(1)"),
            verified=False,
        ),
    )

    assert not {"script", "img", "b", "a"} & set(tags(page).tags)
    assert "&lt;script&gt;alert(1)" in page
    assert "Not verified" in page


def test_a_dry_run_says_so_in_html() -> None:
    assert "nothing was written" in text(as_html, report(dry_run=True, verified=False))


@pytest.mark.parametrize("name", ["out.csv", "out.JSON", "out.html"])
def test_the_ending_chooses_the_format(tmp_path: Path, name: str) -> None:
    asyncio.run(_written(tmp_path / name))

    assert "Jolene" in (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["out", "out.pdf", "missing/out.csv"])
def test_a_report_that_cannot_be_is_refused_beforehand(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        report_writer(tmp_path / name)
