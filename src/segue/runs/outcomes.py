"""How a run ended, read back from the turn that the database has of it."""

from typing import Any

from segue.errors.base import SegueError
from segue.errors.tree import known_errors
from segue.runs.contracts import Failure, Log, RunOutcome, Spent
from segue.sessions.turns import TurnRecord

OK = "ok"
"""The status of a turn that ended with an answer; that of another is its error's code."""


def outcome_of_turn(
    conversation: str, turn: TurnRecord, text: str, *, shortened: bool = False
) -> RunOutcome:
    """What came of the run that this turn was.

    Args:
        conversation: Whose turn it is.
        turn: As it is stored.
        text: Its answer; empty where it has none.
        shortened: ``text`` is only the answer's beginning.
    """
    note: dict[str, Any] = turn.note
    return RunOutcome(
        output=text if turn.status == OK else None,
        failure=None if turn.status == OK else _failure(turn.status, note),
        log=Log(id=conversation, kind="thread"),
        text_seq=turn.text_seq,
        shortened=shortened,
        turn=turn.number,
        agent=turn.agent,
        models=tuple(note.get("models", ())),
        offline=bool(note.get("offline")),
        spent=Spent.model_validate(note.get("spent", {})),
        seconds=float(note.get("seconds", 0.0)),
        tools=tuple(note.get("tools", ())),
    )


def _failure(code: str, note: dict[str, Any]) -> Failure:
    kind = known_errors().get(code, SegueError)
    return Failure(code=code, message=str(note.get("error") or ""), hint=kind.default_hint)
