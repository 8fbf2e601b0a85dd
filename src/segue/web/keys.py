"""API keys: made once, shown once, kept as a digest."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection

import sqlalchemy as sa
from sqlalchemy.engine import Row

from segue.errors.api import KeyNotFoundError, UnauthenticatedError
from segue.errors.input import InputError
from segue.storage.database import Database
from segue.web.scopes import ApiKey, NewKey, Scope
from segue.web.tables import KEYS

PREFIX = "segue"  # what a scanner for leaked secrets can look for
_ID_BYTES = 6
_SECRET_BYTES = 32  # 256 bits: nothing to guess, so that a plain fast digest is enough
_LONGEST_TEXT = 200  # a key has 64 characters; more is not even hashed
_LONGEST_NAME = 100
_NOT_VALID = "A valid API key is expected, and none came."
_NOBODY = "0" * 64  # compared with where there is no such key, so that both take alike


class ApiKeys:
    """The keys of one database; all methods raise ``StorageError`` while it is away.

    Args:
        database: Migrated; the caller closes it.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database.of("API keys")
        self._clock = clock

    async def create(
        self, name: str, scopes: Collection[Scope], *, expires_after: float | None = None
    ) -> NewKey:
        """Make a key.

        Args:
            name: Who or what it is for, 1 to 100 characters.
            scopes: At least one.
            expires_after: Seconds, > 0; None: never.

        Raises:
            InputError: No name, no scope, or a time that is none.
        """
        if not 1 <= len(name.strip()) <= _LONGEST_NAME or not name.isprintable():
            raise InputError("expected a name of 1 to 100 printable characters, got another")
        if not scopes or (expires_after is not None and expires_after <= 0):
            raise InputError("expected at least one scope and a time > 0")
        now = self._clock()
        key = ApiKey(
            id=secrets.token_hex(_ID_BYTES),
            name=name.strip(),
            scopes=frozenset(scopes),
            created_at=now,
            expires_at=None if expires_after is None else now + expires_after,
        )
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        async with self._database.writing() as connection:
            await connection.execute(
                sa.insert(KEYS).values(
                    id=key.id,
                    name=key.name,
                    scopes=" ".join(sorted(key.scopes)),
                    digest=_digest(secret),
                    created_at=key.created_at,
                    expires_at=key.expires_at,
                )
            )
        return NewKey(key, f"{PREFIX}_{key.id}_{secret}")

    async def all(self) -> list[ApiKey]:
        """Every key, revoked ones too, oldest first."""
        async with self._database.reading() as connection:
            records = await connection.execute(
                sa.select(KEYS).order_by(KEYS.c.created_at, KEYS.c.id)
            )
            return [_key(row) for row in records]

    async def any_active(self) -> bool:
        """Whether some key opens something now."""
        now = self._clock()
        return any(key.is_active(now) for key in await self.all())

    async def is_active(self, key_id: str) -> bool:
        """Whether there is such a key and it opens something now."""
        async with self._database.reading() as connection:
            records = await connection.execute(sa.select(KEYS).where(KEYS.c.id == key_id))
            row = records.one_or_none()
        return row is not None and _key(row).is_active(self._clock())

    async def revoke(self, key_id: str) -> ApiKey:
        """End a key at once; a second time changes nothing.

        Raises:
            KeyNotFoundError: There is none.
        """
        async with self._database.writing() as connection:
            await connection.execute(
                sa
                .update(KEYS)
                .where(KEYS.c.id == key_id, KEYS.c.revoked_at.is_(None))
                .values(revoked_at=self._clock())
            )
            records = await connection.execute(sa.select(KEYS).where(KEYS.c.id == key_id))
            row = records.one_or_none()
        if row is None:
            raise KeyNotFoundError(f"There is no API key {key_id!r}.")
        return _key(row)

    async def verify(self, text: str) -> ApiKey:
        """The key that ``text`` is.

        Raises:
            UnauthenticatedError: It is none, or one that was revoked or has expired; the message
                does not say which.
        """
        prefix, _, rest = text[: _LONGEST_TEXT + 1].partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != PREFIX or len(text) > _LONGEST_TEXT or not key_id.isalnum():
            raise UnauthenticatedError(_NOT_VALID)
        async with self._database.reading() as connection:
            records = await connection.execute(sa.select(KEYS).where(KEYS.c.id == key_id))
            row = records.one_or_none()
        same = hmac.compare_digest(_digest(secret), row.digest if row else _NOBODY)
        if row is None or not same or not (key := _key(row)).is_active(self._clock()):
            raise UnauthenticatedError(_NOT_VALID)
        return key


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
