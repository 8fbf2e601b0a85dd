"""Segue as a command uses it: one context that opens everything and closes it again."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.music.service.music import MusicService
from segue.platform.feature import Feature
from segue.runs.service.records import AgentRecords
from segue.runs.service.stored_records import KeptRecords
from segue.runtime.client import has_worker
from segue.settings.load import Settings
from segue.wiring.features import FEATURES
from segue.wiring.platform import OpenPlatform, open_platform

MAPPING_FILE = "mapping.csv"


@dataclass(frozen=True)
class Opened:
    """The service of one feature, as a command uses it.

    Attributes:
        service: Of the class that the feature says.
        warnings: What the user should know before anything fails.
        detach: Leaves a stack that this process started running until its work is done.
    """

    service: Any
    warnings: tuple[str, ...]
    detach: Callable[[], None]


class App:
    """A running Segue.

    Attributes:
        music: The music feature.
        platform: What it stands on.
        mapping_file: The user's own matches, where that file exists.
        ui_url: Temporal's web page, where one is known.
    """

    def __init__(
        self,
        platform: OpenPlatform,
        music: MusicService,
        ui_url: str | None,
        warnings: tuple[str, ...],
    ) -> None:
        self.platform = platform
        self.music = music
        self.mapping_file = _mapping_file(platform.settings)
        self.ui_url = ui_url
        self._warnings = warnings

    def detach(self) -> None:
        """Leave a stack that this process started running until its syncs are done."""
        self.platform.detach()

    def warnings(self) -> tuple[str, ...]:
        """What the user should know before anything fails."""
        return self._warnings


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncGenerator[App]:
    """Join the stack of this data folder, or start one; with TEMPORAL_ADDRESS set, use that.

    Raises:
        SegueError: A part cannot be started or reached.
    """
    async with open_platform(settings) as platform:
        music = await platform.service("music")
        yield App(platform, music, await platform.ui_url(), await warnings_of(platform))


@asynccontextmanager
async def open_service(
    settings: Settings, feature: str, features: Sequence[Feature] = FEATURES
) -> AsyncGenerator[Opened]:
    """Join the stack of this data folder, or start one; with TEMPORAL_ADDRESS set, use that.

    Args:
        settings: As loaded.
        feature: The name of the feature whose service it is.
        features: All there are.

    Raises:
        SegueError: A part cannot be started or reached.
    """
    own = [each for each in features if each.name == feature]
    async with open_platform(settings, features=own) as platform:
        service = await platform.service(feature)
        yield Opened(service, await warnings_of(platform), platform.detach)


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
            if not await has_worker(await platform.client(queue.namespace), queue.task_queue)
        ]
    return tuple(lines)


def _mapping_file(settings: Settings) -> Path | None:
    file = settings.catalogue.mapping_file or settings.data.directory / MAPPING_FILE
    return file if file.exists() else None
