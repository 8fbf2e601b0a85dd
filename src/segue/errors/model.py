"""Who answers for an agent said no."""

from datetime import timedelta
from decimal import Decimal

from segue.errors.base import SegueError


class ModelError(SegueError):
    """A model, or the service before it, refused or failed a call.

    Attributes:
        input_tokens, output_tokens: That the service counted all the same.
        cost_usd: Of these; None: not known.
    """

    code = "model.error"
    default_hint = "`segue doctor --ask` shows what the service answers."
    status = 502
    exit_code = 10

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost_usd: Decimal | None = None


class ModelUnavailableError(ModelError):
    """No connection, a timeout, a 5xx answer, or a stream that was cut."""

    code = "model.unavailable"
    status = 503
    retryable = True
    default_hint = "`segue doctor` says whether the service answers; try again when it does."


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
    default_hint = "Check LLM_MODEL and OPENAI_BASE_URL: `segue doctor` asks for the model there."


class ContextTooLongError(ModelError):
    """The conversation is longer than the model can read."""

    code = "model.context_too_long"
    status = 413
    default_hint = "Turn compaction on with SEGUE_COMPACT_AFTER_TOKENS, or use a larger model."


class ContentFilteredError(ModelError):
    """The service's content filter stopped the request or the answer."""

    code = "model.content_filtered"
    status = 422
    default_hint = "Say it in other words, or name a model of another service in LLM_MODEL."


class UnusableAnswerError(ModelError):
    """The answer was not what the protocol promises: broken JSON, a missing end, no output."""

    code = "model.unusable_answer"
    retryable = True
    default_hint = "`segue doctor --ask` says what the model can do."
