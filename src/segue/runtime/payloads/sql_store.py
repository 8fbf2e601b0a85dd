"""Large payloads as rows of the SQL database, named by what they hold."""

import hashlib
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    StorageDriver,
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
)

from segue.errors.storage import StorageError
from segue.runtime.faults import to_application_error
from segue.runtime.payloads.failures import check_size, damaged_payload, missing_payload
from segue.runtime.payloads.stores import MAX_PAYLOAD_BYTES, TOUCH_AFTER_S, Blob
from segue.storage.database import Database

METADATA = sa.MetaData()

# The bytes stand last, so that SQLite need not read past them for the other columns.
BLOBS = sa.Table(
    "payload_blobs",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("last_used_at", sa.Float, nullable=False, index=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
NAMESPACES = sa.Table("payload_namespaces", METADATA, sa.Column("name", sa.Text, primary_key=True))

_STORE = "database"
_KEY = "sha256"  # of a claim; it stands in histories


class SqlPayloads(StorageDriver):
    """Driver and store over ``payload_blobs``.

    Args:
        database: Migrated; the caller closes it.
        clock: Epoch seconds. The clocks of all processes may differ by minutes.
        max_bytes: Largest payload taken.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], float] = time.time,
        max_bytes: int = MAX_PAYLOAD_BYTES,
    ) -> None:
        self._database = database.of("payloads")
        self._clock = clock
        self._max_bytes = max_bytes
        build = postgresql.insert if database.dialect == "postgresql" else sqlite.insert
        blob = build(BLOBS)
        self._insert_blob = blob.on_conflict_do_update(
            index_elements=[BLOBS.c.digest],
            set_={"last_used_at": blob.excluded.last_used_at},
        )
        self._insert_namespace = build(NAMESPACES).on_conflict_do_nothing()
        self._known_namespaces: set[str] = set()

    def name(self) -> str:
        """Stands in histories; never changed."""
        return "segue.sql"

    def type(self) -> str:
        """The kind of driver, which the server shows."""
        return "segue.sql"

    async def store(
        self, context: StorageDriverStoreContext, payloads: Sequence[Payload]
    ) -> list[StorageDriverClaim]:
        """Keep the payloads; equal ones share a row, and a second store changes nothing.

        Raises:
            ApplicationError: Of the type ``storage.unavailable``; not to be retried when a payload
                is too large.
        """
        contents = [payload.SerializeToString(deterministic=True) for payload in payloads]
        for data in contents:
            check_size(len(data), self._max_bytes)
        with _telling_temporal():
            await self._note_namespace(context.target.namespace if context.target else "")
            digests = [await self._keep(data) for data in contents]
        return [StorageDriverClaim({_KEY: digest}) for digest in digests]

    async def retrieve(
        self, context: StorageDriverRetrieveContext, claims: Sequence[StorageDriverClaim]
    ) -> list[Payload]:
        """The payloads, checked against their names.

        Raises:
            ApplicationError: Of the type ``storage.unavailable``; not to be retried when a payload
                is missing or damaged.
        """
        with _telling_temporal():
            return [await self._fetch(claim.claim_data[_KEY]) for claim in claims]

    async def namespaces(self) -> set[str]:
        """Namespaces for whose runs payloads were stored."""
        async with self._database.reading() as connection:
            return set(await connection.scalars(sa.select(NAMESPACES.c.name)))

    async def idle(self, since: float) -> list[Blob]:
        """Rows that nobody stored or read at or after ``since``."""
        statement = sa.select(BLOBS.c.digest, BLOBS.c.size).where(BLOBS.c.last_used_at < since)
        async with self._database.reading() as connection:
            records = await connection.execute(statement)
            return [Blob(row.digest, row.digest, row.size) for row in records]

    async def remove(self, blobs: Sequence[Blob], *, since: float) -> list[Blob]:
        """Delete those rows that are still idle; asking and deleting is one statement."""
        statement = (
            sa
            .delete(BLOBS)
            .where(BLOBS.c.digest.in_([blob.digest for blob in blobs]))
            .where(BLOBS.c.last_used_at < since)
            .returning(BLOBS.c.digest)
        )
        async with self._database.writing() as connection:
            removed_digests = set(await connection.scalars(statement))
        return [blob for blob in blobs if blob.digest in removed_digests]

    async def _note_namespace(self, namespace: str) -> None:
        if not namespace or namespace in self._known_namespaces:
            return
        async with self._database.writing() as connection:
            await connection.execute(self._insert_namespace, {"name": namespace})
        self._known_namespaces.add(namespace)

    async def _keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        if not await self._touched(digest):
            row = {
                "digest": digest,
                "size": len(data),
                "last_used_at": self._clock(),
                "data": data,
            }
            async with self._database.writing() as connection:
                await connection.execute(self._insert_blob, row)
        return digest

    async def _fetch(self, digest: str) -> Payload:
        async with self._database.reading() as connection:
            data = await connection.scalar(sa.select(BLOBS.c.data).where(BLOBS.c.digest == digest))
        if data is None:
            raise missing_payload(_STORE, digest)
        if hashlib.sha256(data).hexdigest() != digest:
            raise damaged_payload(_STORE, digest)
        await self._touched(digest)
        return Payload.FromString(data)

    async def _touched(self, digest: str) -> bool:
        """Whether the row is there; it then counts as used now, and no collection takes it."""
        now, row = self._clock(), BLOBS.c.digest == digest
        async with self._database.reading() as connection:
            used_at = await connection.scalar(sa.select(BLOBS.c.last_used_at).where(row))
        if used_at is None:
            return False
        if used_at > now - TOUCH_AFTER_S:
            return True
        # It may have been removed meanwhile: what was changed is the answer, not what was read.
        async with self._database.writing() as connection:
            result = await connection.execute(sa.update(BLOBS).where(row).values(last_used_at=now))
        return result.rowcount > 0


@contextmanager
def _telling_temporal() -> Generator[None]:
    try:
        yield
    except StorageError as error:
        raise to_application_error(error) from None
