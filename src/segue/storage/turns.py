"""Writers of one process, one after the other."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

_TURNS: WeakKeyDictionary[Engine, asyncio.Lock] = WeakKeyDictionary()


def turn_to_write(engine: AsyncEngine) -> AbstractAsyncContextManager[object]:
    """Hold it from before the transaction begins until it has ended; writers come in turn.

    SQLite lets one writer in at a time and keeps no line: those who wait look again now and then,
    and of a dozen some waited for seconds. Here they stand in line, and what is left for SQLite to
    settle is one writer of each process. Postgres needs none of this.
    """
    if engine.dialect.name != "sqlite":
        return nullcontext()
    return _TURNS.setdefault(engine.sync_engine, asyncio.Lock())
