"""What of the prompts read lately is known again, and what is forgotten."""

import pytest

from segue.sessions.recent import RecentPrompts, Shown
from tests.fakes.data.conversations import say


def shown(*, upto=3, removed=0, size=10):
    return Shown(removed=removed, upto=upto, items=(say("hello"),), size=size)


@pytest.mark.parametrize("upto", [3, 4, None])
def test_a_later_prompt_begins_with_what_is_known(upto):
    recent = RecentPrompts()
    recent.put("c", shown())

    assert recent.get("c", removals=0, upto=upto) == shown()


@pytest.mark.parametrize(
    ("conversation", "removed", "upto"), [("other", 0, None), ("c", 1, None), ("c", 0, 2)]
)
def test_another_prompt_an_earlier_one_and_one_without_an_item_are_read_anew(
    conversation, removed, upto
):
    recent = RecentPrompts()
    recent.put("c", shown())

    assert recent.get(conversation, removals=removed, upto=upto) is None


def test_the_prompt_not_asked_for_longest_goes_first():
    recent = RecentPrompts(most=25)
    recent.put("a", shown())
    recent.put("b", shown())
    recent.get("a", removals=0, upto=None)

    recent.put("c", shown())

    kept = [name for name in "abc" if recent.get(name, removals=0, upto=None)]
    assert kept == ["a", "c"]


def test_a_prompt_kept_anew_counts_once():
    recent = RecentPrompts(most=25)
    for upto in range(5):
        recent.put("a", shown(upto=upto))

    recent.put("b", shown())

    assert recent.get("a", removals=0, upto=None) == shown(upto=4)


def test_what_is_too_large_is_not_kept_and_takes_no_other_along():
    recent = RecentPrompts(most=25)
    recent.put("a", shown())

    recent.put("b", shown(size=26))

    assert recent.get("a", removals=0, upto=None)
    assert recent.get("b", removals=0, upto=None) is None


def test_dropping_what_is_not_there_does_nothing():
    recent = RecentPrompts()

    recent.drop("c")

    assert recent.get("c", removals=0, upto=None) is None
