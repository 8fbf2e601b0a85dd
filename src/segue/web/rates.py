"""How often a key may ask, counted in this process."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from segue.errors.api import TooManyRequestsError
from segue.runtime.refusals import Refusals

# An address that keeps sending keys that are none; a person who mistyped one stays far below.
FEWEST_REFUSALS = 30
REFUSALS_SHARE = 4  # of what a key may ask, which grows with the machine that answers


@dataclass(frozen=True)
class Standing:
    """How a key stands after a request.

    Attributes:
        allowed: Whether the request was within the limit.
        reset_seconds: Until the oldest request counted no longer counts, >= 1.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> Mapping[str, str]:
        """For the answer, whatever it is.

        Source: draft-ietf-httpapi-ratelimit-headers-03.
        """
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }

    def check(self) -> None:
        """Pass when the request was within the limit.

        Raises:
            TooManyRequestsError: It was not.
        """
        if not self.allowed:
            raise TooManyRequestsError(
                f"expected at most {self.limit} requests a minute, more came",
                retry_after=timedelta(seconds=self.reset_seconds),
            )


class Rates:
    """Counts requests over the last minute; several processes count each for itself.

    Args:
        requests_per_minute: Of one key, >= 1.
    """

    def __init__(self, requests_per_minute: int) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._requests = RateLimitItemPerMinute(requests_per_minute, namespace="requests")
        self._refusals = Refusals(max(FEWEST_REFUSALS, requests_per_minute // REFUSALS_SHARE))

    async def request(self, key_id: str) -> Standing:
        """Count a request of a key."""
        return await self._hit(self._requests, key_id)

    def refusal(self, address: str) -> None:
        """Count a request of an address that brought no valid key.

        Raises:
            TooManyRequestsError: It did so too often.
        """
        if wait := self._refusals.count(address):
            raise TooManyRequestsError(
                "expected requests with a valid key, too many without one came from this address",
                retry_after=timedelta(seconds=wait),
            )

    async def aclose(self) -> None:
        """Stop forgetting what is old."""
        if self._storage.timer is not None:
            self._storage.timer.cancel()
            await asyncio.wait([self._storage.timer])

    async def _hit(self, limit: RateLimitItemPerMinute, who: str) -> Standing:
        is_allowed = await self._limiter.hit(limit, who)
        window = await self._limiter.get_window_stats(limit, who)
        return Standing(
            allowed=is_allowed,
            limit=limit.amount,
            remaining=max(0, window.remaining),
            reset_seconds=max(1, ceil(window.reset_time - time.time())),
        )
