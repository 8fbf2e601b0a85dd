"""``--report FILE``: three formats, none of which a title can take over."""

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from segue.cli.report_files import as_csv, as_html, as_json, report_writer
from segue.errors.input import InputError
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.tracks import TrackStatus
from tests.fakes.music_service import ADDED, outcome, report


def test_a_csv_report_has_one_row_a_song() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(ADDED), newline="")))

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
        csv.DictReader(io.StringIO(as_csv(report(outcome(1, TrackStatus.NOT_FOUND, match=None)))))
    )

    assert (row["match_title"], row["match_uri"]) == ("", "")


@pytest.mark.parametrize("start", list("=+-@\t\r＝＠"))  # noqa: RUF001 - these very characters
def test_no_cell_of_a_report_is_a_formula(start: str) -> None:
    evil = SongMetadata(title=f"{start}cmd|'/c calc'!A0")

    row = next(
        csv.DictReader(
            io.StringIO(as_csv(report(outcome(1, TrackStatus.ADDED, query=evil))), newline="")
        )
    )

    assert row["title"] == f"'{evil.title}"


def test_a_json_report_is_the_object_of_json() -> None:
    assert json.loads(as_json(ADDED)) == ADDED.model_dump(mode="json")


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
    page = as_html(ADDED)

    assert tags(page).links == ["https://example.org/pl1"]
    assert "default-src 'none'" in page
    assert "Dolly Parton - Jolene (2:42)" in page
    assert "Verified by reading" in page


def test_titles_stay_text_in_html() -> None:
    evil = SongMetadata(title="<script>alert(1)</script>", artist='"><img src=x onerror=y>')
    page = as_html(
        report(
            outcome(1, TrackStatus.REVIEW, query=evil, match=None, reason="<b>"),
            playlist=PlaylistLink(id="p", name="</title><script>", url="javascript:alert(1)"),
            verified=False,
        )
    )

    assert not {"script", "img", "b", "a"} & set(tags(page).tags)
    assert "&lt;script&gt;alert(1)" in page
    assert "Not verified" in page


def test_a_dry_run_says_so_in_html() -> None:
    assert "nothing was written" in as_html(report(dry_run=True, verified=False))


@pytest.mark.parametrize("name", ["out.csv", "out.JSON", "out.html"])
def test_the_ending_chooses_the_format(tmp_path: Path, name: str) -> None:
    report_writer(tmp_path / name)(ADDED)

    assert "Jolene" in (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["out", "out.pdf", "missing/out.csv"])
def test_a_report_that_cannot_be_is_refused_beforehand(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        report_writer(tmp_path / name)
