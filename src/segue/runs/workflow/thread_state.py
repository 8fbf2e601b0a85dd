"""What is said to a thread, what comes of it, and what a thread takes into its next run."""

from typing import Literal

from pydantic import BaseModel, Field

from segue.runs.contracts import RunOutcome
from segue.runs.workflow.turn_state import ThreadPlace, TurnState

Busy = Literal["queue", "reject", "interrupt"]


class Message(BaseModel, frozen=True):
    """What somebody says to a thread.

    Attributes:
        id: Chosen by the sender; the same id again is the same message.
        text: Their words.
        turn: Under this name the turn can be watched; None: nobody watches.
        user: Who says it, as the caller has established it; empty: not known.
        key: Names the message among all of its conversation, where its id does not; empty: it does.
    """

    id: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=100_000)
    turn: str | None = None
    user: str = Field(default="", max_length=200)
    key: str = Field(default="", max_length=300)

    @property
    def name(self) -> str:
        """Under which its conversation has it for ever."""
        return self.key or self.id


class Reply(BaseModel, frozen=True):
    """What came of a message.

    Attributes:
        outcome: None: the workflow is moving on to a new run; send the same message again.
    """

    message_id: str
    outcome: RunOutcome | None = None


class ThreadState(BaseModel, frozen=True):
    """A thread on its way into the next run of its workflow.

    Attributes:
        answered: Ids of messages that were answered, and whose replies are not in ``replies`` any
            more.
        forgets: Messages were answered of which this state knows nothing: the database does.
    """

    conversation: str
    waiting: tuple[Message, ...] = ()
    replies: tuple[Reply, ...] = ()
    answered: tuple[str, ...] = ()
    turn: TurnState | None = None
    ended: bool = False
    place: ThreadPlace = ThreadPlace()
    forgets: bool = False
