"""The local search engine: what it finds, in which order, and what it makes of bad files."""

import gzip
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from segue.errors.input import MissingColumnsError, UnreadableFileError
from segue.errors.storage import StorageError
from segue.music.catalogues.local.index import TrackIndex

ROWS = """\
id,title,artists,album,release_date,duration_ms,isrc,popularity
1,Jolene,Dolly Parton,Jolene,1974-02-04,161533,USRC17300003,7
2,Jolene - Live,Dolly Parton,Live at Glastonbury,2014,,,3
3,Jolene (Karaoke Version),Zoom Karaoke,Sing Along,,160000,,
4,Óculos,Os Paralamas Do Sucesso,,1984,,,
5,Сияй,Skurt,Студия,2023-04-21,167250,,
6,残酷な天使のテーゼ,Yoko Takahashi,Evangelion,1995,245000,,
7,Bang Bang,Jessie J|Ariana Grande|Nicki Minaj,Sweet Talker,2014-10-14,199387,,
8,Tainted Love,Soft Cell,Non-Stop,1981,,,
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "tracks.csv"
    path.write_text(ROWS, encoding="utf-8-sig")
    return path


@pytest.fixture
def index(tmp_path: Path, catalogue: Path):
    index = TrackIndex(tmp_path / "index" / "tracks.sqlite")
    index.import_csv(catalogue)
    yield index
    index.close()


def ids(index: TrackIndex, query: str, **page: int) -> list[str]:
    tracks, _ = index.search(query, **page)
    return [track.uri.removeprefix("spotify:track:") for track in tracks]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("jolene dolly parton", "1"),
        ("Dolly Parton Jolene Live", "2"),
        ("jolene karaoke", "3"),
        ("oculos paralamas", "4"),
        ("siyay skurt", "5"),
        ("残酷な天使のテーゼ", "6"),
        ("天使 Takahashi", "6"),
        ("Bang Bang Ariana Grande", "7"),
        ("tainted love soft cel", "8"),
        ("taintet love soft cell", "8"),
        ("tainted love soft cell official video", "8"),
        ("Taint", "8"),
        ('track:"Jolene" artist:"Zoom Karaoke"', "3"),
        ("artist:Dolly Parton album:Glastonbury", "2"),
        ("jolene year:2014", "2"),
        ("artist:dolly year:1970-1980", "1"),
        ("year:1995", "6"),
        ("isrc:us-rc1-73-00003", "1"),
    ],
)
def test_the_track_meant_comes_first(index: TrackIndex, query: str, first: str):
    assert ids(index, query)[0] == first


@pytest.mark.parametrize("query", ["", "   ", "***", "isrc:XX0000000000", "zzzz", "year:soon", '"'])
def test_a_query_for_nothing_finds_nothing(index: TrackIndex, query: str):
    assert index.search(query) == ([], 0)


@pytest.mark.parametrize(
    "query", ['AND OR "NOT', "NEAR(a b)", "title:x", "a*b^c", "track:", "'; --"]
)
def test_signs_of_the_database_are_just_text(index: TrackIndex, query: str):
    tracks, total = index.search(query)

    assert len(tracks) == total


def test_results_come_in_pages_and_the_total_counts_all(index: TrackIndex):
    everything, total = index.search("jolene")
    first, _ = index.search("jolene", limit=2)
    rest, rest_total = index.search("jolene", limit=2, offset=2)

    assert total == rest_total == len(everything) == 3
    assert [*first, *rest] == everything


def test_more_results_than_the_closely_ranked_are_counted(tmp_path: Path):
    path = tmp_path / "many.csv"
    lines = [f"{number},Love {number},Artist,,{1950 + number % 50},," for number in range(120)]
    path.write_text("\n".join(["id,title,artists,album,release_date,duration_ms,isrc", *lines]))
    index = TrackIndex(tmp_path / "many.sqlite")
    index.import_csv(path)

    assert index.search("love")[1] == 120
    assert len(index.search("love", limit=50, offset=100)[0]) == 20
    assert index.search("love year:1950-1999")[1] == 120
    index.close()


def test_a_track_is_read_back_as_imported(index: TrackIndex):
    track = index.get("spotify:track:7")

    assert track is not None
    assert track == index.get("7")
    assert track.artists == ("Jessie J", "Ariana Grande", "Nicki Minaj")
    assert (track.album, track.release_date, track.duration_ms) == (
        "Sweet Talker",
        "2014-10-14",
        199387,
    )
    assert index.get("nobody") is None


def test_a_second_import_changes_nothing_and_a_changed_row_is_updated(
    index: TrackIndex, catalogue: Path
):
    again = index.import_csv(catalogue)
    catalogue.write_text(ROWS.replace("Tainted Love", "Say Hello"), encoding="utf-8")
    changed = index.import_csv(catalogue)

    assert (again.rows, again.added, again.total) == (8, 0, 8)
    assert (changed.added, changed.total) == (0, 8)
    assert ids(index, "say hello soft cell") == ["8"]
    assert "8" not in ids(index, "tainted")


def test_compressed_files_are_read_and_progress_is_told(tmp_path: Path):
    path = tmp_path / "tracks.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode()))
    index = TrackIndex(tmp_path / "index.sqlite")
    told: list[int] = []

    stats = index.import_csv(path, progress=told.append)

    assert (stats.rows, stats.added, told) == (8, 8, [8])
    assert index.stats().tracks == index.count() == 8
    assert index.stats().artists == 7
    assert index.stats().albums == 7
    assert index.stats().bytes > 0
    index.close()


def test_rows_that_are_no_tracks_are_counted_and_left_out(tmp_path: Path):
    path = tmp_path / "tracks.csv"
    path.write_text(
        "id,title,artists,duration_ms\n,No id,X,\n1,,X,\n2,T,X,long\n3,Good,X,1\n4,Short\n"
    )
    index = TrackIndex(tmp_path / "index.sqlite")

    stats = index.import_csv(path)

    assert (stats.rows, stats.rejected, stats.total) == (5, 3, 2)
    index.close()


def test_a_file_without_the_columns_is_refused(index: TrackIndex, tmp_path: Path):
    path = tmp_path / "other.csv"
    path.write_text("name,artist\nJolene,Dolly Parton\n")

    with pytest.raises(MissingColumnsError, match="missing: artists, id, title"):
        index.import_csv(path)


@pytest.mark.parametrize("name", ["missing.csv", "latin.csv", "broken.csv.gz"])
def test_an_unreadable_file_is_refused_and_nothing_is_kept(
    index: TrackIndex, tmp_path: Path, name: str
):
    if name == "latin.csv":
        (tmp_path / name).write_bytes(b"id,title,artists\n9,Caf\xe9,X\n")
    if name == "broken.csv.gz":
        (tmp_path / name).write_bytes(gzip.compress(ROWS.encode())[:60])

    with pytest.raises(UnreadableFileError):
        index.import_csv(tmp_path / name)

    assert index.count() == 8


def test_an_index_outlives_its_opening_and_other_files_are_refused(tmp_path: Path, catalogue: Path):
    path = tmp_path / "index.sqlite"
    first = TrackIndex(path)
    first.import_csv(catalogue)
    first.close()
    second = TrackIndex(path)
    assert second.count() == 8
    second.close()

    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="layout 99"):
        TrackIndex(other)
    (tmp_path / "text.sqlite").write_text("not a database, but long enough to look like a file")
    with pytest.raises(StorageError, match="SQLite said"):
        TrackIndex(tmp_path / "text.sqlite")


def test_searches_from_many_threads_agree(index: TrackIndex):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: ids(index, "jolene dolly"), range(40)))

    assert found == [found[0]] * 40


def test_many_may_open_a_new_index_at_once(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: TrackIndex(tmp_path / "new.sqlite"), range(8)))

    assert [index.count() for index in opened] == [0] * 8
    for index in opened:
        index.close()


def test_an_index_in_use_knows_the_words_that_another_process_imports(tmp_path: Path):
    """Also those that it has looked up before, and how common they are."""
    path, first, later = tmp_path / "index.sqlite", tmp_path / "first.csv", tmp_path / "later.csv"
    first.write_text("id,title,artists\n1,Jolene,Dolly Parton\n", encoding="utf-8")
    names = [f"{number},Jolene Number {number},Somebody {number}" for number in range(2, 200)]
    later.write_text(
        "\n".join(["id,title,artists", "x,Kathedrale,Nobody", *names]), encoding="utf-8"
    )
    serving = TrackIndex(path)
    serving.import_csv(first)
    queries = ("katedrale nobody", "jolene number somebody", "jolene nowhere", "dolly nowhere")
    for query in queries:
        serving.search(query)

    importing = TrackIndex(path)
    importing.import_csv(later)
    answers = [serving.search(query) for query in queries]
    restarted = TrackIndex(path)

    assert ids(serving, queries[0]) == ["x"]
    assert answers == [restarted.search(query) for query in queries]
    assert serving.size == restarted.count() == 200
    # What made it slow: a word of all tracks was taken for one of a single track.
    assert serving._documents("jolene") == restarted._documents("jolene") == 199
    for index in (serving, importing, restarted):
        index.close()
