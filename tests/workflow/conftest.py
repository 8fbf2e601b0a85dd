"""Fixtures of the tests against a Temporal server."""

from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client

from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.worlds.music import MusicWorld, music_world


@pytest.fixture
async def world(temporal_client: Client, tmp_path: Path) -> AsyncGenerator[MusicWorld]:
    """The music feature at work on a catalogue of its own."""
    catalogue = InMemoryCatalogue(TRACKS, name=f"memory-{uuid4().hex[:8]}")
    async with music_world(temporal_client, tmp_path, catalogue) as made:
        yield made
