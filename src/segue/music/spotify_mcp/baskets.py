"""Baskets: tracks collected over several calls, behind a handle in SQL or in a session's memory."""

import hashlib
import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.catalogue import NotFoundError
from segue.errors.input import InputError
from segue.errors.run import MCPServerError
from segue.music.catalogues.port import ADD_LIMIT
from segue.music.spotify_mcp.answers import AddedTracks
from segue.music.spotify_mcp.tables import BASKETS
from segue.storage.database import Database

LIFETIME_SECONDS = 7 * 86_400.0
MOST_SESSIONS = 1_000  # baskets in memory; the one not used for longest goes first
_HANDLE_BYTES = 24  # nobody guesses 192 bits


@dataclass(frozen=True)
class Basket:
    """What a basket holds, in order, each track once.

    Attributes:
        expires_at: Epoch seconds.
        committed: What the addition to a playlist answered; the basket is closed then.
    """

    uris: tuple[str, ...]
    expires_at: float
    committed: AddedTracks | None = None


class BasketStore:
    """Baskets in the database: any server on it knows them, as long as they live.

    A handle is a secret in itself, so the database holds its digest only. All methods raise
    ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated.
        catalogue: Name of the catalogue that the tracks are from.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, catalogue: str, *, clock: Callable[[], float]) -> None:
        self._database = database.of("baskets")
        self._catalogue = catalogue
        self._clock = clock

    async def open(self) -> tuple[str, Basket]:
        """A new, empty basket and its handle; it lives for seven days."""
        handle, now = secrets.token_urlsafe(_HANDLE_BYTES), self._clock()
        basket = Basket((), now + LIFETIME_SECONDS)
        row = {
            "handle_digest": digest(handle),
            "catalogue": self._catalogue,
            "uris": "[]",
            "expires_at": basket.expires_at,
        }
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(BASKETS).where(BASKETS.c.expires_at < now))
            await connection.execute(sa.insert(BASKETS), row)
        return handle, basket

    async def show(self, handle: str) -> Basket:
        """What a basket holds.

        Raises:
            NotFoundError: No basket has this handle, or no longer.
        """
        async with self._database.reading() as connection:
            return await self._basket(connection, handle)

    async def add(self, handle: str, uris: Sequence[str]) -> Basket:
        """Put tracks at the end, except those that are in it: twice is as good as once.

        Raises:
            InputError: It would hold more than 100, or is committed.
            NotFoundError: No such basket.
        """
        return await self._change(handle, lambda content: append(content, uris))

    async def clear(self, handle: str) -> Basket:
        """Take everything out.

        Raises:
            InputError: It is committed.
            NotFoundError: No such basket.
        """
        return await self._change(handle, lambda _: ())

    async def commit(self, handle: str, answer: AddedTracks) -> None:
        """Close a basket with what its addition answered.

        Raises:
            InputError: Tracks were put into it meanwhile, which would be lost.
            NotFoundError: No such basket.
        """
        async with self._database.writing() as connection:
            basket = await self._basket(connection, handle, locked=True)
            if not answer.positions.keys() >= set(basket.uris):
                raise InputError(
                    "Tracks were put into the basket while it was committed; it stays open.",
                    hint="Look with basket_show and commit again: nothing is added twice.",
                )
            await self._write(connection, handle, committed=answer.model_dump_json())

    async def _change(
        self, handle: str, change: Callable[[tuple[str, ...]], tuple[str, ...]]
    ) -> Basket:
        async with self._database.writing() as connection:
            basket = await self._basket(connection, handle, locked=True)
            if basket.committed is not None:
                raise InputError(
                    "The basket is committed and takes no change.",
                    hint="Open another with basket_open.",
                )
            uris = change(basket.uris)
            await self._write(connection, handle, uris=json.dumps(uris))
        return Basket(uris, basket.expires_at)

    async def _write(self, connection: AsyncConnection, handle: str, **values: str) -> None:
        ours = BASKETS.c.handle_digest == digest(handle)
        await connection.execute(sa.update(BASKETS).where(ours).values(**values))

    async def _basket(
        self, connection: AsyncConnection, handle: str, *, locked: bool = False
    ) -> Basket:
        statement = sa.select(BASKETS).where(
            BASKETS.c.handle_digest == digest(handle),
            BASKETS.c.catalogue == self._catalogue,
            BASKETS.c.expires_at >= self._clock(),
        )
        result = await connection.execute(statement.with_for_update() if locked else statement)
        row = result.one_or_none()
        if row is None:
            raise NotFoundError(
                "No basket has this handle, or it has expired.",
                hint="Open another with basket_open; a basket lives for seven days.",
            )
        return _basket(row)


class SessionBaskets:
    """Baskets in this server's memory, one for each session: what ends with it is lost."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def add(self, session: str, uris: Sequence[str]) -> tuple[str, ...]:
        """Put tracks at the end, except those that are in it; begins a basket where none is.

        Raises:
            InputError: It would hold more than 100.
        """
        basket = append(self._held.get(session, ()), uris)
        self._held[session] = basket
        self._held.move_to_end(session)
        if len(self._held) > MOST_SESSIONS:
            self._held.popitem(last=False)
        return basket

    def show(self, session: str) -> tuple[str, ...]:
        """What the session's basket holds.

        Raises:
            MCPServerError: There is none: never filled, or lost with its session.
        """
        if session not in self._held:
            raise MCPServerError(
                "This session has no basket: nothing was put into it, or the session that held it"
                " is lost.",
                hint="Begin again with the first track; basket_open gives one that outlives this.",
            )
        return self._held[session]

    def take(self, session: str, uris: Sequence[str]) -> None:
        """Take out what was added to a playlist; what was put in meanwhile stays."""
        rest = tuple(uri for uri in self._held.pop(session, ()) if uri not in uris)
        if rest:
            self._held[session] = rest

    def clear(self, session: str) -> None:
        """Forget the session's basket.

        Raises:
            MCPServerError: There is none.
        """
        self.show(session)
        del self._held[session]


def append(basket: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    """Append ``more`` to ``basket``, each track once and in order.

    Raises:
        InputError: More than 100: what one request of the catalogue can add.
    """
    uris = tuple(dict.fromkeys([*basket, *more]))
    if len(uris) > ADD_LIMIT:
        raise InputError(
            f"Expected at most {ADD_LIMIT} tracks in a basket; it would hold {len(uris)}.",
            hint="Commit it and open another, or use start_sync for a long playlist.",
        )
    return uris


def digest(handle: str) -> str:
    """The digest of a handle, which the database holds in its place."""
    return hashlib.sha256(handle.encode()).hexdigest()


def _basket(row: sa.Row[Any]) -> Basket:
    answer = AddedTracks.model_validate_json(row.committed) if row.committed else None
    return Basket(tuple(json.loads(row.uris)), row.expires_at, answer)
