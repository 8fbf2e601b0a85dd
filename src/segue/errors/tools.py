"""A tool that Segue offers over MCP has no answer yet, or none for this call."""

from segue.errors.base import SegueError


class ToolServerError(SegueError):
    """A tool that Segue offers over MCP could not answer."""

    code = "tools.error"
    status = 502
    exit_code = 5


class StillWaitingError(ToolServerError):
    """The call is taken and its worker has not answered yet; asked again, it runs once."""

    code = "tools.still_waiting"
    status = 504
    retryable = True
    default_hint = "Call the tool again with the same arguments and the call that it named."


class KeyTakenError(ToolServerError):
    """The idempotency key stands for another call, with other arguments."""

    code = "tools.key_taken"
    status = 409
    exit_code = 2
    default_hint = "Give every call a key of its own, and a repetition the key of its call."
