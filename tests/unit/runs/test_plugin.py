"""The plugins under which agents run."""

from typing import Any, cast

import pytest
from openai import _models

from segue.runs.worker.plugin import (
    _NoProvider,  # pyright: ignore[reportPrivateUsage] - nothing asks it but a worker that should not
    _own_runner,  # pyright: ignore[reportPrivateUsage] - what Temporal's worker enters
)
from segue.runs.workflow.durable_model import output_items

ANSWERS = [
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "No."}]},
    {"type": "function_call", "call_id": "c", "name": "pay", "arguments": "{}"},
    {"type": "reasoning", "id": "r", "summary": []},
]


def test_a_process_that_runs_no_agents_has_no_model():
    with pytest.raises(NotImplementedError, match=r"'gpt-x'.*runs no agents"):
        _NoProvider().get_model("gpt-x")


async def test_the_first_workflow_of_a_worker_reads_answers_without_building_what_reads_them():
    readers = cast("Any", _models)._CachedTypeAdapter  # the client's own, built at first use
    readers.cache_clear()

    async with _own_runner():
        before = readers.cache_info().misses
        output_items(ANSWERS)

    assert before > 0
    assert readers.cache_info().misses == before
