"""A worker process: ``segue worker``, and the child that a stack supervises."""

import asyncio
import gc
import os
from datetime import timedelta

from segue.music.register import music_parts
from segue.observability.logs import configure
from segue.runtime.client import connect
from segue.runtime.worker import run_workers, stop_on_signals
from segue.settings import Settings, load_settings
from segue.wiring.locks import write_whole
from segue.wiring.music import open_music_ports

PID_FILE = "worker.pid"
CONNECT_WITHIN = timedelta(seconds=30)


async def run_worker(settings: Settings) -> None:
    """Serve workflows and activities until SIGTERM or SIGINT, then drain.

    Raises:
        SegueError: Temporal, the database or the catalogue's settings cannot be used.
    """
    pid_file = settings.data.directory / PID_FILE
    with stop_on_signals() as stop:
        client = await connect(
            None,
            settings.temporal_environment,
            namespace=settings.temporal.namespace,
            wait=CONNECT_WITHIN,
        )
        async with open_music_ports(settings, settings.catalogue.local_url) as ports:
            parts = music_parts(
                ports.catalogue,
                ports.store,
                search_concurrency=settings.sync.search_concurrency,
            )
            write_whole(pid_file, str(os.getpid()))
            await run_workers(client, [parts], stop=stop)


def main() -> None:
    """Entry of the child process."""
    settings = load_settings()
    configure(settings.log.level)
    gc.freeze()  # what is imported stays; looking at it again costs matching a sixth of its time
    asyncio.run(run_worker(settings))


if __name__ == "__main__":
    main()
