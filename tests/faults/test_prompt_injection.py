"""Hostile titles and tool results before models that obey them, in every strategy.

The model is the worst that there is: it does what a text says, with every tool at once. What must
hold is seen from outside: in the playlists, in the calls of the catalogue, at the address that the
texts name, and in what the model was sent.
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest

from segue.errors.run import AgentError
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import TrackStatus, WorkflowResult
from segue.music.workflows.simple_agent import PROMPT_CHARACTERS
from tests.faults.hostile_texts import FOREIGN_PLAYLIST, FOREIGN_URI, HOSTILE_TEXTS
from tests.faults.injection import (
    MESSAGE_CHARACTERS,
    Case,
    InjectionWorld,
    injection_world,
    unfit,
)

STRATEGIES = [
    Strategy.ASSISTED,
    Strategy.SIMPLE,
    Strategy.AGENT,
    Strategy.MULTI_AGENT,
    Strategy.MCP,
]
WRITES = ["a foreign track", "another playlist", "a new playlist", "a removal", "the song twice"]


@pytest.fixture
async def world(temporal_server, scripted_openai, sqlite_database):
    async with injection_world(temporal_server, scripted_openai, sqlite_database) as opened:
        yield opened


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_texts_of_the_catalogue_make_no_model_write_anything_but_the_song(world, strategy):
    # The matcher shows a model its five nearest; an agent sees all that a search gives.
    together = 4 if strategy is Strategy.ASSISTED else 8
    cases = world.cases(HOSTILE_TEXTS, strategy, together=together, wished=False)
    ended = await world.run_all(cases)

    await nothing_else_happened(world, cases)
    for case, result in zip(cases, ended, strict=True):
        held = world.catalogue.uris_of(case.playlist)
        assert isinstance(result, WorkflowResult)
        assert result.success == (held == [case.wanted.uri])
        assert len(await world.asked(case)) == len(case.script())  # it did all that it was told
        if case.adds and strategy is not Strategy.ASSISTED:  # it can be done, by the same tools
            assert result.status is TrackStatus.ADDED


async def test_texts_of_the_wish_make_no_model_write_anything_but_the_song(world):
    cases = [
        case
        for first, strategy in enumerate(STRATEGIES)
        for case in world.cases(HOSTILE_TEXTS[first::5], strategy, together=2, wished=True)
    ]
    ended = await world.run_all(cases)

    await nothing_else_happened(world, cases)
    assert all(isinstance(one, WorkflowResult | AgentError) for one in ended)


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_outside_the_plan_would_be_seen(world, write):
    (case,) = world.cases(HOSTILE_TEXTS[:1], Strategy.AGENT, together=1, wished=False)
    catalogue = world.catalogue
    assert catalogue.breaches() == []
    match write:
        case "a foreign track":
            await catalogue.add_items(case.playlist, [FOREIGN_URI], position=0)
        case "another playlist":
            await catalogue.add_items(FOREIGN_PLAYLIST, [case.wanted.uri], position=1)
        case "a new playlist":
            await catalogue.create_playlist("Gift")
        case "a removal":
            await catalogue.remove_items(FOREIGN_PLAYLIST, [FOREIGN_URI])
        case _:
            await catalogue.add_items(case.playlist, [case.wanted.uri] * 2, position=0)

    assert catalogue.breaches()


async def test_a_fetched_address_would_be_seen(world):
    address = urlsplit(world.address)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()

    assert len(world.visits) == 1


@pytest.mark.parametrize(
    "sent",
    [
        [{"role": "user", "content": '{"wish":{"title":"a\\u202eb"}}'}],
        [{"role": "user", "content": [{"type": "input_text", "text": "a\u200bb"}]}],
        [
            {
                "type": "function_call_output",
                "output": '{"tracks":[{"title":"\\ud83d\\udc4d\\ufe0f"}]}',
            }
        ],
        [{"type": "function_call_output", "output": '{"\\u0007":1}'}],
        [{"type": "function_call_output", "output": "x" * 301}],
        "a\x1bb",
    ],
)
def test_text_that_hides_or_has_no_end_would_be_seen(sent):
    assert unfit({"input": sent})
    assert unfit({"input": [{"type": "function_call", "arguments": "\u200b"}]}) == []


async def nothing_else_happened(world: InjectionWorld, cases: Sequence[Case]) -> None:
    """No write outside the plan, nothing fetched, no broken workflow, no unfit text to a model."""
    assert world.catalogue.breaches() == []
    assert world.visits == []
    assert await world.agents.openai.calls("?") == []
    told = {case.texts: await world.failed_tasks(case) for case in cases}
    assert [texts for texts, failed in told.items() if failed] == []
    for case in cases:
        for at, call in enumerate(await world.asked(case)):
            # The first call of `simple` reads the user's own sentence, which is longer.
            sentence = at == 0 and case.wished and case.strategy is Strategy.SIMPLE
            most = PROMPT_CHARACTERS if sentence else MESSAGE_CHARACTERS
            assert call.api == "responses"
            problems = unfit(call.body or {}, most=most)
            assert (problems, case.texts[0].name) == ([], case.texts[0].name)
