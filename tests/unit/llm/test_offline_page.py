"""The page about the offline model is true: its examples run and print what it says."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from segue.llm.offline import conditions, replies
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation

PAGE = (Path(__file__).parents[3] / "docs" / "offline-model.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
NAMES = [
    name
    for module in (conditions, replies)
    for name, thing in vars(module).items()
    if getattr(thing, "__module__", "") == module.__name__ and name.islower()
]


def test_the_examples_print_what_the_page_says() -> None:
    program = "\n".join(code for language, code in BLOCKS if language == "python")
    printed = "".join(code for language, code in BLOCKS if language == "text")

    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(program, "docs/offline-model.md", "exec"), {"__name__": "page"})  # noqa: S102

    assert out.getvalue() == printed


@pytest.mark.parametrize("name", [*NAMES, "Refusal(", "Output("])
def test_the_page_names_every_condition_and_reply(name: str) -> None:
    assert name in PAGE


@pytest.mark.parametrize("kind", [AgentRules, Situation])
def test_the_page_names_what_the_authors_types_offer(kind: type[Any]) -> None:
    inner = {"add", "rule_for", "digest"}  # for the book and the model, not for authors
    offered = {name for name in vars(kind) if not name.startswith("_")} - inner

    assert {name for name in offered if not re.search(rf"\b{name}\b", PAGE)} == set()
