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
    ├── SyncError                   a sync cannot do what was asked
    │   ├── RunNotFoundError        sync.run_not_found
    │   ├── AlreadyRunningError     sync.already_running
    │   ├── ConfirmationNeededError sync.confirmation_needed
    │   ├── PlaylistChangedError    sync.playlist_changed
    │   └── NoMatchFoundError       sync.no_match_found
    ├── ModelError                  who answers for an agent said no
    │   ├── ModelUnavailableError   model.unavailable            retry
    │   ├── ModelRateLimitedError   model.rate_limited           retry after a wait
    │   ├── ModelQuotaError         model.quota_exceeded
    │   ├── ModelLoginError         model.unauthorized
    │   ├── ModelRequestError       model.invalid_request
    │   ├── ContextTooLongError     model.context_too_long
    │   ├── ContentFilteredError    model.content_filtered
    │   └── UnusableAnswerError     model.unusable_answer        retry
    ├── RunError                    an agent's run ended without an answer
    │   ├── BudgetExceededError     run.budget_exceeded
    │   ├── TooManyTurnsError       run.too_many_turns
    │   ├── InvalidOutputError      run.invalid_output
    │   ├── GuardrailError          run.guardrail_tripped
    │   ├── RefusedError            run.refused
    │   ├── EmptyAnswerError        run.empty_answer
    │   ├── ToolFailedError         run.tool_failed
    │   ├── AgentError              run.agent_failed             retry
    │   ├── MCPServerError          run.mcp_server_failed        retry
    │   ├── EffectUnknownError      run.effect_unknown
    │   └── ApprovalNotFoundError   run.approval_not_found
    ├── ConversationError           a conversation cannot be used
    │   ├── ConversationNotFoundError  conversation.not_found
    │   ├── ConversationUnreadableError  conversation.unreadable
    │   └── ConversationFullError   conversation.full
    └── ApiError                    the HTTP API cannot take a request
        ├── UnauthenticatedError    api.unauthenticated
        ├── ScopeMissingError       api.scope_missing
        ├── TooManyRequestsError    api.too_many_requests        retry after a wait
        ├── BodyTooLargeError       api.body_too_large
        ├── IdempotencyKeyReusedError  api.idempotency_key_reused
        ├── IdempotencyKeyBusyError  api.idempotency_key_busy    retry
        └── KeyNotFoundError        api.key_not_found

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
        failure_type: The type of Temporal's failure where users know it by another word than the
            code; empty: the code.
    """

    code: ClassVar[str] = "segue.error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    default_hint: ClassVar[str] = ""
    failure_type: ClassVar[str] = ""

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
    failure_type = "NoMatchFoundError"


class ModelError(SegueError):
    """A model, or the service before it, refused or failed a call."""

    code = "model.error"
    status = 502
    exit_code = 10


class ModelUnavailableError(ModelError):
    """No connection, a timeout, a 5xx answer, or a stream that was cut."""

    code = "model.unavailable"
    status = 503
    retryable = True


class ModelRateLimitedError(ModelError):
    """Too many calls; the service says when to come back.

    Attributes:
        retry_after: How long to wait before the next call; > 0. None: the service did not say.
    """

    code = "model.rate_limited"
    status = 429
    retryable = True
    default_hint = "Nothing to do: the run waits and goes on by itself."

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class ModelQuotaError(ModelError):
    """The account behind the key has no credit left (``insufficient_quota``)."""

    code = "model.quota_exceeded"
    status = 402
    default_hint = "Add credit to the account, or name another model in LLM_FALLBACK_MODELS."


class ModelLoginError(ModelError):
    """The key is missing, wrong, or not allowed to use the model."""

    code = "model.unauthorized"
    status = 401
    default_hint = "Check the model's key; `segue doctor` names the variable."


class ModelRequestError(ModelError):
    """The service calls the request malformed, or does not know the model."""

    code = "model.invalid_request"


class ContextTooLongError(ModelError):
    """The conversation is longer than the model can read."""

    code = "model.context_too_long"
    status = 413
    default_hint = "Turn compaction on with SEGUE_COMPACT_AFTER_TOKENS, or use a larger model."


class ContentFilteredError(ModelError):
    """The service's content filter stopped the request or the answer."""

    code = "model.content_filtered"
    status = 422


class UnusableAnswerError(ModelError):
    """The answer was not what the protocol promises: broken JSON, a missing end, no output."""

    code = "model.unusable_answer"
    retryable = True


class RunError(SegueError):
    """An agent's run ended without a usable answer; the conversation goes on."""

    code = "run.error"
    status = 422
    exit_code = 11


