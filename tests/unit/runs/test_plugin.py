"""The plugins of a process in which no agent runs."""

import pytest

from segue.runs.worker.plugin import (
    _NoProvider,  # pyright: ignore[reportPrivateUsage] - nothing asks it but a worker that should not
)


def test_a_process_that_runs_no_agents_has_no_model():
    with pytest.raises(NotImplementedError, match=r"'gpt-x'.*runs no agents"):
        _NoProvider().get_model("gpt-x")
