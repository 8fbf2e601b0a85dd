"""Runs one by one: which one is meant, and how it ended."""

from dataclasses import dataclass

from segue.errors.base import SegueError
from segue.music.contracts.reports import StoredReport
from segue.music.contracts.tracks import WorkflowResult

RUNNING = "running"  # Temporal's words
COMPLETED = "completed"
CANCELED = "canceled"
CONTINUED = "continued_as_new"
FORGOTTEN = "forgotten"  # ours: Temporal keeps closed runs for some time only


@dataclass(frozen=True)
class RunAddress:
    """One run for good, whatever follows under the same workflow id.

    Attributes:
        first_run_id: Temporal's id of the run, the first of its chain; None: the newest one.
    """

    workflow_id: str
    first_run_id: str | None = None


@dataclass(frozen=True)
class RunStart(RunAddress):
    """A run, as the request that wanted it got it.

    Attributes:
        joined: It was running already, for another request; what that one asked for counts.
    """

    joined: bool = False


@dataclass(frozen=True)
class RunEnding:
    """How a run ended; one of the last three is there.

    Attributes:
        status: Temporal's word.
    """

    status: str
    song: WorkflowResult | None = None
    playlist: StoredReport | None = None
    error: SegueError | None = None
