"""What somebody gives a pattern becomes the arguments of its workflow, or is refused."""

from dataclasses import replace
from typing import Any

import pytest
from temporalio import workflow

from segue.errors.input import InputError
from segue.gallery.catalogue import row_of
from segue.gallery.pattern import Sample
from segue.gallery.service.arguments import arguments_in, arguments_of, parameters_of


@workflow.defn(name="Counted")
class Counted:
    """A workflow with an argument of each kind."""

    @workflow.run
    async def run(self, most: int, question: str, style: str | None = None) -> str:
        """Answer."""
        return f"{most} {question} {style}"


COUNTED = replace(
    row_of("hello_world").pattern(), workflow=Counted, samples=(Sample(3, "Why?", answer="."),)
)


@pytest.mark.parametrize(
    ("values", "arguments"),
    [
        ((), (3, "Why?")),
        (("20",), (20, "Why?")),
        ((7, "How?"), (7, "How?")),
        ((7, "How?", None), (7, "How?", None)),
    ],
)
def test_what_is_not_given_is_the_samples(values: tuple[Any, ...], arguments: tuple[Any, ...]):
    assert arguments_of(COUNTED, values) == arguments


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((1, "a", "b", "c"), "at most 3 arguments .most: int, question: str"),
        (("many",), "'most' does not fit"),
        ((1, 2), "'question' does not fit"),
    ],
)
def test_what_does_not_fit_is_refused(values: tuple[Any, ...], words: str):
    with pytest.raises(InputError, match=words):
        arguments_of(COUNTED, values)


def test_parameters_are_told_by_name_and_type():
    assert [(each.name, each.type, each.is_optional) for each in parameters_of(COUNTED)] == [
        ("most", "int", False),
        ("question", "str", False),
        ("style", "str | None", True),
    ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Tell me.", ["Tell me."]),
        ('["a", 2]', ["a", 2]),
        ('{"query": "a"}', [{"query": "a"}]),
        ("20", ["20"]),
        ("", [""]),
    ],
)
def test_typed_words_are_one_argument_and_an_array_is_all(text: str, values: list[Any]):
    assert arguments_in(text) == values


def test_broken_json_is_told_of():
    with pytest.raises(InputError, match="begins like JSON"):
        arguments_in('["a"')
