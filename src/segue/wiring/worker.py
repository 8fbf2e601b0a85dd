"""A worker process: ``segue worker``, and the child that a stack supervises."""

import asyncio
import gc
import os
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from segue.music.register import music_parts
from segue.observability.logs import configure
from segue.observability.tracing.setup import configure_tracing
from segue.runs.register import model_parts, plugins_for
from segue.runtime.client import connect
from segue.runtime.payloads.collection import ensure_schedule
from segue.runtime.worker import run_workers, stop_on_signals
from segue.settings import Settings, load_settings
from segue.wiring.agents import open_agent_ports, open_payloads
from segue.wiring.encryption import end_unreadable
from segue.wiring.locks import PID_FILE, write_whole
from segue.wiring.maintenance import maintenance_parts
from segue.wiring.music import open_music_ports

CONNECT_WITHIN = timedelta(seconds=30)


async def run_worker(settings: Settings) -> None:
    """Serve workflows and activities until SIGTERM or SIGINT, then drain.

    Raises:
        SegueError: Temporal, the database or the catalogue's settings cannot be used.
    """
    pid_file = settings.data.directory / PID_FILE
    tracing = configure_tracing(
        settings.tracing.kind,
        api_key=_key(settings),
        endpoint=None if settings.tracing.otlp_traces_endpoint else settings.tracing.otlp_endpoint,
        with_content=settings.tracing.with_content,
    )
    async with AsyncExitStack() as opened:
        opened.callback(tracing.shutdown)
        stop = opened.enter_context(stop_on_signals())
        music = await opened.enter_async_context(
            open_music_ports(settings, settings.catalogue.local_url)
        )
        agents = await opened.enter_async_context(open_agent_ports(settings, music.engine))
        payloads = await opened.enter_async_context(
            open_payloads(settings, music.engine, agents.histories)
        )
        client = await connect(
            None,
            settings.temporal_environment,
            namespace=settings.temporal.namespace,
            wait=CONNECT_WITHIN,
            plugins=plugins_for(agents),
            payloads=payloads.path,
        )
        if agents.histories is not None:
            agents.histories.when_deleted(partial(end_unreadable, client))
        parts = [
            music_parts(
                music.catalogue, music.store, search_concurrency=settings.sync.search_concurrency
            ),
            model_parts(agents),
            maintenance_parts(client, payloads.stores),
        ]
        await ensure_schedule(client)
        write_whole(pid_file, str(os.getpid()))
        await run_workers(client, parts, stop=stop)


def _key(settings: Settings) -> str | None:
    key = settings.llm.openai_api_key
    return key.get_secret_value() if key is not None else None


def main() -> None:
    """Entry of the child process."""
    settings = load_settings()
    configure(settings.log.level, sealed=settings.conversations.encryption_keys is not None)
    gc.freeze()  # what is imported stays; looking at it again costs matching a sixth of its time
    asyncio.run(run_worker(settings))


if __name__ == "__main__":
    main()
