"""How one run of an agent is to go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from agents import Agent, RunConfig, RunHooks

from segue.runs.contracts import Budget
from segue.runs.limits import Limits
from segue.runs.workflow.approvals import ApprovalDesk, ApprovalPolicy
from segue.runs.workflow.stopping import Stop
from segue.runs.workflow.turn_state import ThreadPlace, TurnState

Renew = Callable[[TurnState], NoReturn]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How one run of an agent is to go; every field has a sensible default.

    Attributes:
        conversation: The thread that this turn belongs to; None: the run has a log of its own.
        title: Of a new thread.
        message: Name of what the user said: the store has it once, however often it is said; None:
            it is said anew.
        turn: Under this name whoever wants to can watch the turn; None: nobody watches.
        context: The SDK's context object; the caller carries it over a renewal.
        budget: Of this run.
        thread_budget: Of the whole thread.
        approvals: What silence means when a tool needs approval.
        desk: Where questions are asked; None: tools that need approval are denied.
        renew: Goes on as a new run of the workflow, with the state given; None: it cannot.
        continues: The state with which the workflow's run before this one ended.
        place: Where the thread stands, as its turns before have noted it; None: it is asked for.
        cards: Digests of the agent cards that the thread has sent; more are added.
        stays: Whether the workflow's run must not end now, since somebody waits in it.
        stop: Whether this run should be given up for something else; None: nobody wants that.
        cached: Answers to the same question may be reused.
        whole: Long texts come back whole; False: they stay in the store.
        max_turns: Calls of models until the run ends without an answer, > 0.
        agents: Further agents that handoffs may reach, for a renewal in the middle.
        limits: Bounds of everything else.
        run_config: Of the SDK; who answers is not its affair here.
        hooks: Of the SDK.
    """

    conversation: str | None = None
    title: str = ""
    message: str | None = None
    turn: str | None = None
    context: Any = None
    budget: Budget | None = None
    thread_budget: Budget | None = None
    approvals: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    desk: ApprovalDesk | None = None
    renew: Renew | None = None
    continues: TurnState | None = None
    place: ThreadPlace | None = None
    cards: set[str] | None = None
    stays: Stop | None = None
    stop: Stop | None = None
    cached: bool = False
    whole: bool = True
    max_turns: int | None = None
    agents: Sequence[Agent[Any]] = ()
    limits: Limits = field(default_factory=Limits)
    run_config: RunConfig | None = None
    hooks: RunHooks[Any] | None = None


def leaves_the_end_to_the_model(options: RunOptions) -> bool:
    """Whether nobody of the run's own has a say after the model, so far as its options tell."""
    config = options.run_config
    if options.hooks is not None or options.continues is not None:
        return False
    return config is None or not (
        config.input_guardrails or config.output_guardrails or config.call_model_input_filter
    )
