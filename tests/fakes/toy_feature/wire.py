"""Names and payloads of the toy's workflow and activity."""

from pydantic import BaseModel

TALLY_NAMESPACE = "tallies"
TALLY_QUEUE = "tally"
TALLY = "TallyWorkflow"
COUNT_WORDS = "tally-count-words"


class TallyRequest(BaseModel, frozen=True):
    """Input of ``TallyWorkflow``."""

    text: str
