"""Playlists of the local catalogue: ordered, duplicates allowed, a new snapshot at every change."""

import base64
import hashlib
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from segue.music.catalogues.clock import Clock, utc_now
from segue.music.catalogues.local.ids import new_id


class OutOfBoundsError(Exception):
    """A position lies outside the playlist."""


@dataclass(frozen=True, slots=True)
class StoredPlaylist:
    """A playlist without its items.

    Attributes:
        number: Internal key.
        version: Changes so far; the snapshot id is made of it.
        length: Number of items.
    """

    number: int
    id: str
    owner: str
    name: str
    description: str
    public: bool
    collaborative: bool
    version: int
    length: int

    @property
    def snapshot_id(self) -> str:
        """Opaque, and different after every change."""
        digest = hashlib.sha256(f"{self.id}:{self.version}".encode()).digest()
        return base64.b64encode(self.version.to_bytes(4) + digest[:20]).decode()


@dataclass(frozen=True, slots=True)
class NewPlaylist:
    """What the user says about a playlist to be made."""

    owner: str
    name: str
    description: str = ""
    public: bool = True
    collaborative: bool = False


class StoredItem(NamedTuple):
    """One slot.

    Attributes:
        added_at: ISO 8601, UTC, whole seconds.
    """

    track: str
    added_at: str
    added_by: str


_COLUMNS = "number, id, owner, name, description, public, collaborative, version, length"
Edit = Callable[[list[StoredItem]], list[StoredItem]]


class PlaylistStore:
    """Reads and edits playlists; every edit is one transaction."""

    def __init__(self, connection: sqlite3.Connection, *, now: Clock = utc_now) -> None:
        self._connection = connection
        self._now = now

    def create(self, wish: NewPlaylist) -> StoredPlaylist:
        """An empty playlist."""
        identifier = new_id()
        self._connection.execute(
            "INSERT INTO playlists (id, owner, name, description, public, collaborative, version,"
            " length) VALUES (?, ?, ?, ?, ?, ?, 1, 0)",
            (
                identifier,
                wish.owner,
                wish.name,
                wish.description,
                wish.public,
                wish.collaborative,
            ),
        )
        return self._existing(identifier)

    def get(self, playlist_id: str) -> StoredPlaylist | None:
        """One playlist, if there is such."""
        row = self._row(playlist_id)
        return _playlist(row) if row else None

    def count(self) -> int:
        """Number of playlists."""
        (number,) = self._connection.execute("SELECT COUNT(*) FROM playlists").fetchone()
        return number

    def owned_by(self, owner: str, *, offset: int, limit: int) -> tuple[list[StoredPlaylist], int]:
        """A user's playlists, newest first, and how many there are."""
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM playlists WHERE owner = ?"  # noqa: S608 - constant columns
            " ORDER BY number DESC LIMIT ? OFFSET ?",
            (owner, limit, offset),
        ).fetchall()
        (total,) = self._connection.execute(
            "SELECT COUNT(*) FROM playlists WHERE owner = ?", (owner,)
        ).fetchone()
        return [_playlist(row) for row in rows], total

    def items(self, playlist: StoredPlaylist, *, offset: int, limit: int) -> list[StoredItem]:
        """The slots from ``offset`` on, at most ``limit``."""
        rows = self._connection.execute(
            "SELECT track, added_at, added_by FROM items WHERE playlist = ? AND position >= ?"
            " AND position < ? ORDER BY position",
            (playlist.number, offset, offset + limit),
        )
        return [StoredItem(*row) for row in rows]

    def insert(
        self, playlist_id: str, tracks: Sequence[str], *, position: int | None, user: str
    ) -> StoredPlaylist:
        """Put tracks before ``position``, or at the end.

        Raises:
            OutOfBoundsError: There is no such position.
        """
        with self._transaction():
            playlist = self._existing(playlist_id)
            at = playlist.length if position is None else position
            if not 0 <= at <= playlist.length:
                raise OutOfBoundsError
            self._rewrite(playlist, at, lambda tail: [*self._new_items(tracks, user), *tail])
            return self._existing(playlist_id)

    def replace(self, playlist_id: str, tracks: Sequence[str], *, user: str) -> StoredPlaylist:
        """Make the playlist hold these tracks and nothing else."""
        with self._transaction():
            self._rewrite(self._existing(playlist_id), 0, lambda _: self._new_items(tracks, user))
            return self._existing(playlist_id)

    def remove(self, playlist_id: str, tracks: Sequence[str]) -> StoredPlaylist:
        """Take out every occurrence of these tracks."""
        uris = frozenset(tracks)
        with self._transaction():
            self._rewrite(
                self._existing(playlist_id),
                0,
                lambda items: [item for item in items if item.track not in uris],
            )
            return self._existing(playlist_id)

    def move(self, playlist_id: str, *, start: int, length: int, before: int) -> StoredPlaylist:
        """Move a run of items so that it stands before the item now at ``before``.

        Raises:
            OutOfBoundsError: The run or the target is not inside the playlist.
        """

        def move_run(items: list[StoredItem]) -> list[StoredItem]:
            run = items[start : start + length]
            rest = items[:start] + items[start + length :]
            at = before if before <= start else max(before - length, start)
            return rest[:at] + run + rest[at:]

        with self._transaction():
            playlist = self._existing(playlist_id)
            inside = start >= 0 and length >= 1 and start + length <= playlist.length
            if not (inside and 0 <= before <= playlist.length):
                raise OutOfBoundsError
            self._rewrite(playlist, 0, move_run)
            return self._existing(playlist_id)

    def _rewrite(self, playlist: StoredPlaylist, start: int, edit: Edit) -> None:
        """Replace the items from ``start`` on by what ``edit`` makes of them."""
        key = playlist.number
        old = self.items(playlist, offset=start, limit=playlist.length)
        new = edit(old)
        self._connection.execute(
            "DELETE FROM items WHERE playlist = ? AND position >= ?", (key, start)
        )
        self._connection.executemany(
            "INSERT INTO items VALUES (?, ?, ?, ?, ?)",
            ((key, position, *item) for position, item in enumerate(new, start)),
        )
        self._connection.execute(
            "UPDATE playlists SET version = version + 1, length = ? WHERE number = ?",
            (start + len(new), key),
        )

    def _new_items(self, tracks: Sequence[str], user: str) -> list[StoredItem]:
        at = _timestamp(self._now())
        return [StoredItem(track, at, user) for track in tracks]

    def _existing(self, playlist_id: str) -> StoredPlaylist:
        return _playlist(self._row(playlist_id))  # playlists are never deleted

    def _row(self, playlist_id: str) -> Any:  # noqa: ANN401 - sqlite3 rows are untyped
        return self._connection.execute(
            f"SELECT {_COLUMNS} FROM playlists WHERE id = ?",  # noqa: S608 - constant columns
            (playlist_id,),
        ).fetchone()

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _playlist(row: tuple[int, str, str, str, str, int, int, int, int]) -> StoredPlaylist:
    number, identifier, owner, name, description, public, collaborative, version, length = row
    return StoredPlaylist(
        number=number,
        id=identifier,
        owner=owner,
        name=name,
        description=description,
        public=bool(public),
        collaborative=bool(collaborative),
        version=version,
        length=length,
    )


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
