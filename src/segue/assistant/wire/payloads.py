"""What travels to and from the assistant's workflow and activities."""

import hashlib

from pydantic import BaseModel, Field

from segue.runs.workflow.thread import Busy, Reply, ThreadState

MESSAGE_CHARACTERS = 32_000


class AgentInput(BaseModel, frozen=True):
    """Input of ``DurableAgentWorkflow``; clients of the public demo send ``initial_prompt`` alone.

    Attributes:
        initial_prompt: The first message; empty: nothing is said yet.
        while_busy: What becomes of a message that comes while another is answered.
        most_characters: Of one message.
        state: Where the run before this one left the thread; None: it begins.
    """

    initial_prompt: str = ""
    while_busy: Busy = "queue"
    most_characters: int = Field(default=MESSAGE_CHARACTERS, ge=1, le=100_000)
    state: ThreadState | None = None


class PostedMessage(BaseModel, frozen=True):
    """What somebody says to a thread; lengths are checked where the thread's limit is known.

    Attributes:
        message_id: Chosen by the sender; the same id again is the same message.
        user: Who says it, as the caller has established it.
    """

    message_id: str
    text: str
    user: str = ""


class AcceptedMessage(BaseModel, frozen=True):
    """A message that the thread has taken, and will answer.

    Attributes:
        turn: Under this name the turn can be watched.
        before_it: Messages that are answered first.
        answered: Whether its reply is there already.
    """

    message_id: str
    turn: str
    before_it: int = 0
    answered: bool = False


class Replies(BaseModel, frozen=True):
    """What the thread knows of some messages.

    Attributes:
        replies: Those that it holds.
        stored: Ids of messages whose replies the database alone has.
        waiting: Ids of messages that are to be answered.
    """

    replies: tuple[Reply, ...] = ()
    stored: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


class ThreadStatus(BaseModel, frozen=True):
    """How a thread stands.

    Attributes:
        waiting: What is to be answered, in order; the first is being answered.
        ended: It takes no more messages.
    """

    waiting: tuple[AcceptedMessage, ...] = ()
    ended: bool = False


class Calculation(BaseModel, frozen=True):
    """Input of ``assistant-calculate``."""

    expression: str


class WeatherQuestion(BaseModel, frozen=True):
    """Input of ``assistant-current-weather``."""

    city: str


def turn_name(thread: str, message_id: str) -> str:
    """Under which name the turn of a message is watched: whoever has both ids knows it."""
    return hashlib.sha256(f"{thread}\n{message_id}".encode()).hexdigest()[:32]
