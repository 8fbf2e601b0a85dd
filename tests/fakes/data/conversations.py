"""Conversations for tests: keys, items, a clock that moves, writers, a look at the raw bytes."""

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from segue.sessions.sealing import Seal
from segue.sessions.store import ConversationStore
from segue.sessions.tables import METADATA
from segue.storage.database import Database

KEYS = {name: base64.b64encode(name.encode() * 16).decode() for name in ("k1", "k2", "k3")}
CANARY = "canary-f00d"


def seal(*names: str) -> Seal:
    """Master keys; the first encrypts."""
    return Seal(",".join(f"{name}:{KEYS[name]}" for name in names))


def say(text: str, role: str = "user") -> dict[str, Any]:
    """A message."""
    return {"role": role, "content": text}


def damaged(blob: bytes) -> bytes:
    """The same bytes but for one bit. A fixed byte may by chance stand there already."""
    return blob[:-1] + bytes([blob[-1] ^ 1])


class Clock:
    """A second later each time it is read."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


PARTS = 3  # items that a writer stores with each operation


def batch(writer: int, step: int) -> list[dict[str, Any]]:
    """What a writer stores in one step."""
    return [say(f"{writer} {step} {part}") for part in range(PARTS)]


def write_in_a_process(url: str, keys: Sequence[str], writers: Sequence[int], steps: int) -> None:
    """Several writers with a database each, all in conversation ``c``, every operation twice."""

    async def write(writer: int) -> None:
        database = Database(make_url(url))
        store = ConversationStore(database, seal=seal(*keys))
        for step in range(steps):
            await store.append("c", f"{writer}-{step}", batch(writer, step))
            await store.append("c", f"{writer}-{step}", batch(writer, step))
        await database.aclose()

    async def write_all() -> None:
        await asyncio.gather(*(write(writer) for writer in writers))

    asyncio.run(write_all())


def assert_written(items: Sequence[tuple[int, dict[str, Any]]], steps: Sequence[int]) -> None:
    """Every writer's ``steps[writer]`` batches are there: once, whole, in its own order."""
    assert [seq for seq, _ in items] == list(range(1, sum(steps) * PARTS + 1))
    said = [str(item["content"]) for _, item in items]
    batches = [tuple(map(int, said[at].split()[:2])) for at in range(0, len(said), PARTS)]
    assert said == [f"{writer} {step} {part}" for writer, step in batches for part in range(PARTS)]
    for writer, count in enumerate(steps):
        assert [step for one, step in batches if one == writer] == list(range(count))


async def stored_bytes(database: Database) -> bytes:
    """All that the database holds: SQLite's files as they are, every row of a server."""
    if database.url.get_backend_name() == "sqlite":
        file = Path(str(database.url.database))
        return b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    rows: list[bytes] = []
    async with database.reading() as connection:
        for table in METADATA.sorted_tables:
            found = await connection.execute(sa.select(table))
            rows += [_bytes(value) for row in found for value in row]
    return b"\n".join(rows)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
