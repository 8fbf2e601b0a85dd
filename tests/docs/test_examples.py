"""The example playlists are read in full, and their traps stay traps for the shipped catalogue."""

import csv
import io
import re
from importlib.resources import files
from pathlib import Path

import pytest

from segue.music.contracts.imports import ImportedSong
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.files.importers.reading import open_source
from segue.music.matching.decide import judge

EXAMPLES = Path(__file__).parents[2] / "examples"
README = (EXAMPLES / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| \[[^\]]+\]\(([^)]+)\) \|.*\| (\d+)", README, re.MULTILINE)


def _catalogue() -> tuple[Track, ...]:
    text = (files("segue.music.catalogues.local") / "catalogue.csv").read_text(encoding="utf-8")
    return tuple(
        Track(
            uri=f"spotify:track:{row['id']}",
            title=row["title"],
            artists=tuple(row["artists"].split("|")),
            album=row["album"],
            release_date=row["release_date"],
            duration_ms=int(row["duration_ms"]),
        )
        for row in csv.DictReader(io.StringIO(text, newline=""))
    )


def _songs(name: str) -> list[SongMetadata]:
    with open_source(EXAMPLES / name) as source:
        return [row.song for row in source if isinstance(row, ImportedSong)]


def _judge(name: str, words: str) -> list[Verdict]:
    """Verdicts for the songs whose title holds ``words``, against the whole catalogue."""
    wanted = [song for song in _songs(name) if words in song.title]
    return [judge(song, _catalogue()) for song in wanted]


def test_the_readme_names_every_example() -> None:
    there = {path.name for path in EXAMPLES.iterdir()} - {"README.md"}

    assert {Path(name).name for name, _ in ROWS} == there | {"demo_playlist.csv"}


@pytest.mark.parametrize(("name", "count"), ROWS)
def test_an_example_holds_as_many_songs_as_the_readme_says(name: str, count: str) -> None:
    assert len(_songs(name)) == int(count)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../src/segue/music/demo_playlist.csv", "Hotel California"),
        ("../src/segue/music/demo_playlist.csv", "Landslide"),
        ("../src/segue/music/demo_playlist.csv", "Free Bird"),
        ("../src/segue/music/demo_playlist.csv", "Sweet Caroline"),
        ("../src/segue/music/demo_playlist.csv", "Piano Man"),
        ("../src/segue/music/demo_playlist.csv", "Little Talks"),
        ("dinner.csv", "Tiny Dancer"),
        ("nineties.m3u8", "About A Girl"),
        ("world.xspf", "Soul Makossa"),
        ("party.txt", "La Bamba"),
        ("party.txt", "Sweet Caroline"),
    ],
)
def test_what_is_absent_or_only_live_or_karaoke_is_never_accepted(name: str, words: str) -> None:
    verdicts = _judge(name, words)

    assert [verdict.decision == "accept" for verdict in verdicts] == [False]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../src/segue/music/demo_playlist.csv", "Mr. Brightside"),
        ("nineties.m3u8", "Smells Like Teen Spirit"),
        ("party.txt", "Dancing Queen"),
    ],
)
def test_a_repeat_that_is_meant_finds_the_same_track_twice(name: str, words: str) -> None:
    verdicts = _judge(name, words)

    assert [verdict.decision for verdict in verdicts] == ["accept", "accept"]
    assert verdicts[0].track == verdicts[1].track
