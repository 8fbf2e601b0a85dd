"""What came of messages, from a chat's workflow or from the database, as faces are shown it."""

from typing import Any

from segue.assistant.contracts import ReplyView
from segue.runs.contracts import Failure, RunOutcome, Spent
from segue.runs.service.views import NamedTurn
from segue.runs.workflow.closings import OK


def reply_of_outcome(thread: str, message_id: str, outcome: RunOutcome) -> ReplyView:
    """A reply that the workflow holds."""
    return ReplyView(
        thread=thread,
        message_id=message_id,
        turn=outcome.turn,
        text="" if outcome.output is None else str(outcome.output),
        failure=outcome.failure,
        offline=outcome.offline,
        agent=outcome.agent,
        models=outcome.models,
        tools=outcome.tools,
        spent=outcome.spent,
    )


def reply_of_turn(thread: str, message_id: str, turn: NamedTurn) -> ReplyView:
    """A reply that the database alone has."""
    record = turn.turn
    note: dict[str, Any] = record.note
    has_failed = record.status != OK
    failure = Failure(code=record.status, message=str(note.get("error") or ""))
    return ReplyView(
        thread=thread,
        message_id=message_id,
        turn=record.number,
        text=turn.text,
        failure=failure if has_failed else None,
        offline=bool(note.get("offline")),
        agent=record.agent,
        models=tuple(note.get("models", ())),
        tools=tuple(note.get("tools", ())),
        spent=Spent.model_validate(note.get("spent", {})),
    )
