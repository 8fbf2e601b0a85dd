"""Rows per second and peak memory of every importer on files of 100,000 rows.

Each format runs in its own process: first once for speed and resident memory, then once more under
tracemalloc (which slows it down) for the memory that Python itself allocates.

    python -m benchmarks.importing [--rows 100000] [--formats exportify,itunes]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.results import record, table
from segue.music.contracts.imports import ImportedSong
from segue.music.files.importers.reading import open_source

Writer = Callable[[int], Iterator[str]]


def _csv(heading: str, row: str) -> Writer:
    def write(rows: int) -> Iterator[str]:
        yield heading + "\n"
        for n in range(rows):
            yield row.format(n=n, id=f"{n:022d}", isrc=f"QZABC{n:07d}") + "\n"

    return write


def _wrapped(before: str, row: str, after: str, separator: str = "") -> Writer:
    def write(rows: int) -> Iterator[str]:
        yield before
        for n in range(rows):
            yield (separator if n else "") + row.replace("%", str(n))
        yield after

    return write


def _itunes(rows: int) -> Iterator[str]:
    yield '<?xml version="1.0"?>\n<plist version="1.0"><dict><key>Tracks</key><dict>'
    for n in range(rows):
        yield (
            f"<key>{n}</key><dict><key>Track ID</key><integer>{n}</integer>"
            f"<key>Name</key><string>Song número {n}</string><key>Artist</key><string>Artist {n}"
            "</string><key>Album</key><string>Album</string><key>Genre</key><string>Pop</string>"
            "<key>Kind</key><string>AAC audio file</string><key>Size</key><integer>1</integer>"
            "<key>Total Time</key><integer>225000</integer><key>Year</key><integer>1999</integer>"
            "<key>Date Added</key><date>2020-01-01T00:00:00Z</date>"
            "<key>Persistent ID</key><string>0123456789ABCDEF</string>"
            f"<key>Location</key><string>file:///Users/x/Music/{n}.m4a</string></dict>\n"
        )
    yield "</dict><key>Playlists</key><array><dict><key>Name</key><string>All</string>"
    yield "<key>Playlist Items</key><array>"
    for n in reversed(range(rows)):
        yield f"<dict><key>Track ID</key><integer>{n}</integer></dict>\n"
    yield "</array></dict></array></dict></plist>"


FILES: dict[str, tuple[str, Writer]] = {
    "exportify": (
        "a.csv",
        _csv(
            "Track URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Popularity",
            'spotify:track:{id},"Song número {n}","Album","Artist {n};Guest",1999-01-01,225000,40',
        ),
    ),
    "exportify-watsonbox": (
        "a.csv",
        _csv(
            '"Track URI","Track Name","Artist URI(s)","Artist Name(s)","Album Name","ISRC"',
            '"spotify:track:{id}","Song {n}","a, b","Artist {n}, Guest","Album","{isrc}"',
        ),
    ),
    "tunemymusic": (
        "a.csv",
        _csv(
            "Track name,Artist name,Album,Playlist name,Type,ISRC",
            '"Song {n}","Artist {n}","Album","Favorites","Favorite","{isrc}"',
        ),
    ),
    "trackden": (
        "a.csv",
        _csv("artist,title,album,isrc,platform,url", "Artist {n},Song {n},Album,{isrc},deezer,"),
    ),
    "soundiiz": ("a.csv", _csv("title;artist;album;isrc", "Song {n};Artist {n};Album;{isrc}")),
    "lastfm": (
        "a.csv",
        _csv("utc_time,artist,album,track", '"11 Jul 2024, 09:07","Artist {n}","Album","Song {n}"'),
    ),
    "youtube-takeout": (
        "a.csv",
        _csv(
            "Video ID,Song Title,Album Title,Artist Name 1,Artist Name 2",
            "dQw4w9WgXcQ,Song {n},Album,Artist {n},Guest",
        ),
    ),
    "csv": ("a.tsv", _csv("Titel\tKünstler\tJahr", "Song {n}\tArtist {n}\t1999")),
    "m3u": ("a.m3u8", _csv("#EXTM3U", "#EXTINF:225,Artist {n} - Song {n}\n/m/{n}.mp3")),
    "xspf": (
        "a.xspf",
        _wrapped(
            "<playlist><title>P</title><trackList>",
            "<track><title>Song %</title><creator>Artist %</creator><album>A</album>"
            "<duration>225000</duration></track>\n",
            "</trackList></playlist>",
        ),
    ),
    "jspf": (
        "a.jspf",
        _wrapped(
            '{"playlist": {"title": "P", "track": [',
            '{"title": "Song %", "creator": "Artist %", "album": "A", "duration": 225000}',
            "]}}",
            ",\n",
        ),
    ),
    "itunes": ("a.xml", _itunes),
    "spotify-library": (
        "a.json",
        _wrapped(
            '{"tracks": [',
            '{"artist": "Artist %", "album": "A", "track": "Song %", '
            '"uri": "spotify:track:0000000000000000000000"}',
            '], "albums": []}',
            ",\n",
        ),
    ),
    "spotify-playlists": (
        "a.json",
        _wrapped(
            '{"playlists": [{"name": "P", "items": [',
            '{"track": {"trackName": "Song %", "artistName": "Artist %", "albumName": "A"}}',
            "]}]}",
            ",\n",
        ),
    ),
    "lastfm-json": (
        "a.json",
        _wrapped(
            '[{"track": [',
            '{"artist": {"#text": "Artist %"}, "album": {"#text": "A"}, "name": "Song %"}',
            "]}]",
            ",\n",
        ),
    ),
    "json": (
        "a.json",
        _wrapped("[", '{"title": "Song %", "artists": ["Artist %", "Guest"]}', "]", ",\n"),
    ),
    "pls": ("a.pls", _csv("[playlist]", "File{n}=/m/{n}.mp3\nTitle{n}=Artist {n} - Song {n}")),
    "wpl": (
        "a.wpl",
        _wrapped(
            "<smil><body><seq>",
            '<media src="a.mp3" trackTitle="Song %" trackArtist="Artist %"/>\n',
            "</seq></body></smil>",
        ),
    ),
    "rekordbox": (
        "a.xml",
        _wrapped(
            "<DJ_PLAYLISTS><COLLECTION>",
            '<TRACK TrackID="%" Name="Song %" Artist="Artist %" TotalTime="225"/>\n',
            "</COLLECTION></DJ_PLAYLISTS>",
        ),
    ),
    "json-lines": (
        "a.jsonl",
        _wrapped("", '{"artist_name": "Artist %", "track_name": "Song %"}\n', ""),
    ),
    "lines": ("a.txt", _csv("Artist - First song", "{n}. Artist {n} - Song {n}")),
}


def _read(path: Path) -> tuple[int, str]:
    with open_source(path) as source:
        return sum(isinstance(record, ImportedSong) for record in source), source.format


def _measure(path: Path) -> dict[str, object]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    songs, name = _read(path)
    seconds = time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    tracemalloc.start()
    _read(path)
    peak = tracemalloc.get_traced_memory()[1]
    return {
        "format": name,
        "songs": songs,
        "seconds": seconds,
        "rss_mib": grown / 1024,
        "python_mib": peak / (1 << 20),
    }


def _in_own_process(path: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.importing", "--measure", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--formats", default=",".join(FILES), help="comma-separated names")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    arguments = _parse()
    if arguments.measure:
        print(json.dumps(_measure(arguments.measure)))
        return
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.formats.split(","):
            file_name, write = FILES[name]
            path = Path(folder) / file_name
            with path.open("w", encoding="utf-8") as file:
                file.writelines(write(arguments.rows))
            found = _in_own_process(path)
            assert found["format"] == name, found
            assert found["songs"] in {arguments.rows, arguments.rows + 1}, found
            size = path.stat().st_size / (1 << 20)
            rate = arguments.rows / float(str(found["seconds"]))
            grown, peak = f"{found['rss_mib']:.1f}", f"{found['python_mib']:.1f}"
            rows.append([name, f"{size:.1f}", f"{rate:,.0f}", grown, peak])
    headings = ["format", "file MiB", "rows/s", "grown RSS MiB", "Python peak MiB"]
    body = f"{arguments.rows:,} rows a file.\n\n{table(headings, rows)}"
    record("benchmarks/importing.py", body)


if __name__ == "__main__":
    main()
