"""Tracks as CSV files list them: the format of ``segue catalogue import``."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from segue.errors.input import MissingColumnsError, UnreadableFileError

COLUMNS: Final = ("id", "title", "artists", "album", "release_date", "duration_ms", "isrc")
URI_PREFIX: Final = "spotify:track:"


def open_text(path: Path) -> TextIO:
    """Open a CSV file, compressed or not.

    Raises:
        UnreadableFileError: It is missing or not permitted.
    """
    try:
        if path.suffix.lower() == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UnreadableFileError(
            f"{path} should be a CSV file, it cannot be opened: {error}"
        ) from error


def read_lines(file: TextIO, path: Path) -> Iterator[dict[str, str]]:
    """The rows of an opened file, one by one.

    Raises:
        UnreadableFileError: The content is no CSV text in UTF-8.
        MissingColumnsError: No id, title or artists column.
    """
    reader = csv.DictReader(file)
    try:
        missing = {"id", "title", "artists"} - set(reader.fieldnames or ())
        if missing:
            raise MissingColumnsError(
                f"{path} should have the columns id, title and artists; "
                f"missing: {', '.join(sorted(missing))}",
                hint="Name the columns id, title, artists, album, release_date, duration_ms, isrc.",
            )
        yield from reader
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"{path} should be CSV text in UTF-8: {error}") from error


def read_track(line: dict[str, str]) -> tuple[str | int | None, ...] | None:
    """A row in the order of :data:`COLUMNS`, or None when it cannot be a track."""
    track_id, title = (line["id"] or "").strip(), (line["title"] or "").strip()
    duration = (line.get("duration_ms") or "").strip()
    if not track_id or not title or (duration and not duration.isdecimal()):
        return None
    album, release_date, isrc = (
        (line.get(name) or "").strip() or None for name in ("album", "release_date", "isrc")
    )
    return (
        track_id.removeprefix(URI_PREFIX), title, (line["artists"] or "").strip(), album,
        release_date, int(duration) if duration else None,
        isrc.replace("-", "").upper() if isrc else None,
    )  # fmt: skip
