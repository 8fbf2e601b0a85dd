"""The API of a test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.fakes.worlds.web import World, api_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    async with api_world(tmp_path) as made:
        yield made
