"""A run's outcome as one text, for clients that know nothing else."""

from segue.runs.contracts import RunOutcome
from segue.runs.workflow.records import read_item
from segue.sessions.turns import text_of

OFFLINE_MARK = "[offline: answered by rules, without a model]"


async def in_words(outcome: RunOutcome) -> str:
    """The answer, or why there is none; never nothing."""
    if outcome.failure is not None:
        return f"[Not answered: {outcome.failure.message} {outcome.failure.hint}]".replace(
            " ]", "]"
        )
    text = str(outcome.output)
    if outcome.shortened and outcome.text_seq is not None:
        text = text_of(await read_item(outcome.log, outcome.text_seq))
    return f"{text}\n{OFFLINE_MARK}" if outcome.offline else text
