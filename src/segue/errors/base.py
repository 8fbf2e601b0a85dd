"""The error that every other one of Segue is."""

from typing import ClassVar


class SegueError(Exception):
    """Segue failed unexpectedly; every other error of it is one of these.

    Attributes:
        code: Stable, searchable name; never reused for another meaning.
        status: HTTP status a web face answers with.
        exit_code: Process exit status of the command line (docs/reference/exit-codes.md).
        retryable: Whether the same call may succeed later without anybody changing anything.
        is_outage: Whether something that Segue needs is away: a run waits for it, however long.
        hint: What the user can do next, one sentence.
        failure_type: The type of Temporal's failure where users know it by another word than the
            code; empty: the code.
    """

    code: ClassVar[str] = "segue.error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    is_outage: ClassVar[bool] = False
    default_hint: ClassVar[str] = ""
    failure_type: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint
