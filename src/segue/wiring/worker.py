"""A worker process: ``segue worker``, and the child that a stack supervises."""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from temporalio.client import Client

from segue.observability.logs import configure
from segue.observability.sdk_metrics import serve_sdk_metrics
from segue.observability.tracing.setup import configure_tracing
from segue.platform.feature import Feature
from segue.runs.limits import MODELS_QUEUE
from segue.runs.register import model_parts
from segue.runtime.client import serves
from segue.runtime.last_words import ending_with_words
from segue.runtime.namespaces import ensure_namespaces
from segue.runtime.payloads.collection import ensure_schedule
from segue.runtime.polling import has_asked
from segue.runtime.ports import LOOPBACK, free_ports
from segue.runtime.pruning import schedule_pruning
from segue.runtime.roles import Role
from segue.runtime.signals import stop_on_signals
from segue.runtime.worker import WorkerParts, run_workers
from segue.sessions.key_use import missing_keys
from segue.settings.load import Settings
from segue.settings.worker import WorkerSettings
from segue.storage.database import Database
from segue.wiring.encryption import seal_of
from segue.wiring.features import (
    FEATURES,
    asks_models,
    features_named,
    namespaces_of,
    read_settings,
)
from segue.wiring.locks import EMBEDDED, PID_FILE, write_whole
from segue.wiring.maintenance import maintenance_parts
from segue.wiring.metrics import Numbers
from segue.wiring.platform import EMBEDDED_WORKER, WORKER, Kind, OpenPlatform, open_platform
from segue.wiring.probes import Check, Health, Metrics, serving_probes
from segue.wiring.pruning import prune_platform

logger = logging.getLogger(__name__)

Announce = Callable[[str | None], None]


@dataclass(frozen=True)
class Share:
    """The share of the work that a worker process takes.

    Attributes:
        features: Whose queues it serves.
    """

    role: Role
    features: Sequence[Feature]

    @property
    def asks_models(self) -> bool:
        """Whether agents run there."""
        return any(queue.asks_models for feature in self.features for queue in feature.queues)

    @property
    def has_upkeep(self) -> bool:
        """Whether it serves the configured namespace, where the upkeep of all of them is."""
        return any(queue.namespace is None for each in self.features for queue in each.queues)


@dataclass(frozen=True)
class _Served:
    """What a worker process stands on, opened.

    Attributes:
        client: Of the configured namespace.
        plain: Of the same one, for workflows that are plain; None: there are none.
        others: Of the namespaces that features have beside it.
        numbers: For Prometheus.
    """

    client: Client
    plain: Client | None
    others: Mapping[str, Client]
    database: Database
    parts: Sequence[WorkerParts]
    numbers: Numbers


async def run_worker(
    settings: Settings,
    role: Role,
    announce: Announce,
    features: Sequence[Feature] = FEATURES,
    *,
    only: Sequence[str] = (),
    kind: Kind = WORKER,
) -> None:
    """Serve a role's share of the work until SIGTERM or SIGINT, then drain.

    A second signal ends the process at once.

    Args:
        settings: As loaded.
        role: Which share.
        announce: Called once the workers are made, with the URL of the probes or None.
        features: All there are.
        only: Names of those that are served; none: all are.
        kind: Of the process.

    Raises:
        SegueError: Temporal, the database or a feature's settings cannot be used, or there is no
            feature of a name.
    """
    share = Share(role, features_named(features, only))
    gc.freeze()  # what is imported stays; looking at it again costs matching a sixth of its time
    tracing = configure_tracing(
        settings.tracing.kind,
        api_key=_key(settings),
        endpoint=None if settings.tracing.otlp_traces_endpoint else settings.tracing.otlp_endpoint,
        with_content=settings.tracing.with_content,
    )
    async with AsyncExitStack() as stack:
        stack.callback(tracing.shutdown)
        stop = stack.enter_context(stop_on_signals())
        probes = await stack.enter_async_context(_probes(settings.worker, stop))
        platform = await stack.enter_async_context(
            open_platform(
                settings, features=features, kind=replace(kind, runs_agents=share.asks_models)
            )
        )
        service = await _open(platform, share, stack)

        def report_start() -> None:
            probes.watch(service)
            announce(probes.url)

        await run_workers(
            service.client,
            service.parts,
            namespaces=service.others,
            plain=service.plain,
            stop=stop,
            on_start=report_start,
        )


def parts_for(role: Role, parts: Sequence[WorkerParts]) -> list[WorkerParts]:
    """What a worker of this role serves of ``parts``.

    Workflows and the activities beside them keep their queue: one process asks it for workflow
    tasks, another for activities. Models have a queue of their own.
    """
    match role:
        case Role.ALL:
            return list(parts)
        case Role.WORKFLOWS:
            return [part.workflows_alone() for part in parts if part.workflows]
        case Role.MODELS:
            return [part for part in parts if part.task_queue == MODELS_QUEUE]
        case Role.TOOLS:
            return [part.activities_alone() for part in parts if part.task_queue != MODELS_QUEUE]


