"""Give every row of the shipped catalogue its id, or check that each has the right one.

An id is a function of what identifies a recording here (title, artists, album), in the alphabet and
length of Spotify's ids, so that editing one row never moves the ids of the others.

    python scripts/make_catalogue_ids.py          writes
    python scripts/make_catalogue_ids.py --check  exits with 1 when the file would change
"""

import csv
import hashlib
import io
import string
import sys
from pathlib import Path

CATALOGUE = Path(__file__).parents[1] / "src/segue/music/catalogues/local/catalogue.csv"
COLUMNS = ("id", "title", "artists", "album", "release_date", "duration_ms", "isrc")
ALPHABET = string.digits + string.ascii_letters
ID_LENGTH = 22  # Source: Spotify Web API, "Spotify IDs and URIs": 22 base-62 characters


def track_id(title: str, artists: str, album: str) -> str:
    """The id of a recording: base 62 of the first 128 bits of a SHA-256, zero-padded."""
    digest = hashlib.sha256("\x1f".join((title, artists, album)).encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    characters: list[str] = []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))


def with_ids(text: str) -> str:
    """The same CSV with the id column filled in and the columns in their fixed order."""
    out = io.StringIO(newline="")
    writer: csv.DictWriter[str] = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in csv.DictReader(io.StringIO(text, newline="")):
        row["id"] = track_id(row["title"], row["artists"], row["album"])
        writer.writerow(row)
    return out.getvalue()


def main() -> int:
    """Write, or compare with ``--check``; returns the exit status."""
    current = CATALOGUE.read_text(encoding="utf-8")
    wanted = with_ids(current)
    if "--check" in sys.argv[1:]:
        if current != wanted:
            print(f"{CATALOGUE.name}: ids are stale; run python scripts/make_catalogue_ids.py")
        return int(current != wanted)
    CATALOGUE.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
