"""The audit log: who did what to what, and why; whoever changes it later leaves a trace.

Each entry's hash covers the one before it, and a head record holds the last: an entry that was
changed, removed or put between is found by ``verify``, also at the end. Against somebody who writes
the whole log anew there is only a copy of a hash kept elsewhere: an export.
"""

import hashlib
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.run import RunError
from segue.runs.store.tables import AUDIT, AUDIT_HEAD
from segue.storage.database import Database

PAGE = 500  # entries read at once

_HEAD = sa.select(AUDIT_HEAD).where(AUDIT_HEAD.c.id == 1)


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What somebody did.

    Attributes:
        who: A person or a part of Segue, as established by the caller.
        what: A short name, such as ``approval.granted``.
        subject: The id of what it was done to.
        why: In the words of who did it.
        details: Without secrets, and without what people said: digests and ids.
    """

    who: str
    what: str
    subject: str
    why: str = ""
    details: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


@dataclass(frozen=True)
class AuditEntry:
    """A recorded deed.

    Attributes:
        seq: Its number in the log, 1-based, without gaps.
        at: Epoch seconds.
        hash: SHA-256, in hex, of the hash before, a line break, and the entry's text.
    """

    seq: int
    op: str
    at: float
    deed: Deed
    hash: str


@dataclass(frozen=True)
class BrokenEntry:
    """Where the log is not what was written; ``seq`` 0: its head record is gone."""

    seq: int
    reason: str


class AuditLog:
    """The audit log of one database; safe with any number of processes.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated; the caller closes it.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database.of("runs")
        self._clock = clock

    async def record(self, op: str, deed: Deed) -> AuditEntry:
        """Add an entry; the same operation again adds none and gives the first one.

        Raises:
            RunError: The log's head record is gone: somebody tampered with it.
        """
        async with self._database.writing() as connection:
            # The lock on the head puts all writers in a row: a chain has one end.
            result = await connection.execute(_HEAD.with_for_update())
            head = result.one_or_none()
            if head is None:
                raise RunError("The head record of the audit log is gone; nothing can be added.")
            earlier = await connection.execute(sa.select(AUDIT).where(AUDIT.c.op == op))
            if (row := earlier.one_or_none()) is not None:
                return _entry(row)
            at = self._clock()
            entry = _next(op, deed, head, at)
            await connection.execute(sa.insert(AUDIT), entry)
            await connection.execute(
                sa.update(AUDIT_HEAD).values(seq=entry["seq"], hash=entry["hash"])
            )
        return AuditEntry(entry["seq"], op, at, deed, entry["hash"])

    async def entries(
        self, *, subject: str | None = None, after: int = 0, limit: int = 100
    ) -> list[AuditEntry]:
        """Entries with numbers above ``after``, in order, at most ``limit``.

        Args:
            subject: Only those about it; None: about anything.
            after: Number of the last entry that is known; 0: from the first on.
            limit: At most so many.
        """
        async with self._database.reading() as connection:
            return [_entry(row) for row in await _page(connection, after, limit, subject)]

    async def export(self) -> AsyncGenerator[str]:
        """All entries as JSON lines, with what is needed to check them elsewhere."""
        rows = await self._rows(after=0)
        while rows:
            for row in rows:
                yield f'{{"hash":"{row.hash}","entry":{row.entry}}}\n'
            rows = await self._rows(after=rows[-1].seq)

    async def verify(self) -> BrokenEntry | None:
        """The first entry that is not what was written, or is missing; None: all are there."""
        last = sa.select(sa.func.coalesce(sa.func.max(AUDIT.c.seq), 0)).scalar_subquery()
        async with self._database.reading() as connection:
            # One statement, so that entries which are added meanwhile are no contradiction.
            result = await connection.execute(_HEAD.add_columns(last.label("last")))
            head = result.one_or_none()
            if head is None:
                return BrokenEntry(0, "the head record is gone")
            seq, before = 0, ""
            while seq < head.seq:
                rows = await _page(connection, seq, min(PAGE, head.seq - seq))
                for row in rows:
                    if reason := _fault(row, seq + 1, before):
                        return BrokenEntry(seq + 1, reason)
                    seq, before = row.seq, row.hash
                if not rows:
                    return BrokenEntry(seq + 1, "it is gone")
        return _fault_at_end(head, before)

    async def _rows(self, *, after: int) -> list[sa.Row[Any]]:
        # A connection for each page: whoever reads an export slowly, or half of it, holds none.
        async with self._database.reading() as connection:
            return await _page(connection, after, PAGE)


def _next(op: str, deed: Deed, head: sa.Row[Any], now: float) -> dict[str, Any]:
    seq = head.seq + 1
    facts = vars(deed) | {"seq": seq, "op": op, "at": now, "details": dict(deed.details)}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return {
        "seq": seq,
        "op": op,
        "subject": deed.subject,
        "entry": text,
        "hash": _hash(head.hash, text),
    }


def _hash(before: str, text: str) -> str:
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _fault(row: sa.Row[Any], number: int, before: str) -> str | None:
    """What is wrong with the row that should have this number; None: nothing."""
    if row.seq != number:
        return "it is gone"
    if row.hash != _hash(before, row.entry):
        return "its hash is another one"
    facts = json.loads(row.entry)
    if (facts["seq"], facts["op"], facts["subject"]) != (row.seq, row.op, row.subject):
        return "its columns say something else"
    return None


def _fault_at_end(head: sa.Row[Any], before: str) -> BrokenEntry | None:
    if before != head.hash:
        return BrokenEntry(head.seq, "the head record has another hash")
    if head.last > head.seq:
        return BrokenEntry(head.seq + 1, "the head record does not know it")
    return None


async def _page(
    connection: AsyncConnection, after: int, limit: int, subject: str | None = None
) -> list[sa.Row[Any]]:
    statement = sa.select(AUDIT).where(AUDIT.c.seq > after).order_by(AUDIT.c.seq).limit(limit)
    if subject is not None:
        statement = statement.where(AUDIT.c.subject == subject)
    return list(await connection.execute(statement))


def _entry(row: sa.Row[Any]) -> AuditEntry:
    facts = json.loads(row.entry)
    names = ("who", "what", "subject", "why", "details")
    deed = Deed(**{name: facts[name] for name in names})
    return AuditEntry(row.seq, row.op, facts["at"], deed, row.hash)
