"""What a process stands on: opened at first use, once, and closed in reverse; and who is listed."""

import asyncio
import pkgutil
from contextlib import asynccontextmanager

import pytest
import typer
from fastapi import APIRouter

from segue.errors.catalogue import CatalogueUnavailableError
from segue.platform.feature import Feature
from segue.settings.load import embedded_settings
from segue.wiring.features import FEATURES
from segue.wiring.platform import open_platform

WITHIN_S = 20.0


@asynccontextmanager
async def no_parts(_):
    yield ()


class Shop:
    """A feature whose service needs the database, and fails so often first."""

    def __init__(self, failures=0):
        self.failures = failures
        self.events: list[str] = []
        self.feature = Feature(
            name="shop", queues=(), parts=no_parts, open_service=self.open_service
        )

    @asynccontextmanager
    async def open_service(self, platform):
        if self.failures:
            self.failures -= 1
            raise CatalogueUnavailableError("not yet")
        database = await platform.database()
        self.events.append("opened")
        yield self
        self.events.append("closed while the database answers")
        assert await database.answers()


def platform_of(tmp_path, shop):
    return open_platform(embedded_settings(tmp_path), features=(shop.feature,))


async def test_a_part_is_opened_once_for_all_who_ask(tmp_path):
    shop = Shop()
    async with platform_of(tmp_path, shop) as platform:
        first, second = await asyncio.gather(platform.service("shop"), platform.service("shop"))
        assert await platform.database() is await platform.database()

    assert first is second
    assert shop.events.count("opened") == 1


async def test_what_stands_on_a_part_is_closed_before_it(tmp_path):
    shop = Shop()
    async with platform_of(tmp_path, shop) as platform:
        await platform.service("shop")

    assert shop.events == ["opened", "closed while the database answers"]


async def test_what_nobody_asks_for_is_not_opened(tmp_path):
    async with platform_of(tmp_path / "data", Shop()):
        pass

    assert not (tmp_path / "data").exists()


async def test_a_part_that_could_not_be_opened_is_tried_again(tmp_path):
    async with platform_of(tmp_path, Shop(failures=1)) as platform:
        with pytest.raises(CatalogueUnavailableError):
            await platform.service("shop")

        assert await platform.service("shop")


async def test_a_command_that_is_stopped_while_a_part_opens_does_not_wait_for_it(tmp_path):
    opening = asyncio.Event()

    @asynccontextmanager
    async def never(_):
        opening.set()
        await asyncio.Event().wait()
        yield

    slow = Feature(name="slow", queues=(), parts=no_parts, open_service=never)
    async with asyncio.timeout(WITHIN_S):
        async with open_platform(embedded_settings(tmp_path), features=(slow,)) as platform:
            asking = asyncio.create_task(platform.service("slow"))
            await opening.wait()
            asking.cancel()
        await asyncio.wait({asking})

    assert asking.cancelled()


@pytest.mark.parametrize("route", [route for feature in FEATURES for route in feature.routes])
def test_a_listed_route_is_a_router(route):
    assert isinstance(pkgutil.resolve_name(route), APIRouter)


@pytest.mark.parametrize(
    "command", [command.source for feature in FEATURES for command in feature.commands]
)
def test_a_listed_command_is_one_or_a_group(command):
    found = pkgutil.resolve_name(command)

    assert isinstance(found, typer.Typer) or callable(found)


def test_names_of_features_and_their_queues_are_their_own():
    names = [feature.name for feature in FEATURES]
    queues = [queue for feature in FEATURES for queue in feature.queues]

    assert len(set(names)) == len(names)
    assert len(set(queues)) == len(queues)
