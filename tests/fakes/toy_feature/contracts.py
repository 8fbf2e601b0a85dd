"""What faces see of the toy."""

from pydantic import BaseModel


class Tally(BaseModel, frozen=True):
    """How many words a text has.

    Attributes:
        words: What the tool counted.
        answer: What the agent made of it.
        offline: The answer came from the offline rules.
    """

    words: int
    answer: str
    offline: bool
