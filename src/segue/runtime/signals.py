"""The signals that ask a process to stop."""

import asyncio
import contextlib
import signal
from collections.abc import Generator


@contextlib.contextmanager
def stop_on_signals() -> Generator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set, for the main thread of a worker or server process.

    After the first signal the usual behaviour is back, so a second one ends the process at once.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)

    def release() -> None:
        for number in signals:
            loop.remove_signal_handler(number)

    def ask() -> None:
        stop.set()
        release()

    for number in signals:
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        release()