class BudgetExceededError(RunError):
    """The next step would pass a limit in tokens, money, tool calls, turns or time."""

    code = "run.budget_exceeded"
    status = 402
    default_hint = "Raise the budget, or let it ask instead of stop."


class TooManyTurnsError(RunError):
    """The agent kept calling tools and came to no answer."""

    code = "run.too_many_turns"


class InvalidOutputError(RunError):
    """The answer does not fit the type that the agent must return."""

    code = "run.invalid_output"


class GuardrailError(RunError):
    """A guardrail stopped what went in or what came out."""

    code = "run.guardrail_tripped"


class RefusedError(RunError):
    """The model declined to answer."""

    code = "run.refused"


class EmptyAnswerError(RunError):
    """The model answered with nothing at all."""

    code = "run.empty_answer"


class ToolFailedError(RunError):
    """A tool failed in a way that the model cannot be told about."""

    code = "run.tool_failed"


class AgentError(RunError):
    """An agent came to no usable end; a new run of it may."""

    code = "run.agent_failed"
    failure_type = "AgentError"
    retryable = True
    default_hint = "Run it again, or let the pipeline do it: --strategy pipeline."


class MCPServerError(RunError):
    """An MCP server went away, lost its session, or answered with something that is no answer."""

    code = "run.mcp_server_failed"
    status = 502
    failure_type = "MCPServerError"
    retryable = True
    default_hint = "It is started again by itself; run it again if this stays."


class EffectUnknownError(RunError):
    """A tool's effect was begun and its outcome never recorded: it may or may not have happened."""

    code = "run.effect_unknown"
    status = 409
    default_hint = "Look whether it happened, then record it: `segue effects resolve KEY`."


class ApprovalNotFoundError(RunError):
    """Nothing with this id waits for a decision: decided, expired, or never asked."""

    code = "run.approval_not_found"
    status = 404
    default_hint = "List what waits with `segue approvals`."


class ConversationError(SegueError):
    """A conversation cannot be used as asked."""

    code = "conversation.error"
    status = 409
    exit_code = 12


class ConversationNotFoundError(ConversationError):
    """No conversation has this id, or it was deleted."""

    code = "conversation.not_found"
    status = 404
    default_hint = "`segue conversations` lists them."


class ConversationUnreadableError(ConversationError):
    """The content is encrypted with a key that is not configured, or it was changed."""

    code = "conversation.unreadable"
    status = 500
    default_hint = "Put the key back into SEGUE_ENCRYPTION_KEYS; keep old keys after a rotation."


class ConversationFullError(ConversationError):
    """The conversation has as many items as a conversation may have."""

    code = "conversation.full"
    default_hint = "Fork it, start another, or raise SEGUE_CONVERSATION_MAX_ITEMS."


class ApiError(SegueError):
    """The HTTP API cannot take a request."""

    code = "api.error"
    status = 400
    exit_code = 13


class UnauthenticatedError(ApiError):
    """No API key came, or one that is not valid (any more)."""

    code = "api.unauthenticated"
    status = 401
    default_hint = "Send `Authorization: Bearer KEY`; `segue keys create` makes one."


class ScopeMissingError(ApiError):
    """The API key is valid and not allowed to do this."""

    code = "api.scope_missing"
    status = 403
    default_hint = "Make a key with this scope: `segue keys create`."


class TooManyRequestsError(ApiError):
    """The key, or the address, asks too often.

    Attributes:
        retry_after: How long to wait; > 0.
    """

    code = "api.too_many_requests"
    status = 429
    retryable = True
    default_hint = "Wait as long as Retry-After says."

    def __init__(self, message: str, *, retry_after: timedelta, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class BodyTooLargeError(ApiError):
    """The request's body is larger than the route takes."""

    code = "api.body_too_large"
    status = 413
    default_hint = "Split the file, or raise SEGUE_UPLOAD_LIMIT_MB."


class IdempotencyKeyReusedError(ApiError):
    """The Idempotency-Key was sent before, with another request."""

    code = "api.idempotency_key_reused"
    status = 409
    default_hint = "Take a new key for a new request."


class IdempotencyKeyBusyError(ApiError):
    """A request with the same Idempotency-Key is still being answered."""

    code = "api.idempotency_key_busy"
    status = 409
    retryable = True
    default_hint = "Send the same request again in a moment."


class KeyNotFoundError(ApiError):
    """No API key has this id."""

    code = "api.key_not_found"
    status = 404
    default_hint = "`segue keys list` shows them."
