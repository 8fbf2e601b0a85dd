"""Events of runs: what waits for people, and what ended."""

from segue.runs.contracts import RunClosed, RunClosing
from segue.runs.events import Event, event_id
from segue.runs.questions import Question


def approval_event(question: Question, workflow_id: str) -> Event:
    """A question waits for a person: which tool, not with what arguments."""
    facts = {
        "id",
        "kind",
        "tool",
        "agent",
        "asked_of",
        "asked_at",
        "expires_at",
        "arguments_sha256",
    }
    return Event(
        id=event_id("approval.waiting", workflow_id, question.id, question.asked_of),
        type="approval.waiting",
        at=question.asked_at,
        data={"workflow_id": workflow_id, **question.model_dump(mode="json", include=facts)},
    )


def turn_event(closing: RunClosing, run: RunClosed, workflow_id: str, at: float) -> Event:
    """A turn of a thread ended: how, not what was said."""
    return Event(
        id=event_id("turn.ended", closing.operation),
        type="turn.ended",
        at=at,
        data={
            "workflow_id": workflow_id,
            "conversation": closing.log.id,
            "turn": run.number,
            "status": closing.status,
            "agent": closing.agent,
        },
    )
