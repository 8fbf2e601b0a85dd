"""What travels to and from the assistant's workflow and activities."""

import hashlib
from typing import Any

from pydantic import BaseModel, Field

from segue.runs.workflow.thread_state import Busy, Reply, ThreadState

MESSAGE_CHARACTERS = 32_000


class ServerTool(BaseModel, frozen=True):
    """A tool of an MCP server, as the model is offered it.

    Attributes:
        parameters: JSON schema of its arguments.
        asks: A person is asked before it runs.
    """

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    asks: bool = False


class ServerTools(BaseModel, frozen=True):
    """What an MCP server offers.

    Attributes:
        tools: While it is away those that it offered last, as far as that is known.
        away: It did not answer when it was asked last.
    """

    server: str
    tools: tuple[ServerTool, ...] = ()
    away: bool = False


class ToolList(BaseModel, frozen=True):
    """What all MCP servers of the assistant offer."""

    servers: tuple[ServerTools, ...] = ()

    def of(self, server: str) -> ServerTools:
        """What one of them offers."""
        return next(
            (each for each in self.servers if each.server == server), ServerTools(server=server)
        )

    def changes_to(self, now: "ToolList") -> "ToolList | None":
        """The servers that offer something else now; None: there are none.

        What stays is left out, so that little is written into the history of a thread.
        """
        names = dict.fromkeys(each.server for each in (*now.servers, *self.servers))
        changes: list[ServerTools] = []
        for name in names:
            last, row = self.of(name), now.of(name)
            if row != last:
                has_same = row.away and row.tools == last.tools
                changes.append(row.model_copy(update={"tools": ()}) if has_same else row)
        return ToolList(servers=tuple(changes)) if changes else None

    def changed_by(self, changes: "ToolList") -> "ToolList":
        """The list with what ``changes_to`` gave."""
        servers = {each.server: each for each in self.servers}
        for each in changes.servers:
            tools = each.tools or (self.of(each.server).tools if each.away else ())
            servers[each.server] = each.model_copy(update={"tools": tools})
        return ToolList(servers=tuple(servers.values()))


class ToolServerCall(BaseModel, frozen=True):
    """Input of ``assistant-call-tool``.

    Attributes:
        arguments: JSON object, as the model wrote it.
    """

    server: str
    tool: str
    arguments: str


class AgentInput(BaseModel, frozen=True):
    """Input of ``DurableAgentWorkflow``; clients of the public demo send ``initial_prompt`` alone.

    Attributes:
        initial_prompt: The first message; empty: nothing is said yet.
        while_busy: What becomes of a message that comes while another is answered.
        most_characters: Of one message.
        state: Where the run before this one left the thread; None: it begins.
        tools: What MCP servers offered in the run before this one.
    """

    initial_prompt: str = ""
    while_busy: Busy = "queue"
    most_characters: int = Field(default=MESSAGE_CHARACTERS, ge=1, le=100_000)
    state: ThreadState | None = None
    tools: ToolList = ToolList()


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
