"""Notifications from Postgres that a turn has new events, in the place of polling."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from segue.sessions.events.store import CHANNEL
from segue.storage.database import Database

RECONNECT_S = 0.5
PING_S = 15.0  # a connection that a firewall forgot is noticed after this and PONG_S
PONG_S = 5.0

_log = logging.getLogger(__name__)

Ring = Callable[[str | None], None]


class Bell(Protocol):
    """Wakes readers; without one, or while it is not connected, they look often."""

    @property
    def connected(self) -> bool:
        """Whether every new event is certain to ring."""
        ...

    async def listen(self, ring: Ring) -> None:
        """Call ``ring`` with each turn that has news, and with None when any may; never returns."""
        ...


def bell_for(database: Database) -> Bell | None:
    """The bell of this database; None: it has none (SQLite)."""
    return PostgresBell(database) if database.dialect == "postgresql" else None


class _Driver(Protocol):
    """What is used of ``asyncpg.Connection``; asyncpg itself is an extra."""

    async def add_listener(
        self, channel: str, callback: Callable[[object, int, str, str], None]
    ) -> None: ...
    def add_termination_listener(self, callback: Callable[[object], None]) -> None: ...
    async def execute(self, query: str) -> str: ...


class PostgresBell:
    """LISTEN on one connection of the database's; a lost connection is made again.

    Args:
        database: Of Postgres, by asyncpg.
        ping_s: Silence after which the connection is tried.
    """

    def __init__(self, database: Database, *, ping_s: float = PING_S) -> None:
        self._database = database
        self._ping_s = ping_s
        self._connected = False

    @property
    def connected(self) -> bool:
        """Whether every new event is certain to ring."""
        return self._connected

    async def listen(self, ring: Ring) -> None:
        """Call ``ring`` for each notification, and once after each connect; until cancelled."""
        has_warned = False
        while True:
            try:
                await self._hear(ring)
            except Exception as error:  # noqa: BLE001 - asyncpg's errors have no common base, and readers go on without us
                if not has_warned:
                    _log.warning("looking for news of turns instead of listening: %s", error)
                has_warned = True
            await asyncio.sleep(RECONNECT_S)

    async def _hear(self, ring: Ring) -> None:
        disconnect = asyncio.Event()

        def rung(_connection: object, _pid: int, _channel: str, turn: str) -> None:
            ring(turn)

        # It listens for as long as it is open, so that nobody else may have it afterwards.
        async with self._database.driver_connection() as connection:
            driver: _Driver = connection
            driver.add_termination_listener(lambda _: disconnect.set())
            try:
                await driver.add_listener(CHANNEL, rung)
                self._connected = True
                ring(None)
                await self._stay(driver, disconnect)
            finally:
                self._connected = False
                ring(None)

    async def _stay(self, driver: _Driver, disconnect: asyncio.Event) -> None:
        while not disconnect.is_set():
            try:
                async with asyncio.timeout(self._ping_s):
                    await disconnect.wait()
            except TimeoutError:
                async with asyncio.timeout(PONG_S):
                    await driver.execute("SELECT 1")
