"""The error tree is what its docstring draws, and its codes can be relied on."""

import inspect
import re
from collections import Counter
from datetime import timedelta

import pytest

from segue import errors
from segue.errors.base import SegueError
from segue.errors.catalogue import QuotaExceededError, RateLimitedError
from segue.errors.conversation import ConversationError
from segue.errors.input import EmptyInputError
from segue.errors.model import ModelError
from segue.errors.run import RunError
from segue.errors.tree import family

FAMILY = [error for error in family() if error.__module__.startswith(f"{errors.__name__}.")]


def _drawn() -> list[tuple[str, str]]:
    """(parent, child) for every line of the docstring's tree; four columns are a level."""
    path: list[str] = []
    edges: list[tuple[str, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^([ │├└─]*)([A-Z]\w+Error)\b", line)
        if not match:
            continue
        depth = len(match[1]) // 4 - 1
        path[depth:] = [match[2]]
        if depth:
            edges.append((path[depth - 1], match[2]))
    return edges


def _real() -> list[tuple[str, str]]:
    """(parent, child) for every class below the root."""
    return [(error.__bases__[0].__name__, error.__name__) for error in FAMILY[1:]]


def test_the_tree_in_the_docstring_is_the_real_tree() -> None:
    assert sorted(_drawn()) == sorted(_real())


def test_the_docstring_gives_each_leaf_its_code() -> None:
    drawn = dict(re.findall(r"(\w+Error) +([a-z]+\.[a-z_]+)", errors.__doc__ or ""))

    assert drawn == {error.__name__: error.code for error in FAMILY if error.__name__ in drawn}
    leaves = {error.__name__ for error in FAMILY if not error.__subclasses__()}
    assert leaves <= set(drawn)


def test_every_class_has_a_code_of_its_own() -> None:
    counts = Counter(error.code for error in FAMILY)

    assert [code for code, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("error", FAMILY, ids=lambda error: error.__name__)
def test_codes_and_statuses_are_well_formed(error: type[SegueError]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", error.code)
    assert 400 <= error.status <= 599
    assert 1 <= error.exit_code <= 125  # Source: POSIX shells keep 126 and above for themselves
    assert inspect.getdoc(error)


@pytest.mark.parametrize(
    "error", [error for error in FAMILY if error.retryable], ids=lambda error: error.__name__
)
def test_what_a_second_try_may_mend_says_what_to_do_meanwhile(error: type[SegueError]) -> None:
    assert error.default_hint.endswith((".", "?"))


def test_a_message_carries_the_hint_of_its_class_unless_given_another() -> None:
    plain = EmptyInputError("'a.csv' holds no song.")
    named = EmptyInputError("'a.csv' holds no song.", hint="Look inside.")
    silent = EmptyInputError("'a.csv' holds no song.", hint="")

    assert (str(plain), plain.message) == ("'a.csv' holds no song.",) * 2
    assert plain.hint == EmptyInputError.default_hint
    assert (named.hint, silent.hint) == ("Look inside.", "")


@pytest.mark.parametrize("kind", [RateLimitedError, QuotaExceededError])
def test_a_rate_limit_says_how_long_to_wait(kind: type[RateLimitedError]) -> None:
    limited = kind("Too many calls.", retry_after=timedelta(seconds=7), hint="Wait.")

    assert limited.retry_after == timedelta(seconds=7)
    assert (limited.hint, limited.retryable) == ("Wait.", True)


@pytest.mark.parametrize("kind", [ModelError, RunError, ConversationError])
def test_whoever_meets_a_failure_of_an_agent_reads_what_to_do(kind: type[SegueError]):
    assert [each.code for each in family(kind) if not each.default_hint] == []
