"""Limits, streams and what is asked of the settings."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from segue.errors.api import TooManyRequestsError
from segue.errors.temporal import TemporalUnreachableError
from segue.music.contracts.strategies import FlagSet, Strategy
from segue.music.service.pinned import PinnedRun
from segue.settings.api import ApiSettings
from segue.settings.load import embedded_settings
from segue.web.open_keys import open_keys
from segue.web.rates import Rates
from segue.web.scopes import Scope
from segue.web.serve import limits_of
from segue.web.streams import Streams
from tests.fakes.doubles.music_service import matching
from tests.fakes.worlds.web import FakeRun


def test_the_flags_say_who_chooses_for_a_song():
    assert FlagSet().song_strategy is Strategy.AGENT
    assert FlagSet(use_mcp_provider=True).song_strategy is Strategy.MCP
    both = FlagSet(use_mcp_provider=True, use_multi_agent=True)
    assert both.song_strategy is Strategy.MULTI_AGENT


def test_the_settings_say_the_limits():
    settings = embedded_settings(Path("nowhere"))
    own = ApiSettings.model_construct(upload_limit_mb=2, requests_per_minute=7)

    limits = limits_of(replace(settings, api=own))

    assert (limits.requests_per_minute, limits.upload_bytes) == (7, 2 * 1024 * 1024)


async def test_keys_are_made_without_anything_started(tmp_path):
    async with open_keys(embedded_settings(tmp_path)) as keys:
        made = await keys.create("laptop", [Scope.ADMIN])

    async with open_keys(embedded_settings(tmp_path)) as keys:
        assert await keys.verify(made.text) == made.key


async def test_rates_that_were_never_asked_are_closed_too():
    await Rates(1).aclose()


# --- streams --------------------------------------------------------------------------------------


async def _active(_: str) -> bool:
    return True


def _follow(streams: Streams, run: FakeRun, last_id: str | None = None):
    return streams.follow("ada", cast("PinnedRun", run), last_id)


async def test_silence_is_broken_by_comments():
    streams = Streams(1, _active, every=0.001, keep_alive=0.002)
    run = FakeRun("w", steps=[matching(1)], looks=6)

    frames = [frame async for frame in _follow(streams, run)]

    assert frames[0].startswith(b"id: ")
    assert frames.count(b": keep-alive\n\n") >= 2
    assert b"event: ended" in frames[-1]


def test_a_key_has_so_many_streams_and_no_more_until_one_ends():
    streams = Streams(1, _active)
    with streams.places.take("ada"):
        with pytest.raises(TooManyRequestsError), streams.places.take("ada"):
            pass
        with streams.places.take("bob"):
            pass

    with streams.places.take("ada"):
        pass


async def test_a_stream_ends_with_its_key():
    keys = {"ada"}

    async def is_active(key_id: str) -> bool:
        return key_id in keys

    streams = Streams(1, is_active, every=0.001, check_key=0.002)
    stream = _follow(streams, FakeRun("w", steps=[matching(1)]))
    await anext(stream)

    keys.clear()

    async with asyncio.timeout(10):
        assert [frame async for frame in stream] == []


async def test_streams_end_when_the_server_stops():
    streams = Streams(1, _active, every=0.001)
    stream = _follow(streams, FakeRun("w", steps=[matching(1)]))
    await anext(stream)

    streams.stop()

    async with asyncio.timeout(10):
        assert [frame async for frame in stream] == []


async def test_a_stream_ends_when_temporal_is_away_so_that_its_viewer_comes_back():
    class Away(FakeRun):
        async def progress(self):
            raise TemporalUnreachableError("away")

    assert [frame async for frame in _follow(Streams(1, _active), Away("w"))] == []
