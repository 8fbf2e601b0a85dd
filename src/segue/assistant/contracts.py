"""What faces see of the assistant. Fields are only ever added, with defaults."""

from dataclasses import dataclass

from pydantic import BaseModel

from segue.assistant.wire.payloads import AcceptedMessage
from segue.runs.contracts import Failure, Spent
from segue.runs.workflow.thread_state import Busy


@dataclass(frozen=True)
class Caller:
    """Who asks, as a face has established it.

    Attributes:
        name: Owner of the threads that they start.
        sees_all: Threads of others too.
    """

    name: str
    sees_all: bool = False

    @property
    def owner(self) -> str | None:
        """Whose threads they may see; None: everybody's."""
        return None if self.sees_all else self.name


class OwnedThread(BaseModel, frozen=True):
    """A thread without what was said.

    Attributes:
        while_busy: What becomes of a message that comes while another is answered.
        created_at: Epoch seconds.
    """

    id: str
    owner: str
    while_busy: Busy = "queue"
    created_at: float = 0.0


class ThreadView(OwnedThread, frozen=True):
    """A thread as it stands.

    Attributes:
        open: Its workflow runs; False: a message starts it again, with all that was said.
        ended: It was ended, and answers what still waits.
        waiting: What is to be answered, in order; the first is being answered.
    """

    open: bool = False
    ended: bool = False
    waiting: tuple[AcceptedMessage, ...] = ()


class ReplyView(BaseModel, frozen=True):
    """What came of one message.

    Attributes:
        turn: Number of the turn in its thread, 1-based; 0: none was stored.
        text: The answer; empty where there is a failure.
        failure: Why there is no answer.
        offline: At least a part was answered by rules, without a model.
        tools: What was called, each once.
        spent: What it used.
    """

    thread: str
    message_id: str
    turn: int
    text: str = ""
    failure: Failure | None = None
    offline: bool = False
    agent: str = ""
    models: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    spent: Spent = Spent()


class ToolView(BaseModel, frozen=True):
    """A tool that the assistant may use.

    Attributes:
        server: Whose it is; empty: the assistant's own.
        asks: A person is asked before it runs.
    """

    name: str
    description: str
    server: str = ""
    asks: bool = False


class ToolsView(BaseModel, frozen=True):
    """What the assistant may use.

    Attributes:
        away: Servers that do not answer.
    """

    tools: tuple[ToolView, ...]
    away: tuple[str, ...] = ()
