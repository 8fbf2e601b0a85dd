"""What goes over HTTP about threads. Fields are never renamed; new ones have defaults."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from segue.assistant.contracts import OwnedThread
from segue.runs.workflow.approvals import LONGEST_REASON, ApprovalRequest
from segue.runs.workflow.thread_state import Busy
from segue.web.contracts import Flag, Request

Name = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,200}$")]


class ThreadRequest(Request):
    """A new thread."""

    id: Annotated[Name | None, Field(description="Of your choice; default: a new one.")] = None
    while_busy: Annotated[
        Busy, Field(description="What becomes of a message while another is answered.")
    ] = "queue"


class MessageRequest(Request):
    """Something to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Calculate 15 * 23"}]})

    text: Annotated[str, Field(min_length=1, max_length=100_000)]
    message_id: Annotated[
        Name | None, Field(description="The same again is the same message; default: a new one.")
    ] = None


class ApprovalDecision(Request):
    """A person's decision."""

    request_id: Annotated[str, Field(min_length=1, max_length=500)]
    approve: Flag
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""
    arguments: Annotated[
        str | None, Field(max_length=32_000, description="A JSON object instead of the agent's.")
    ] = None
    arguments_sha256: Annotated[
        str | None, Field(description="Of the arguments seen.", pattern=r"^[0-9a-f]{64}$")
    ] = None


class ForkRequest(Request):
    """Where a new thread begins."""

    after_turn: Annotated[int | None, Field(ge=1, description="Default: after all turns.")] = None


class ThreadPage(BaseModel, frozen=True):
    """Some threads, newest first."""

    threads: tuple[OwnedThread, ...] = ()
    next_cursor: str | None = None


class ApprovalList(BaseModel, frozen=True):
    """What a thread waits for."""

    approvals: tuple[ApprovalRequest, ...] = ()
