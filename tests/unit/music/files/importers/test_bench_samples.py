"""Real exports, where they are at hand."""

from pathlib import Path

import pytest

from segue.music.contracts.songs import SongMetadata
from tests.unit.music.files.importers.opened import read_path

_FILES = {
    "exportify_2024_trackid_tabs_in_header.csv": ("exportify", 40),
    "exportify_new_2026.csv": ("exportify", 40),
    "exportify_watsonbox_isrc.csv": ("exportify-watsonbox", 40),
    "itunes_library_reduced.xml": ("itunes", 60),
    "lastfm_export.csv": ("lastfm", 40),
    "tunemymusic_apple_music.csv": ("tunemymusic", 40),
    "tunemymusic_deezer_isrc_is_deezer_id.csv": ("tunemymusic", 40),
    "tunemymusic_spotify_old_no_id.csv": ("tunemymusic", 40),
    "tunemymusic_spotify_with_id.csv": ("tunemymusic", 40),
    "tunemymusic_youtube_artist_in_title.csv": ("tunemymusic", 40),
}


@pytest.mark.parametrize("file_name", _FILES)
def test_every_row_of_a_real_export_is_a_song(bench_dir: Path, file_name: str):
    outcome = read_path(bench_dir / "samples" / file_name)

    assert (outcome.format, len(outcome.songs)) == _FILES[file_name]
    assert outcome.refused == ()


def test_a_real_exportify_row_is_read_in_full(bench_dir: Path):
    outcome = read_path(bench_dir / "samples" / "exportify_2024_trackid_tabs_in_header.csv")

    assert outcome.songs[2] == SongMetadata(
        title="Say I'm Your No. 1 (Full Length Version)",
        artist="Princess",
        album="Say I'm Your No. 1 (Remixes)",
        year=1985,
        duration_ms=376_866,
        uri="spotify:track:7KJG1Nr4gHlEmUGNJH9WXh",
        artists=("Princess",),
    )
    joined = [song for song in outcome.songs if song.artist == "Phil Fearon,Galaxy"]
    assert [song.artists for song in joined] == [("Phil Fearon", "Galaxy")]


def test_real_artists_joined_by_semicolons_come_apart(bench_dir: Path):
    outcome = read_path(bench_dir / "samples" / "exportify_new_2026.csv")

    assert ("Thundercat", "A$AP Rocky") in {song.artists for song in outcome.songs}


def test_real_artists_joined_by_commas_come_apart_by_their_addresses(bench_dir: Path):
    outcome = read_path(bench_dir / "samples" / "exportify_watsonbox_isrc.csv")

    assert all(song.artists and song.isrc for song in outcome.songs)
    assert ("Jessie J", "Ariana Grande", "Nicki Minaj") in {song.artists for song in outcome.songs}


def test_a_real_deezer_id_is_never_an_isrc(bench_dir: Path):
    outcome = read_path(bench_dir / "samples" / "tunemymusic_deezer_isrc_is_deezer_id.csv")

    assert {song.isrc for song in outcome.songs} == {None}
    assert outcome.songs[0].uri == "https://www.deezer.com/track/2537754501"


def test_real_youtube_rows_keep_artist_and_title_together(bench_dir: Path):
    outcome = read_path(bench_dir / "samples" / "tunemymusic_youtube_artist_in_title.csv")

    assert outcome.songs[3] == SongMetadata(title="Diljit Dosanjh - Champagne")
    assert outcome.name == "travel"


def test_a_real_itunes_playlist_is_read_with_lengths_and_years(bench_dir: Path):
    outcome = read_path(bench_dir / "samples" / "itunes_library_reduced.xml")

    assert outcome.name == "Sample"
    assert outcome.songs[0] == SongMetadata(
        title="Goldie", artist="A$AP Rocky", album="LONG.LIVE.A$AP", year=2012, duration_ms=192_067
    )
    assert all(song.year and song.duration_ms for song in outcome.songs)
