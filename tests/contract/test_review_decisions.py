"""Deciding doubtful matches, on every database."""

import asyncio

import pytest

from segue.errors.input import InputError
from segue.errors.sync import ReviewDecidedError
from segue.music.contracts.pages import every_item
from segue.music.contracts.reports import PAGE
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.store.music_store import music_store
from segue.music.store.verdicts import wish_key

HELLO = SongMetadata(title="Hello", artist="Adele", album="25", duration_ms=295_000)
TRACK = Track(uri="spotify:track:" + "a" * 22, title="Hello", artists=("Adele",))


NOW = 1_800_000_000.0


@pytest.fixture
def now():
    return [NOW]


@pytest.fixture
def store(database, now):
    return music_store(database, catalogue="local", rules="1", clock=lambda: now[0])


def numbered(number):
    return SongMetadata(title=f"Song {number:04}", artist="Adele", album="25")


async def queue(store, now, count, *, of_a_moment=3):
    """Doubts about so many songs; their titles in the order of the queue."""
    doubt, order = Verdict(decision="review", reason="two"), []
    for start in range(0, count, of_a_moment):
        now[0] += 1
        numbers = range(start, min(start + of_a_moment, count))
        songs = {wish_key(each): each for each in map(numbered, numbers)}
        await store.verdicts.ask({key: (song, doubt) for key, song in songs.items()})
        order += [songs[key].title for key in sorted(songs)]
    return order


async def titles(read):
    """Every title of a list, read in pages of two."""
    return [item.song.title async for item in every_item(lambda place: read(limit=2, after=place))]


async def test_the_queue_is_read_page_by_page_in_order_and_each_doubt_once(store, now):
    order = await queue(store, now, 8)

    assert await titles(store.verdicts.open_questions) == order
    assert await store.verdicts.count_open() == 8
    page = await store.verdicts.open_questions(limit=2, offset=3)
    assert [item.song.title for item in page.items] == order[3:5]


async def test_what_a_decision_settles_is_on_no_page(store, now):
    order = await queue(store, now, PAGE + 3, of_a_moment=PAGE)
    gone = [order[0], order[1], order[PAGE]]
    for title in gone:
        bare = SongMetadata(title=title, artist="Adele")
        await store.verdicts.decide(bare, None, origin="mapping")

    pages = every_item(lambda place: store.verdicts.open_questions(limit=PAGE - 2, after=place))
    assert [item.song.title async for item in pages] == [t for t in order if t not in gone]
    assert await store.verdicts.count_open() == PAGE
    hidden, shown = [
        await store.verdicts.open_question(wish_key(numbered(int(title[-4:]))))
        for title in order[1:3]
    ]
    assert hidden is None
    assert shown.song.title == order[2]


async def test_what_is_decided_while_the_queue_is_read_moves_nothing(store, now):
    """An offset would pass over as many doubts as were decided."""
    order = await queue(store, now, 6)
    first = await store.verdicts.open_questions(limit=2)
    for item in first.items:
        await store.verdicts.settle(item.song, None)

    second = await store.verdicts.open_questions(limit=2, after=first.next)

    assert [item.song.title for item in second.items] == order[2:4]


async def test_decisions_are_read_page_by_page_newest_first(store, now):
    for number in range(7):
        now[0] += number % 2
        await store.verdicts.decide(numbered(number), None, origin="review")

    read = await titles(store.verdicts.decisions)
    page = await store.verdicts.decisions(limit=3, offset=2)

    assert sorted(read) == [numbered(number).title for number in range(7)]
    assert read[0] in {numbered(5).title, numbered(6).title}
    assert [decision.song.title for decision in page.items] == read[2:5]


@pytest.mark.parametrize("place", ["", "x_y", "nowhere"])
async def test_a_place_that_no_page_gave_is_refused(store, place):
    for read in (store.verdicts.decisions, store.verdicts.open_questions):
        with pytest.raises(InputError, match="not one that a page gave"):
            await read(limit=2, after=place)


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
    assert [decision.uri for decision in (await store.verdicts.decisions(limit=9)).items] == [
        made[0].uri
    ]


async def test_what_was_decided_and_forgotten_may_be_decided_anew(store):
    await store.verdicts.ask({wish_key(HELLO): (HELLO, Verdict(decision="review", reason="two"))})
    first = await store.verdicts.settle(HELLO, TRACK)
    await store.verdicts.undecide(first.key)

    assert (await store.verdicts.settle(HELLO, None)).uri is None
