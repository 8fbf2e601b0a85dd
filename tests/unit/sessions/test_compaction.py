"""When older turns give way to a summary, and which."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from segue.sessions.compaction import needs_compaction, summary_item, turns_to_summarise
from segue.sessions.turns import TurnRecord, estimated_tokens, merge, prompt_turns, text_of


def turn(number, tokens=100, **more):
    return TurnRecord(number=number, tokens=tokens, spans=((number, number),), **more)


def summary(number, covers, tokens=10):
    return turn(number, tokens, kind="summary", covers=covers)


def test_a_short_conversation_is_left_alone():
    turns = [turn(1), turn(2)]

    assert needs_compaction(turns, tokens_limit=200, keep_recent=0) is None
    assert needs_compaction([], tokens_limit=0, keep_recent=0) is None


@pytest.mark.parametrize(("keep_recent", "upto"), [(0, 4), (1, 3), (2, 3), (9, 3)])
def test_recent_turns_are_kept_word_for_word_as_many_as_take_half_of_the_limit(keep_recent, upto):
    turns = [turn(number) for number in range(1, 5)]

    assert needs_compaction(turns, tokens_limit=399, keep_recent=keep_recent) == upto


def test_a_turn_that_takes_more_than_half_is_summarised_even_if_it_is_the_newest():
    assert needs_compaction([turn(1), turn(2, 900)], tokens_limit=900, keep_recent=10) == 2


def test_the_next_summary_is_far_however_long_turns_are():
    turns, summaries = [], 0
    for _ in range(100):
        turns.append(turn(len(turns) + 1, 60))
        upto = needs_compaction(turns, tokens_limit=1_000, keep_recent=10)
        if upto is not None:
            summaries += 1
            turns.append(summary(len(turns) + 1, upto, 250))

    assert summaries <= 100 * 60 / 250


def test_what_a_summary_covers_no_longer_counts():
    turns = [turn(1), turn(2), turn(3), summary(4, covers=2), turn(5)]

    assert needs_compaction(turns, tokens_limit=210, keep_recent=1) is None
    assert needs_compaction(turns, tokens_limit=209, keep_recent=1) == 3
    assert needs_compaction(turns, tokens_limit=209, keep_recent=0) == 5


def test_a_new_summary_is_made_from_the_one_before_and_the_turns_since():
    turns = [turn(1), turn(2), turn(3), summary(4, covers=2), turn(5), turn(6)]

    assert [one.number for one in turns_to_summarise(turns, 5)] == [4, 3, 5]
    assert [one.number for one in prompt_turns(turns)] == [4, 3, 5, 6]
    assert [one.number for one in turns_to_summarise(turns[:3], 2)] == [1, 2]


def test_a_summary_speaks_with_no_more_authority_than_a_user():
    item = summary_item("they agreed")

    assert item["role"] == "user"
    assert item["content"].endswith("\n\nthey agreed")


@pytest.mark.parametrize(("size", "tokens"), [(0, 0), (1, 1), (4, 1), (5, 2), (4000, 1000)])
def test_four_bytes_are_a_token(size, tokens):
    assert estimated_tokens(size) == tokens


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60))))
def test_merged_spans_hold_the_same_numbers_in_as_few_spans_as_can_be(spans):
    joined = merge(spans)

    numbers = {seq for first, last in spans for seq in range(first, last + 1)}
    assert [seq for first, last in joined for seq in range(first, last + 1)] == sorted(numbers)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(joined))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hello", "Hello"),
        ([{"text": "Hello, "}, {"text": "you"}], "Hello, you"),
        ([{}], ""),
        (None, ""),
    ],
)
def test_the_text_of_a_message_is_found_however_it_is_stored(content, text):
    assert text_of({"role": "user", "content": content}) == text