class _Probes:
    """The probes of this process, where there are any.

    Attributes:
        url: Where they answer; None: nowhere.
    """

    def __init__(self, health: Health, metrics: Metrics | None, url: str | None) -> None:
        self.url = url
        self._health = health
        self._metrics = metrics

    def watch(self, service: _Served) -> None:
        """Tell how the worker is from now on."""
        client, database = service.client, service.database
        checks: dict[str, Check] = {
            "temporal": lambda: serves(client, client.namespace),
            "database": database.answers,
        }
        for part in service.parts:
            own = service.others[part.namespace] if part.namespace else client
            where = f"{part.namespace}/{part.task_queue}" if part.namespace else part.task_queue
            checks[f"queue {where}"] = partial(has_asked, own, part)
        self._health.watch(checks)
        if self._metrics is not None:
            self._metrics.count(service.numbers.text)


@asynccontextmanager
async def _probes(settings: WorkerSettings, stop: asyncio.Event) -> AsyncGenerator[_Probes]:
    """Before anything else is opened, so that a worker that waits for its server is seen live."""
    health = Health(stop)
    if settings.probe_port is None:
        yield _Probes(health, None, None)
        return
    metrics = Metrics(serve_sdk_metrics(f"{LOOPBACK}:{free_ports(1)[0]}"))
    serving = serving_probes(health, metrics, host=settings.probe_host, port=settings.probe_port)
    async with serving as url:
        yield _Probes(health, metrics, url)


async def open_parts(
    platform: OpenPlatform, stack: AsyncExitStack, share: Share | None = None
) -> list[WorkerParts]:
    """All that a worker serves, opened; namespaces of its features that are missing are made.

    Args:
        platform: What it is opened from.
        stack: What is opened beside the platform is closed with it.
        share: What the worker takes of the work; None: all of it.

    Raises:
        SegueError: Temporal, the database or a feature's settings cannot be used.
    """
    share = share or Share(Role.ALL, platform.features)
    others = await _namespaces(platform, share.features)
    parts = [
        part
        for feature in share.features
        for part in await stack.enter_async_context(feature.parts(platform))
    ]
    if share.asks_models:
        agents = model_parts(await platform.agents(), at_once=platform.settings.llm.concurrency)
        parts += [
            replace(agents, namespace=name)
            for name in (None, *others)
            if asks_models(share.features, name)
        ]
    if share.has_upkeep:
        # In all namespaces, whoever serves them.
        everywhere = await _namespaces(platform, platform.features)
        clients = [await platform.client(), *everywhere.values()]
        stores = (await platform.payloads()).stores
        parts.append(maintenance_parts(clients, stores, partial(prune_platform, platform)))
    return parts


async def _namespaces(platform: OpenPlatform, features: Sequence[Feature]) -> dict[str, Client]:
    """Clients of the namespaces that features have beside the configured one."""
    names = namespaces_of(features)
    await ensure_namespaces(await platform.client(), names)
    return {name: await platform.client(name) for name in names}


async def _open(platform: OpenPlatform, share: Share, stack: AsyncExitStack) -> _Served:
    settings = platform.settings
    parts = await open_parts(platform, stack, share)
    client, others = await platform.client(), await _namespaces(platform, share.features)
    if share.has_upkeep:
        await ensure_schedule(client)
        await schedule_pruning(client, daily=settings.data.prune_daily)
    database = await platform.database()
    if missing := await missing_keys(database, seal_of(settings)):
        logger.error("%s", missing)  # what is under other keys goes on
    bounded_parts = _with_bounds(parts_for(share.role, parts), settings.worker)
    queues = [
        (others[part.namespace] if part.namespace else client, part.task_queue) for part in parts
    ]
    numbers = Numbers(platform, database, queues)
    has_plain = any(part.is_plain for part in bounded_parts)
    plain = await platform.client(is_plain=True) if has_plain else None
    return _Served(client, plain, others, database, bounded_parts, numbers)


def _with_bounds(parts: Sequence[WorkerParts], settings: WorkerSettings) -> list[WorkerParts]:
    return [
        replace(
            part,
            max_concurrent_workflow_tasks=settings.max_concurrent_workflow_tasks,
            max_concurrent_activities=(
                part.max_concurrent_activities or settings.max_concurrent_activities
            ),
        )
        for part in parts
    ]


def _key(settings: Settings) -> str | None:
    key = settings.llm.openai_api_key
    return key.get_secret_value() if key is not None else None


def main() -> None:
    """Entry of the child process."""
    with ending_with_words():
        settings = read_settings()
        configure(
            settings.log.level,
            json=settings.log.form == "json",
            sealed=settings.conversations.encryption_keys is not None,
        )

        def announce(_: str | None) -> None:
            write_whole(settings.data.directory / PID_FILE, str(os.getpid()))

        kind = EMBEDDED_WORKER if EMBEDDED in sys.argv else WORKER
        features = features_named(FEATURES, settings.installation.feature_names)
        asyncio.run(run_worker(settings, Role.ALL, announce, features, kind=kind))


if __name__ == "__main__":
    main()
