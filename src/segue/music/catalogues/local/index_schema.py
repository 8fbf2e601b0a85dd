"""What the file of the local catalogue's index holds, and how its words are made."""

import sqlite3
from typing import Final

from segue.music.matching.normalise import latin, search_words

SCHEMA_VERSION: Final = 1

# Two processes may open a new file at once: one waits, and finds everything made.
SCHEMA: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS tracks (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, artists TEXT NOT NULL,
    album TEXT, release_date TEXT, duration_ms INTEGER, isrc TEXT);
CREATE INDEX IF NOT EXISTS tracks_by_isrc ON tracks (isrc) WHERE isrc IS NOT NULL;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    title, artists, album, latin, tokenize = "unicode61 remove_diacritics 0");
INSERT INTO words (words, rank) VALUES ('rank', 'bm25(10.0, 8.0, 2.0, 6.0)');
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab (words, 'row');
CREATE VIRTUAL TABLE IF NOT EXISTS spellings USING fts5 (word, tokenize = "trigram");
CREATE TRIGGER IF NOT EXISTS tracks_added AFTER INSERT ON tracks BEGIN
    INSERT INTO words (rowid, title, artists, album, latin) VALUES (
        new.row, index_words(new.title), index_words(new.artists), index_words(new.album),
        latin_words(new.title, new.artists));
END;
CREATE TRIGGER IF NOT EXISTS tracks_changed AFTER UPDATE ON tracks BEGIN
    UPDATE words SET title = index_words(new.title), artists = index_words(new.artists),
        album = index_words(new.album), latin = latin_words(new.title, new.artists)
    WHERE rowid = new.row;
END;
"""
UPSERT: Final = """
INSERT INTO tracks (id, title, artists, album, release_date, duration_ms, isrc)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, artists = excluded.artists,
    album = excluded.album, release_date = excluded.release_date,
    duration_ms = excluded.duration_ms, isrc = excluded.isrc
WHERE (title, artists, album, release_date, duration_ms, isrc) IS NOT
    (excluded.title, excluded.artists, excluded.album, excluded.release_date,
     excluded.duration_ms, excluded.isrc)
"""


def index_words(text: str | None) -> str:
    """What the index holds of a text; artists stay parted by ``|``, which is no word."""
    return "|".join(" ".join(search_words(part)) for part in (text or "").split("|"))


def latin_words(title: str, artists: str) -> str:
    """Title and artists in Latin letters, where they are written otherwise."""
    return " ".join(latin(text) for text in (title, artists) if not text.isascii())


def rebuild_spellings(connection: sqlite3.Connection) -> None:
    """Make the table of spellings anew from the words that the index holds."""
    connection.execute("DELETE FROM spellings")
    connection.execute(
        "INSERT INTO spellings SELECT '^' || term || '$' FROM vocabulary WHERE length(term) > 3"
    )
