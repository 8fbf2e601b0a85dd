"""Every error Segue raises on purpose.

    SegueError
    ├── InputError                  what the user gave cannot be used
    │   ├── UnreadableFileError     input.unreadable_file
    │   ├── EmptyInputError         input.empty
    │   ├── UnknownFormatError      input.unknown_format
    │   └── MissingColumnsError     input.missing_columns
    ├── SettingsError               settings.invalid
    ├── TemporalError               the engine cannot be used
    │   ├── TemporalUnreachableError   temporal.unreachable
    │   ├── TemporalStartError         temporal.start_failed
    │   └── TemporalVersionError       temporal.version_mismatch
    ├── StorageError                storage.unavailable
    ├── CatalogueError              a catalogue (Spotify or local) said no
    │   ├── RateLimitedError        catalogue.rate_limited       retry after a wait
    │   │   └── QuotaExceededError  catalogue.quota_exceeded     retry after a long wait
    │   ├── CatalogueUnavailableError  catalogue.unavailable     retry
    │   ├── OutcomeUnknownError     catalogue.outcome_unknown    read back, then retry
    │   ├── LoginRequiredError      catalogue.login_required
    │   ├── ForbiddenError          catalogue.forbidden
    │   ├── NotFoundError           catalogue.not_found
    │   ├── InvalidRequestError     catalogue.invalid_request
    │   └── UnexpectedResponseError catalogue.unexpected_response
    └── SyncError                   a sync cannot do what was asked
        ├── RunNotFoundError        sync.run_not_found
        ├── AlreadyRunningError     sync.already_running
        ├── ConfirmationNeededError sync.confirmation_needed
        ├── PlaylistChangedError    sync.playlist_changed
        └── NoMatchFoundError       sync.no_match_found

A message says what was expected and what came; ``hint`` says what to do next. ``code`` is stable:
the Temporal failure type, the key in ``--json`` output, the anchor in docs/reference/errors.md.
Errors are translated at the edges only: ``runtime.faults`` (Temporal), ``cli.main`` (exit codes).
"""

from datetime import timedelta
from typing import ClassVar


class SegueError(Exception):
    """Base of the tree; catch it to catch everything Segue raises on purpose.

    Attributes:
        code: Stable, searchable name; never reused for another meaning.
        status: HTTP status a web face answers with.
        exit_code: Process exit status of the command line (docs/reference/exit-codes.md).
        retryable: Whether the same call may succeed later without anybody changing anything.
        hint: What the user can do next, one sentence.
    """

    code: ClassVar[str] = "segue.error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint


class InputError(SegueError):
    """What the user gave cannot be used; nothing was started."""

    code = "input.invalid"
    status = 422
    exit_code = 2


class UnreadableFileError(InputError):
    """A file is missing, not permitted, or not text in any known encoding."""

    code = "input.unreadable_file"
    default_hint = "Check the path and that the file opens in the program that wrote it."


class EmptyInputError(InputError):
    """A readable input that holds no song at all."""

    code = "input.empty"
    default_hint = "Export the playlist again; the file holds no song."


class UnknownFormatError(InputError):
    """No importer recognises the content."""

    code = "input.unknown_format"
    default_hint = "Name the format with --format, or map the columns with --columns."


class MissingColumnsError(InputError):
    """A table without a recognisable title column."""

    code = "input.missing_columns"
    default_hint = "Say which column is which: --columns title=NAME,artist=NAME."


class SettingsError(SegueError):
    """A setting has a value that cannot work; the message names the variable."""

    code = "settings.invalid"
    status = 500
    exit_code = 3
    default_hint = "Correct the variable in the environment or in .env; `segue doctor` checks all."


class TemporalError(SegueError):
    """The workflow engine cannot be used."""

    code = "temporal.error"
    status = 503
    exit_code = 4


class TemporalUnreachableError(TemporalError):
    """No Temporal server answers at the configured address."""

    code = "temporal.unreachable"
    retryable = True
    default_hint = "Start the server, or unset TEMPORAL_ADDRESS to use the embedded one."


class TemporalStartError(TemporalError):
    """The embedded server did not become ready."""

    code = "temporal.start_failed"
    default_hint = "Read the server's log named above; `segue doctor` checks disk and ports."


class TemporalVersionError(TemporalError):
    """The embedded server's data was written by another server version."""

    code = "temporal.version_mismatch"
    default_hint = "Install the recorded version, or move the data file away to start afresh."


class StorageError(SegueError):
    """The database cannot be reached or refused a statement."""

    code = "storage.unavailable"
    status = 503
    exit_code = 4
    retryable = True
    default_hint = "Check DATABASE_URL and that the database is up; `segue doctor` tries it."


class CatalogueError(SegueError):
    """A catalogue refused or failed a call."""

    code = "catalogue.error"
    status = 502
    exit_code = 5


class RateLimitedError(CatalogueError):
    """Too many calls; the catalogue says when to come back.

    Attributes:
        retry_after: How long to wait before any further call; > 0, up to a day in practice.
    """

    code = "catalogue.rate_limited"
    status = 429
    retryable = True
    default_hint = "Nothing to do: the sync waits and goes on by itself."

    def __init__(self, message: str, *, retry_after: timedelta, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class QuotaExceededError(RateLimitedError):
    """The developer account's quota is used up (Spotify's ``QUOTA_EXCEEDED``, since July 2026)."""

    code = "catalogue.quota_exceeded"


class CatalogueUnavailableError(CatalogueError):
    """A 5xx answer or no connection; the request had no effect that we rely on."""

    code = "catalogue.unavailable"
    status = 503
    retryable = True


class OutcomeUnknownError(CatalogueError):
    """A write was sent and no usable answer came: it may or may not have happened.

    Read the playlist back before sending anything again.
    """

    code = "catalogue.outcome_unknown"
    retryable = True


class LoginRequiredError(CatalogueError):
    """No usable login: never logged in, consent withdrawn, or older than six months."""

    code = "catalogue.login_required"
    status = 401
    default_hint = "Run `segue login spotify`."


class ForbiddenError(CatalogueError):
    """The login is valid and not allowed to do this (another user's playlist, missing scope)."""

    code = "catalogue.forbidden"
    status = 403


class NotFoundError(CatalogueError):
    """The playlist or track does not exist."""

    code = "catalogue.not_found"
    status = 404


class InvalidRequestError(CatalogueError):
    """The catalogue calls the request malformed: a defect of ours or a changed API."""

    code = "catalogue.invalid_request"
    status = 502


class UnexpectedResponseError(CatalogueError):
    """The answer has not the documented shape."""

    code = "catalogue.unexpected_response"
    retryable = True


class SyncError(SegueError):
    """A sync cannot do what was asked."""

    code = "sync.error"
    status = 409
    exit_code = 6


class RunNotFoundError(SyncError):
    """No run has this id."""

    code = "sync.run_not_found"
    status = 404
    default_hint = "`segue runs` lists them."


class AlreadyRunningError(SyncError):
    """Another sync is writing this playlist."""

    code = "sync.already_running"
    default_hint = "Attach to it with `segue runs attach ID`, or wait for it."


class ConfirmationNeededError(SyncError):
    """The sync would remove tracks and nobody agreed to that."""

    code = "sync.confirmation_needed"
    default_hint = "Look at what would go with --dry-run, then repeat with --yes."


class PlaylistChangedError(SyncError):
    """Somebody else changed the playlist in a way the plan cannot be fitted to."""

    code = "sync.playlist_changed"
    default_hint = "Run the sync again: it plans anew from what the playlist holds now."


class NoMatchFoundError(SyncError):
    """No catalogue track is the recording that was asked for."""

    code = "sync.no_match_found"
    status = 404
