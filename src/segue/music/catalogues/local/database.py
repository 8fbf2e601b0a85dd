"""The local catalogue's own database: playlists, logins, and the secret that signs tokens."""

import secrets
import sqlite3
from pathlib import Path

from segue.storage.private_files import make_private_file

SCHEMA = """
CREATE TABLE IF NOT EXISTS playlists (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, name TEXT NOT NULL,
    description TEXT NOT NULL, public INTEGER NOT NULL, collaborative INTEGER NOT NULL,
    version INTEGER NOT NULL, length INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS playlists_by_owner ON playlists (owner, number);
CREATE TABLE IF NOT EXISTS items (
    playlist INTEGER NOT NULL REFERENCES playlists (number), position INTEGER NOT NULL,
    track TEXT NOT NULL, added_at TEXT NOT NULL, added_by TEXT NOT NULL,
    PRIMARY KEY (playlist, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logins (
    digest BLOB PRIMARY KEY, client TEXT NOT NULL, scope TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Open or create the database.

    What a request has been told is done survives a kill of this process; a power cut may lose the
    last moments (``synchronous=NORMAL`` under WAL).
    """
    make_private_file(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.executescript(SCHEMA)
    connection.execute(
        "INSERT INTO secret SELECT ? WHERE NOT EXISTS (SELECT 1 FROM secret)",
        (secrets.token_bytes(32),),
    )
    return connection
