"""Deciding doubtful matches, on every database."""

import asyncio

import pytest

from segue.errors.sync import ReviewDecidedError
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.store.music_store import music_store
from segue.music.store.verdicts import wish_key

HELLO = SongMetadata(title="Hello", artist="Adele", album="25", duration_ms=295_000)
TRACK = Track(uri="spotify:track:" + "a" * 22, title="Hello", artists=("Adele",))


@pytest.fixture
def store(database):
    return music_store(database, catalogue="local", rules="1", clock=lambda: 1_800_000_000.0)


async def test_of_contradictory_decisions_at_once_one_counts_and_the_others_hear_of_it(store):
    await store.verdicts.ask({wish_key(HELLO): (HELLO, Verdict(decision="review", reason="two"))})

    answers = await asyncio.gather(
        *(store.verdicts.settle(HELLO, choice) for choice in [TRACK, None] * 5),
        return_exceptions=True,
    )

    made = [answer for answer in answers if not isinstance(answer, BaseException)]
    refused = [answer for answer in answers if isinstance(answer, ReviewDecidedError)]
    assert (len(made), len(refused)) == (5, 5)
    assert len({answer.uri for answer in made}) == 1
    assert [decision.uri for decision in await store.verdicts.decisions()] == [made[0].uri]


async def test_what_was_decided_and_forgotten_may_be_decided_anew(store):
    await store.verdicts.ask({wish_key(HELLO): (HELLO, Verdict(decision="review", reason="two"))})
    first = await store.verdicts.settle(HELLO, TRACK)
    await store.verdicts.undecide(first.key)

    assert (await store.verdicts.settle(HELLO, None)).uri is None
