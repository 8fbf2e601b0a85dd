"""``segue prune``: what it says, and what it is asked."""

import json
from datetime import timedelta

import pytest

from segue.cli.exit_codes import ExitCode
from tests.fakes.doubles.music_service import FakeInstallation
from tests.unit.cli.conftest import Segue


def test_what_was_deleted_is_told_by_kind(segue: Segue) -> None:
    installation = FakeInstallation()

    result = segue("prune", "--older-than", "90d", on=installation)

    assert installation.called == [("prune", timedelta(days=90), False)]
    assert "1,200" in result.stdout
    assert "dry run" not in result.stdout


def test_a_dry_run_says_that_it_is_one(segue: Segue) -> None:
    installation = FakeInstallation()

    told = segue("prune", "--dry-run", on=installation).stdout
    as_json = json.loads(segue("prune", "--dry-run", "--json", on=installation).stdout)

    assert installation.called == [("prune", None, True)] * 2
    assert "Nothing was deleted" in told
    assert as_json == {
        "dry_run": True,
        "pruned": [
            {"what": "syncs", "rows": 2, "size": 0},
            {"what": "rows", "rows": 1_200, "size": 1_228_800},
        ],
    }


@pytest.mark.parametrize("age", ["0d", "-1", "soon", "", "12h", "100000d"])
def test_an_age_that_is_none_deletes_nothing(segue: Segue, age: str) -> None:
    installation = FakeInstallation()

    result = segue("prune", "--older-than", age, on=installation)

    assert result.exit_code == ExitCode.INPUT
    assert installation.called == []
