"""What the database says of syncs that Temporal does not list."""

from dataclasses import replace

import pytest

from segue.music.contracts.strategies import Strategy
from segue.music.store.outcomes import StoredOutcome
from segue.music.syncs.stored import stored_summary

BEGUN = 1_800_000_000.0


def sync(outcome, **changes):
    one = StoredOutcome(
        run_id="r",
        import_id="i",
        workflow_id="w",
        temporal_run_id="t",
        strategy=Strategy.AGENT,
        dry_run=False,
        rows=1,
        started_at=BEGUN,
        outcome=outcome,
        seconds=90.0,
        agents=None,
        ended_at=BEGUN + 7_200,
        playlist_name="Mine",
    )
    return replace(one, **changes)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("verified", "completed"),
        ("planned", "completed"),
        ("incomplete", "completed"),
        ("failed", "failed"),
        ("cancelled", "canceled"),
        ("lost", "forgotten"),
        (None, "forgotten"),
    ],
)
def test_an_end_has_temporals_word_and_one_that_nobody_saw_is_forgotten(outcome, status):
    assert stored_summary(sync(outcome), now=BEGUN + 86_400).status == status


def test_what_has_just_begun_runs_though_no_list_has_it_yet():
    fresh = sync(None, seconds=None, ended_at=None)

    run = stored_summary(fresh, now=BEGUN + 2)

    assert (run.status, run.closed_at) == ("running", None)


@pytest.mark.parametrize(
    ("seconds", "closed_at"),
    [(90.0, "2027-01-15T08:01:30+00:00"), (None, "2027-01-15T10:00:00+00:00")],
)
def test_it_closed_so_many_seconds_after_its_start_or_when_that_was_seen(seconds, closed_at):
    run = stored_summary(sync("verified", seconds=seconds), now=BEGUN)

    assert (run.started_at, run.closed_at) == ("2027-01-15T08:00:00+00:00", closed_at)
    assert (run.playlist_name, run.strategy, run.ui_url) == ("Mine", Strategy.AGENT, None)
