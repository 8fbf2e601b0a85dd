"""Searches as a worker sends them: so many at once, in a fair order, quiet where it is asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import count
from typing import Protocol, TypeVar

from temporalio import activity

from segue.errors.catalogue import CatalogueError, RateLimitedError
from segue.music.activities.turns import Turns
from segue.music.catalogues.port import SEARCH_LIMIT, Catalogue
from segue.music.contracts.songs import Track
from segue.music.wire.search_order import USUAL

LONGEST_PAUSE = timedelta(seconds=5)  # a longer wait belongs to a durable timer, not to a worker
PAUSES = 3  # short waits for one search; a catalogue that asks for more is asked again later

_Answer = TypeVar("_Answer")


class Searching(Protocol):
    """The part of a catalogue that finds tracks."""

    async def search(self, query: str, *, limit: int = SEARCH_LIMIT) -> tuple[Track, ...]:
        """Tracks for a query in Spotify's syntax."""
        ...

    async def get_track(self, uri: str) -> Track:
        """One track by URI or id. Raises NotFoundError."""
        ...


class PacedSearches:
    """The searches of one worker, which share its turns and what the catalogue last said of limits.

    A search that is told to wait a few seconds does so, and then only that one request is sent
    again; meanwhile no other is sent. A longer wait is raised.

    Args:
        catalogue: Where to search.
        at_once: Songs that are searched for at once, > 0.
    """

    def __init__(self, catalogue: Catalogue, at_once: int) -> None:
        self._catalogue = catalogue
        self._turns = Turns(at_once)
        self._quiet_until = 0.0

    def turn(self, owner: str, step: int) -> AbstractAsyncContextManager[None]:
        """Wait until it is somebody's turn to search for a song, and hold the turn.

        Args:
            owner: A sync, or a run about one song; they take turns.
            step: As :mod:`segue.music.wire.search_order` has it; lower ones go first.
        """
        return self._turns.turn(owner, step)

    def own_turn(self) -> AbstractAsyncContextManager[None]:
        """The same for the activity that runs: it searches for one song of its workflow."""
        info = activity.info()
        return self._turns.turn(info.workflow_id or "", info.priority.priority_key or USUAL)

    async def search(self, query: str, *, limit: int = SEARCH_LIMIT) -> tuple[Track, ...]:
        """Tracks for a query in Spotify's syntax.

        Raises:
            CatalogueError: The catalogue refused, failed, or asks for a long wait.
        """
        return await self._send(lambda: self._catalogue.search(query, limit=limit))

    async def get_track(self, uri: str) -> Track:
        """One track by URI or id.

        Raises:
            CatalogueError: The catalogue refused, failed, or asks for a long wait.
        """
        return await self._send(lambda: self._catalogue.get_track(uri))

    async def raise_if_away(self, error: CatalogueError) -> None:
        """Raise what a search ended in, unless the catalogue serves other calls or just refused it.

        Raises:
            CatalogueError: It is an outage.
        """
        if not error.is_outage:
            return
        if isinstance(error, RateLimitedError):
            raise error
        try:
            await self._catalogue.my_id()
        except CatalogueError as other:
            if other.is_outage:
                raise

    async def _send(self, request: Callable[[], Awaitable[_Answer]]) -> _Answer:
        for pauses in count():
            await asyncio.sleep(max(0.0, self._quiet_until - time.monotonic()))
            try:
                return await request()
            except RateLimitedError as error:
                if error.retry_after > LONGEST_PAUSE or pauses == PAUSES:
                    raise
                self._quiet_until = time.monotonic() + error.retry_after.total_seconds()
        raise AssertionError("unreachable")
