"""An invented catalogue of any size, the same for the same seed."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from segue.music.contracts.songs import SongMetadata, Track

FIRST = ("Silver", "Paper", "Golden", "Winter", "Broken", "Distant", "Velvet", "Hollow", "Summer")
SECOND = ("River", "Engine", "Harbour", "Window", "Lantern", "Garden", "Signal", "Mirror", "Anchor")
THIRD = ("Song", "Parade", "Letters", "Avenue", "Morning", "Dance", "Machine", "Stories", "Echo")
BANDS = ("Foxes", "Pilots", "Sisters", "Engineers", "Kites", "Ferrymen", "Wolves", "Painters")
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def tracks(count: int, *, seed: int = 1) -> Iterator[Track]:
    """``count`` distinct recordings; titles repeat over artists, as titles do."""
    dice = random.Random(seed)  # noqa: S311 - a reproducible catalogue, no secret
    for number in range(count):
        title = f"{dice.choice(FIRST)} {dice.choice(SECOND)} {dice.choice(THIRD)}"
        artist = f"The {dice.choice(FIRST)} {dice.choice(BANDS)} {number % 997}"
        yield Track(
            uri="spotify:track:" + _id(number),
            title=title,
            artists=(artist,),
            album=f"{dice.choice(SECOND)} {dice.choice(THIRD)}",
            release_date=str(dice.randint(1960, 2025)),
            duration_ms=dice.randint(120_000, 360_000),
        )


def song(track: Track) -> SongMetadata:
    """The track as a playlist file would name it."""
    return SongMetadata(
        title=track.title,
        artist=track.artists[0],
        album=track.album,
        duration_ms=track.duration_ms,
    )


def write_catalogue(path: Path, held: list[Track]) -> Path:
    """The catalogue file of these tracks."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "title", "artists", "album", "release_date", "duration_ms", "isrc"))
        rows.writerows(
            (
                track.uri.removeprefix("spotify:track:"),
                track.title,
                "|".join(track.artists),
                track.album,
                track.release_date,
                track.duration_ms,
                "",
            )
            for track in held
        )
    return path


def _id(number: int) -> str:
    digits = ""
    for _ in range(22):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits
