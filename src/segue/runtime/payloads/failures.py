"""The failures that Temporal records when a stored payload cannot be had.

Drivers run inside the SDK, outside of every activity and workflow, so no interceptor translates
what they raise. A failure that may pass leaves the work to be tried again; one that will not pass
ends it, because Temporal would otherwise try a run's next step for ever.
"""

from temporalio.exceptions import ApplicationError

from segue.errors.storage import StorageError
from segue.runtime.faults import to_application_error

_HINT = "Restore the payload from a backup of the store, or start the run again."


def unavailable(store: str, cause: BaseException) -> ApplicationError:
    """The store did not answer, or refused. It may be tried again.

    Only the kind of the cause is told: its text may quote the payload.
    """
    kind = type(cause).__name__
    return to_application_error(StorageError(f"The {store} of payloads did not answer: {kind}."))


def missing_payload(store: str, digest: str) -> ApplicationError:
    """A history refers to a payload that the store does not hold. No second try helps."""
    return _final(f"Expected payload {digest} in the {store}, and it is not there.")


def damaged_payload(store: str, digest: str) -> ApplicationError:
    """What the store holds is not what was stored. No second try helps."""
    return _final(f"The {store} holds something else under the name of payload {digest}.")


def check_size(size: int, largest: int) -> None:
    """Let a payload of ``size`` bytes pass, where ``largest`` is the most.

    Raises:
        ApplicationError: It is larger. No second try helps.
    """
    if size > largest:
        raise ApplicationError(
            f"A payload of {size:,} bytes was to be stored; the most is {largest:,}.",
            {"hint": "Hand large data on by reference: a file, or a row of the database."},
            type=StorageError.code,
            non_retryable=True,
        )


def _final(message: str) -> ApplicationError:
    return ApplicationError(message, {"hint": _HINT}, type=StorageError.code, non_retryable=True)
