"""Errors through Temporal and back."""

import errno
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.client import RPCTimeoutOrCancelledError, WorkflowFailureError
from temporalio.converter import DataConverter
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    TerminatedError,
    TimeoutError as TemporalTimeoutError,
    TimeoutType,
    WorkflowAlreadyStartedError,
)
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from segue.errors.api import TooManyRequestsError
from segue.errors.base import SegueError
from segue.errors.catalogue import (
    CatalogueUnavailableError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
)
from segue.errors.run import AgentError, MCPServerError, RunCancelledError
from segue.errors.service import ServiceRateLimitedError
from segue.errors.sync import (
    AlreadyRunningError,
    NoMatchFoundError,
    PlaylistChangedError,
    RunNotFoundError,
)
from segue.errors.temporal import TemporalStorageError, TemporalUnreachableError
from segue.errors.tree import known_errors
from segue.runtime.faults import (
    FaultTranslation,
    from_failure,
    last_failure,
    to_application_error,
)


def over_the_wire(error: BaseException) -> BaseException:
    """What a client reads of a failure that a worker recorded."""
    converter = DataConverter.default
    failure = Failure()
    converter.failure_converter.to_failure(error, converter.payload_converter, failure)
    return converter.failure_converter.from_failure(failure, converter.payload_converter)


def in_activity(cause: BaseException) -> ActivityError:
    error = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="w",
        activity_type="spotify-search",
        activity_id="1",
        retry_state=None,
    )
    error.__cause__ = cause
    return error


def made(kind: type[SegueError]) -> SegueError:
    if issubclass(kind, RateLimitedError | TooManyRequestsError | ServiceRateLimitedError):
        return kind("what came", retry_after=timedelta(seconds=90), hint="what to do")
    return kind("what came", hint="what to do")


@pytest.mark.parametrize("kind", known_errors().values(), ids=lambda kind: kind.__name__)
def test_every_error_comes_back_as_the_class_it_was(kind: type[SegueError]):
    failed = WorkflowFailureError(
        cause=over_the_wire(in_activity(to_application_error(made(kind))))
    )

    back = from_failure(failed)

    assert type(back) is kind
    assert (back.message, back.hint) == ("what came", "what to do")


def test_no_two_errors_share_a_code():
    def family(kind: type[SegueError]) -> list[type[SegueError]]:
        return [kind, *(heir for child in kind.__subclasses__() for heir in family(child))]

    twice = [code for code, n in Counter(kind.code for kind in family(SegueError)).items() if n > 1]

    assert twice == []


def test_a_rate_limit_tells_temporal_when_to_try_again():
    failure = to_application_error(RateLimitedError("slow", retry_after=timedelta(seconds=7)))

    assert failure.next_retry_delay == timedelta(seconds=7)
    assert not failure.non_retryable


def test_a_rate_limit_keeps_its_waiting_time():
    limited = QuotaExceededError("used up", retry_after=timedelta(hours=20))

    back = from_failure(over_the_wire(to_application_error(limited)))

    assert isinstance(back, QuotaExceededError)
    assert back.retry_after == timedelta(hours=20)


@pytest.mark.parametrize("kind", [NotFoundError, CatalogueUnavailableError])
def test_only_errors_that_time_may_heal_are_tried_again(kind: type[SegueError]):
    assert to_application_error(kind("no")).non_retryable is not kind.retryable


def test_details_of_another_writer_do_not_hide_the_error():
    failure = ApplicationError("gone", "not a table", type="catalogue.not_found")

    back = from_failure(failure)

    assert type(back) is NotFoundError
    assert back.message == "gone"


def test_the_outermost_error_of_ours_wins():
    outer = to_application_error(PlaylistChangedError("outer"))
    outer.__cause__ = in_activity(to_application_error(NotFoundError("inner")))

    assert from_failure(outer).message == "outer"


def test_an_error_of_ours_passes_as_it_is():
    error = NotFoundError("as it is")

    assert from_failure(error) is error


def _rpc(status: RPCStatusCode) -> RPCError:
    return RPCError("what the server said", status, b"")


