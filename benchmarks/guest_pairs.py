"""Songs that a catalogue holds plain and with a named guest, as a stress test of the matcher.

The two are different recordings when their lengths differ by more than pressings do. Each is asked
for by name, with nothing else to go by: ``Touch`` by ``Little Mix``, and by ``Little Mix feat. Kid
Ink``. Whatever else is added is wrong, other cuts included.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.artists import name_key, read_credit
from segue.music.matching.policy import STANDARD
from segue.music.matching.titles import read_title

_ID: Final = "spotify:track:"


@dataclass(frozen=True)
class Recording:
    """A track of the catalogue: its id, its length, and whom it names besides the main artist."""

    track_id: str
    title: str
    artist: str
    guests: tuple[str, ...]
    duration_ms: int | None


@dataclass(frozen=True)
class GuestWish:
    """A wish for one of the two recordings, and the ids that fulfil it."""

    song: SongMetadata
    right: frozenset[str]
    asks_for_guest: bool


def guest_wishes(catalogue: Path) -> list[GuestWish]:
    """The wishes for both recordings of every such song, in the catalogue's order."""
    songs: dict[tuple[str, str], list[Recording]] = defaultdict(list)
    for row in _rows(catalogue):
        if recording := _read(row):
            key = (read_title(recording.title).base, name_key(recording.artist))
            songs[key].append(recording)
    return [wish for recordings in songs.values() for wish in _wishes(recordings)]


def _rows(catalogue: Path) -> Iterator[dict[str, str]]:
    opener = gzip.open if catalogue.suffix == ".gz" else open
    with opener(catalogue, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _read(row: dict[str, str]) -> Recording | None:
    """The row as a recording; None for another version or cut."""
    title, (artist, *others) = read_title(row["title"]), row["artists"].split("|")
    if title.kinds or title.cut or title.base != title.full:
        return None
    guests = tuple(others) or read_credit(", ".join(title.guests)).names
    duration_ms = int(row["duration_ms"]) if row["duration_ms"].isdecimal() else None
    return Recording(row["id"], title.plain, artist, guests, duration_ms)


def _wishes(recordings: list[Recording]) -> Iterator[GuestWish]:
    plain = [each for each in recordings if not each.guests]
    joint = [each for each in recordings if each.guests]
    lengths = [each.duration_ms for each in plain if each.duration_ms]
    joint_lengths = [each.duration_ms for each in joint if each.duration_ms]
    if not lengths or not joint_lengths:
        return
    if not all(_differ(one, other) for one in lengths for other in joint_lengths):
        return
    yield _wish(plain[0], plain)
    cast = {name_key(guest) for guest in joint[0].guests}
    yield _wish(
        joint[0], [each for each in joint if cast == {name_key(name) for name in each.guests}]
    )


def _differ(one_ms: int, other_ms: int) -> bool:
    """Whether two lengths differ by more than pressings of one recording do."""
    grace_ms = max(STANDARD.duration_grace_ms, STANDARD.duration_grace_share * one_ms)
    return abs(one_ms - other_ms) > grace_ms


def _wish(recording: Recording, right: list[Recording]) -> GuestWish:
    guests = f" feat. {', '.join(recording.guests)}" if recording.guests else ""
    song = SongMetadata(title=recording.title, artist=f"{recording.artist}{guests}")
    return GuestWish(song, frozenset(each.track_id for each in right), bool(recording.guests))


def outcome(wish: GuestWish, verdict: Verdict) -> str:
    """``right``, ``wrong`` or ``doubt``."""
    if verdict.decision != "accept" or verdict.track is None:
        return "doubt"
    return "right" if verdict.track.uri.removeprefix(_ID) in wish.right else "wrong"
