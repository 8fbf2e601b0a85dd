"""An agent's run ended without an answer."""

from collections.abc import Mapping
from typing import Any

from segue.errors.base import SegueError


class RunError(SegueError):
    """An agent's run ended without a usable answer; the conversation goes on."""

    code = "run.error"
    status = 422
    exit_code = 11
    default_hint = "The log of the worker that ran it says why."


class BudgetExceededError(RunError):
    """The next step would pass a limit in tokens, money, tool calls, turns or time."""

    code = "run.budget_exceeded"
    status = 402
    default_hint = "Raise the budget, or let it ask instead of stop."


class TooManyTurnsError(RunError):
    """The agent kept calling tools and came to no answer."""

    code = "run.too_many_turns"
    default_hint = "Ask for less at once, or take a larger model: small ones repeat their calls."


class InvalidOutputError(RunError):
    """The answer does not fit the type that the agent must return."""

    code = "run.invalid_output"
    default_hint = "Does it keep to schemas? `segue doctor --ask` shows it; see SEGUE_OPENAI_API."


class RunCancelledError(RunError):
    """Somebody cancelled or terminated the run before it came to an end."""

    code = "run.cancelled"
    status = 409
    default_hint = "Start it again if nobody meant to."


class GuardrailError(RunError):
    """A guardrail stopped what went in or what came out."""

    code = "run.guardrail_tripped"
    default_hint = "Say it in other words; the message names the guardrail."


class RefusedError(RunError):
    """The model declined to answer."""

    code = "run.refused"
    default_hint = "Say it in other words, or take another model."


class TurnInterruptedError(RunError):
    """Another message came while this one was being answered, and took its turn."""

    code = "run.interrupted"
    status = 409
    default_hint = "What its tools had done stands; say it again if it still matters."


class EmptyAnswerError(RunError):
    """The model answered with nothing at all."""

    code = "run.empty_answer"
    default_hint = "Say it again; if this stays, `segue doctor --ask` says what the model can do."


class ToolFailedError(RunError):
    """A tool failed in a way that the model cannot be told about."""

    code = "run.tool_failed"
    default_hint = "Say it again; if this stays, the worker's log says why."


class NoSearchError(RunError):
    """An agent that should search for a song ended without a search."""

    code = "run.no_search"
    default_hint = "The model may not know tools: `segue doctor --ask` shows what it can do."


class UnknownTrackError(RunError):
    """An agent chose a track that none of its searches found."""

    code = "run.unknown_track"
    default_hint = "The model invents addresses: take a larger one, or --strategy assisted."


class UnsteadyChoiceError(RunError):
    """A model chose a track for a doubtful song, and not the same one when it was asked again."""

    code = "run.unsteady_choice"
    default_hint = "A person decides. Where it happens often, the model guesses: take a larger one."


class AgentError(RunError):
    """An agent came to no usable end; a new run of it may.

    Attributes:
        cause: Code of the error that ended it; empty: it is this one.
        use: What it had used by then, as plain data of ``segue.runs.contracts.Spent``.
    """

    code = "run.agent_failed"
    failure_type = "AgentError"
    retryable = True
    default_hint = "Run it again, or let the pipeline do it: --strategy pipeline."

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        cause: str = "",
        use: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.cause = cause
        self.use = dict(use or {})


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


class NotAskedError(RunError):
    """The question was passed on to somebody else, who alone may decide it now."""

    code = "run.asked_of_another"
    status = 403
    default_hint = "`segue approvals` shows of whom each question is asked."


class ArgumentsChangedError(RunError):
    """The tool waits with other arguments than those that the decision is about."""

    code = "run.arguments_changed"
    status = 409
    default_hint = "Look at the question again, then decide: `segue approvals`."
