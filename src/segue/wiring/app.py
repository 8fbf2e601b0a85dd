"""Segue as a command uses it: one context that opens everything and closes it again."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from segue.platform.feature import Feature
from segue.runs.service.records import AgentRecords
from segue.runs.service.stored_records import KeptRecords
from segue.runtime.client import has_worker
from segue.settings.load import Settings
from segue.wiring.features import FEATURES
from segue.wiring.platform import OpenPlatform, open_platform

_Service = TypeVar("_Service")


@dataclass(frozen=True)
class App(Generic[_Service]):
    """A running Segue, for the commands of one feature.

    Attributes:
        service: The feature's.
        platform: What it stands on.
        warnings: What the user should know before anything fails.
    """

    service: _Service
    platform: OpenPlatform
    warnings: tuple[str, ...]

    def detach(self) -> None:
        """Leave a stack that this process started running until its work is done."""
        self.platform.detach()


@asynccontextmanager
async def open_app(
    settings: Settings, feature: str, features: Sequence[Feature] = FEATURES
) -> AsyncGenerator[App[Any]]:
    """Join the stack of this data folder, or start one; with TEMPORAL_ADDRESS set, use that.

    Args:
        settings: As loaded.
        feature: The name of the feature whose service is opened; no other is.
        features: All there are.

    Raises:
        SegueError: A part cannot be started or reached.
    """
    own = [each for each in features if each.name == feature]
    async with open_platform(settings, features=own) as platform:
        service = await platform.service(feature)
        yield App(service, platform, await warnings_of(platform))


class Agents:
    """Agents that run, and what they left behind.

    Attributes:
        records: What a person does with it.
    """

    def __init__(self, platform: OpenPlatform, records: AgentRecords) -> None:
        self.records = records
        self._platform = platform

    def detach(self) -> None:
        """Leave a stack that this process started running until its work is done."""
        self._platform.detach()


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncGenerator[KeptRecords]:
    """What is in the database; nothing is started.

    Raises:
        SettingsError: A database address or an encryption key is none.
        StorageError: The database cannot be used.
    """
    async with open_platform(settings) as platform:
        yield await platform.stored_records()


@asynccontextmanager
async def open_agents(settings: Settings) -> AsyncGenerator[Agents]:
    """Join the stack of this data folder, or start one; with TEMPORAL_ADDRESS set, use that.

    Raises:
        SegueError: A part cannot be started or reached.
    """
    async with open_platform(settings) as platform:
        yield Agents(platform, await platform.records())


async def warnings_of(platform: OpenPlatform) -> tuple[str, ...]:
    """What the user should know before anything fails.

    Raises:
        TemporalUnreachableError: Temporal did not say who works for it.
    """
    features, settings = platform.features, platform.settings
    lines = [line for feature in features for line in await feature.warnings(settings)]
    # A stack has a worker of its own, which may not have asked for work yet.
    if settings.temporal.address is not None:
        lines += [
            f"No worker serves this Temporal's queue `{queue.task_queue}`; what is started waits"
            " until `segue worker` runs."
            for feature in features
            for queue in feature.queues
            if not await has_worker(
                await platform.client(queue.namespace),
                queue.task_queue,
                activities=queue.activities_only,
            )
        ]
    return tuple(lines)
