"""What came of messages, from a chat's workflow or from the database, as faces are shown it."""

from segue.assistant.contracts import ReplyView
from segue.runs.contracts import RunOutcome
from segue.runs.outcomes import outcome_of_turn
from segue.runs.service.views import NamedTurn


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
    outcome = outcome_of_turn(thread, turn.turn, turn.text)
    return reply_of_outcome(thread, message_id, outcome)
