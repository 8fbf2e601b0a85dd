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


class ToolServerAwayError(ToolServerError):
    """An MCP server whose tools an agent uses does not answer."""

    code = "tools.server_away"
    status = 503
    retryable = True
    default_hint = "Start the server again, or correct its address; `segue doctor` asks it."


class ToolServerRefusedError(ToolServerError):
    """An MCP server whose tools an agent uses does not let Segue in."""

    code = "tools.server_refused"
    default_hint = "Set SEGUE_MCP_TOKEN to the token that the server takes."


class ToolFailedError(ToolServerError):
    """A tool of an MCP server said that it failed; the text is the server's."""

    code = "tools.failed"
