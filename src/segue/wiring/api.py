"""What the HTTP API needs, opened: the music service, the database, and whether they are up."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from temporalio.client import Client

from segue.errors.temporal import TemporalUnreachableError
from segue.music.contracts.strategies import Strategy
from segue.music.service import MusicService
from segue.music.wire.names import MUSIC_QUEUE
from segue.runs.service.metrics import exposition
from segue.runs.store.accounting import Accounts
from segue.runtime.client import connect, has_worker, serves
from segue.runtime.payloads.drivers import PayloadPath
from segue.settings.load import Settings
from segue.storage.database import Database
from segue.wiring.app import CONNECT_WITHIN, open_app
from segue.wiring.encryption import codec_of, history_keys
from segue.wiring.music import agent_flags, open_music_ports
from segue.wiring.stack import StackFiles


@dataclass(frozen=True)
class ApiParts:
    """What the API works with.

    Attributes:
        music: The music feature.
        database: Migrated; closed with the rest.
        song_strategy: Who chooses for one song that agents are asked for.
        metrics: All metrics in Prometheus' text format.
        temporal_ready: Whether Temporal serves our namespace.
        database_ready: Whether the database answers.
        worker_ready: Whether a worker has asked for work lately.
        clock: Epoch seconds.
        warnings: What the user should know before anything fails.
    """

    music: MusicService
    database: Database
    song_strategy: Strategy
    metrics: Callable[[], Awaitable[bytes]]
    temporal_ready: Callable[[], Awaitable[bool]]
    database_ready: Callable[[], Awaitable[bool]]
    worker_ready: Callable[[], Awaitable[bool]]
    clock: Callable[[], float] = time.time
    warnings: tuple[str, ...] = ()


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncGenerator[ApiParts]:
    """Join the stack of this data folder, or start one; with TEMPORAL_ADDRESS set, use that.

    Raises:
        SegueError: A part cannot be started or reached.
    """
    async with AsyncExitStack() as opened:
        # It keeps the stack, and tells what its user should know.
        app = await opened.enter_async_context(open_app(settings))
        embedded = settings.temporal.address is None
        info = StackFiles(settings.data.directory.resolve()).running() if embedded else None
        local_url = info.catalogue_url if info else settings.catalogue.local_url
        ports = await opened.enter_async_context(open_music_ports(settings, local_url))
        client = await connect(
            info.temporal_address if info else None,
            settings.temporal_environment,
            namespace=settings.temporal.namespace,
            wait=CONNECT_WITHIN,
            payloads=PayloadPath(codec=codec_of(history_keys(settings, ports.database))),
        )
        yield ApiParts(
            music=MusicService(
                client, ports.store, ports.catalogue, app.ui_url, agent_flags(settings)
            ),
            database=ports.database,
            song_strategy=song_strategy(settings),
            metrics=_metrics(ports.database),
            temporal_ready=lambda: serves(client, client.namespace),
            database_ready=ports.database.answers,
            worker_ready=lambda: _has_worker(client),
            warnings=app.warnings(),
        )


def song_strategy(settings: Settings) -> Strategy:
    """Who chooses when agents are asked for one song: what the flags say is rolled out."""
    if settings.agents.use_multi_agent:
        return Strategy.MULTI_AGENT
    return Strategy.MCP if settings.agents.use_mcp_provider else Strategy.AGENT


def _metrics(database: Database) -> Callable[[], Awaitable[bytes]]:
    accounts = Accounts(database)
    return lambda: exposition(accounts)


async def _has_worker(client: Client) -> bool:
    try:
        return await has_worker(client, MUSIC_QUEUE)
    except TemporalUnreachableError:
        return False
