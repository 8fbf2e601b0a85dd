"""How the workflows about one song end."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.music.contracts.tracks import TrackStatus, WorkflowResult
    from segue.music.contracts.verdicts import Verdict

_STATUS = {"review": TrackStatus.REVIEW, "none": TrackStatus.NOT_FOUND}


def song_result(
    verdict: Verdict,
    status: TrackStatus,
    *,
    position: int | None = None,
    message: str | None = None,
) -> WorkflowResult:
    """The end of a workflow about one song; it succeeded when there is a position."""
    duration = workflow.now() - workflow.info().start_time
    return WorkflowResult(
        success=position is not None,
        message=message or verdict.reason,
        track=verdict.track,
        confidence=verdict.confidence,
        status=status,
        position=position,
        alternatives=verdict.alternatives,
        execution_time_seconds=duration.total_seconds(),
    )


def status_without(verdict: Verdict) -> TrackStatus:
    """The status of a song for which the verdict accepts no track."""
    return _STATUS.get(verdict.decision, TrackStatus.FAILED)