@pytest.mark.parametrize(
    ("failure", "kind", "words"),
    [
        (in_activity(ApplicationError("'artist'", type="KeyError")), SegueError, "KeyError"),
        (ApplicationError("no type"), SegueError, "no type"),
        (in_activity(CancelledError()), RunCancelledError, "cancelled"),
        (TerminatedError("by the operator"), RunCancelledError, "by the operator"),
        (
            ApplicationError("by the server", type="AcceptedUpdateCompletedWorkflow"),
            RunNotFoundError,
            "ended before it answered",
        ),
        (
            in_activity(
                TemporalTimeoutError(
                    "late", type=TimeoutType.START_TO_CLOSE, last_heartbeat_details=[]
                )
            ),
            SegueError,
            "longer than it may (start to close)",
        ),
        (
            TemporalTimeoutError("late", type=None, last_heartbeat_details=[]),
            SegueError,
            "longer than it may.",
        ),
        (WorkflowAlreadyStartedError("sync-1", "X"), AlreadyRunningError, "sync-1"),
        (RPCTimeoutOrCancelledError("late"), TemporalUnreachableError, "in time"),
        (_rpc(RPCStatusCode.NOT_FOUND), RunNotFoundError, "what the server said"),
        (_rpc(RPCStatusCode.UNAVAILABLE), TemporalUnreachableError, "what the server said"),
        (_rpc(RPCStatusCode.INVALID_ARGUMENT), SegueError, "invalid_argument"),
        (ValueError("odd"), SegueError, "ValueError: odd"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, BaseException) else "",
)
def test_what_is_not_ours_becomes_a_sentence(
    failure: BaseException, kind: type[SegueError], words: str
):
    told = from_failure(failure)

    assert type(told) is kind
    assert words in told.message
    assert told.message.endswith(".")


@pytest.mark.parametrize("kind", [AgentError, MCPServerError, NoMatchFoundError])
def test_failures_that_users_know_by_name_carry_that_name(kind: type[SegueError]):
    failure = to_application_error(kind("what came"))

    assert failure.type == kind.__name__
    assert failure.non_retryable is (kind is NoMatchFoundError)


@pytest.mark.parametrize("cause", ["database or disk is full", "database disk image is malformed"])
def test_a_database_that_temporal_cannot_use_is_named(cause: str):
    refused = RPCError(f"UpdateShard failed: {cause}", RPCStatusCode.UNAVAILABLE, b"")

    error = from_failure(refused)

    assert type(error) is TemporalStorageError
    assert cause in error.message
    assert "TEMPORAL_ADDRESS" not in error.hint


class Failing(ActivityInboundInterceptor):
    """An activity that raises."""

    def __init__(self, failure: BaseException) -> None:
        self._failure = failure

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
        raise self._failure


async def raised_by(failure: BaseException) -> BaseException:
    """What Temporal gets of an activity that raises ``failure``."""
    call = ExecuteActivityInput(fn=lambda: None, args=[], executor=None, headers={})
    with pytest.raises(Exception, match=r".") as raised:
        await FaultTranslation().intercept_activity(Failing(failure)).execute_activity(call)
    return raised.value


async def test_a_file_that_an_activity_may_not_write_is_not_tried_again():
    denied = await raised_by(PermissionError(errno.EACCES, "Permission denied", "/data/login"))
    full = await raised_by(OSError(errno.ENOSPC, "No space left on device"))
    reset = await raised_by(ConnectionResetError("by peer"))

    assert isinstance(denied, ApplicationError)
    assert (denied.type, denied.non_retryable) == ("storage.read_only", True)
    assert isinstance(full, ApplicationError)
    assert (full.type, full.non_retryable) == ("storage.full", False)
    assert isinstance(reset, ConnectionResetError)


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, "storage.full"), (errno.ENOENT, "FileNotFoundError")]
)
def test_the_last_failure_of_a_file_has_our_code_where_there_is_one(number: int, kind: str):
    failure = last_failure(OSError(number, "of a file"))

    assert (failure.type, failure.non_retryable) == (kind, True)
