"""How often an address was turned away in the last minute."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil

_WINDOW_S = 60.0
_MOST_ADDRESSES = 10_000


class Refusals:
    """Counts who brings no valid credentials, in this process and bounded memory.

    Args:
        most: Of one address in a minute, > 0.
        clock: Monotonic seconds.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, address: str) -> int:
        """Count one; seconds to wait, 0 where it was not too often."""
        now = self._clock()
        times = self._times.setdefault(address, deque(maxlen=self._most))
        self._times.move_to_end(address)
        if len(self._times) > _MOST_ADDRESSES:
            self._times.popitem(last=False)
        if len(times) == self._most and now - times[0] < _WINDOW_S:
            return max(1, ceil(_WINDOW_S - (now - times[0])))
        times.append(now)
        return 0
