"""What the HTTP API needs, opened: services of features, the database, and what is up."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from segue.errors.temporal import TemporalUnreachableError
from segue.platform.feature import Feature
from segue.runtime.client import has_worker, serves
from segue.settings.load import Settings
from segue.storage.database import Database
from segue.wiring.app import warnings_of
from segue.wiring.features import FEATURES
from segue.wiring.metrics import Numbers, Queues
from segue.wiring.platform import OpenPlatform, open_platform


@dataclass(frozen=True)
class ApiParts:
    """What the API works with.

    Attributes:
        services: Of the features, by their names.
        database: Migrated; closed with the rest.
        metrics: All metrics in Prometheus' text format.
        temporal_ready: Whether Temporal serves our namespace.
        database_ready: Whether the database answers.
        worker_ready: Whether on each feature's queue a worker has asked for work lately.
        clock: Epoch seconds.
        warnings: What the user should know before anything fails.
    """

    services: Mapping[str, object]
    database: Database
    metrics: Callable[[], Awaitable[bytes]]
    temporal_ready: Callable[[], Awaitable[bool]]
    database_ready: Callable[[], Awaitable[bool]]
    worker_ready: Callable[[], Awaitable[bool]]
    clock: Callable[[], float] = time.time
    warnings: tuple[str, ...] = ()


@asynccontextmanager
async def open_api(
    settings: Settings, features: Sequence[Feature] = FEATURES
) -> AsyncGenerator[ApiParts]:
    """Join the stack of this data folder, or start one; with TEMPORAL_ADDRESS set, use that.

    Raises:
        SegueError: A part cannot be started or reached.
    """
    async with open_platform(settings, features=features) as platform:
        client = await platform.client()
        database = await platform.database()
        yield ApiParts(
            services={feature.name: await platform.service(feature.name) for feature in features},
            database=database,
            metrics=Numbers(platform, database, await _queues(platform)).text,
            temporal_ready=lambda: serves(client, client.namespace),
            database_ready=database.answers,
            worker_ready=lambda: _has_workers(platform),
            warnings=await warnings_of(platform),
        )


async def _queues(platform: OpenPlatform) -> Queues:
    return [
        (await platform.client(queue.namespace), queue.task_queue)
        for feature in platform.features
        for queue in feature.queues
    ]


async def _has_workers(platform: OpenPlatform) -> bool:
    try:
        return all([
            await has_worker(
                await platform.client(queue.namespace),
                queue.task_queue,
                activities=queue.activities_only,
            )
            for feature in platform.features
            for queue in feature.queues
        ])
    except TemporalUnreachableError:
        return False
