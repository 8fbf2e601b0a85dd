"""Running an agent for a song: the plan it keeps to, and what its ending means."""

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent

    from segue.errors.run import AgentError
    from segue.music.activities.agent_plan import AgentPlanActivities
    from segue.music.agents.untrusted import plain
    from segue.music.contracts.verdicts import Verdict
    from segue.music.wire.agents import AgentPlan, AgentVerdict, Choice, SongChoice
    from segue.runs.contracts import Budget, RunOutcome
    from segue.runs.limits import MODEL_CALL, Limits
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.run_options import RunOptions
    from segue.runtime.retries import REPEATABLE

PLAN_WITHIN = timedelta(seconds=10)  # the plan is in the worker's memory

# Of runs that began with it: where the matcher is not certain of what agents found, the pipeline's
# own searches are looked at, too; and an agent that searched nothing has no say.
EVIDENCE = "evidence"

# A song needs about five calls. The bound is for a model that a text has talked into searching on.
MOST_TOOL_CALLS = 30


# The pipeline can do without a model, so a song does not wait long for one that is away.
SONG_LIMITS = Limits(model_call=replace(MODEL_CALL, patience=timedelta(minutes=1)))


@dataclass
class Costs:
    """What the runs of a workflow have cost together."""

    outcomes: tuple[RunOutcome, ...] = ()

    def add(self, outcome: RunOutcome) -> None:
        """Add the costs of one more run."""
        self.outcomes = (*self.outcomes, outcome)

    def on(self, verdict: Verdict) -> AgentVerdict:
        """The verdict with its price."""
        result = AgentVerdict(**dict(verdict))
        for outcome in self.outcomes:
            result = result.model_copy(
                update={
                    "spent": result.spent.plus(outcome.spent),
                    "models": tuple(dict.fromkeys((*result.models, *outcome.models))),
                    "offline": result.offline or outcome.offline,
                }
            )
        return result


async def agent_plan(own: AgentPlan | None = None) -> AgentPlan:
    """The plan of the workflow's input, else the worker's."""
    if own is not None:
        return own
    return await workflow.execute_local_activity_method(
        AgentPlanActivities.agent_plan,
        start_to_close_timeout=PLAN_WITHIN,
        retry_policy=REPEATABLE,
    )


async def enabled_plan(own: AgentPlan | None = None) -> AgentPlan:
    """The plan, where it lets agents run.

    Raises:
        AgentError: It does not; no model has seen anything.
    """
    plan = await agent_plan(own)
    if not plan.enabled:
        raise AgentError(
            "Agents are off: expected USE_AGENT_SDK to be set.",
            hint="Spotify's terms restrict what models may see; docs/music-agents.md says more.",
        )
    return plan


async def run_for_song(
    agent: Agent[Any], data: str, plan: AgentPlan, *, turns: int | None = None
) -> RunOutcome:
    """One run of an agent on data about a song; it always returns."""
    options = RunOptions(
        max_turns=turns or plan.max_turns,
        budget=Budget(tool_calls=MOST_TOOL_CALLS),
        limits=SONG_LIMITS,
    )
    return await run_agent(agent, data, options)


def ending(outcome: RunOutcome) -> tuple[SongChoice | None, AgentError | None]:
    """What the agent chose, or why it came to no end."""
    if failure := error_of(outcome):
        return None, failure
    choice = Choice.model_validate(outcome.output)
    reason = plain(choice.reason)
    return SongChoice(uri=choice.uri, confidence=share(choice.confidence), reason=reason), None


def error_of(outcome: RunOutcome) -> AgentError | None:
    """The error of an agent that came to no end; None: it did."""
    failure = outcome.failure
    if failure is None:
        return None
    return AgentError(
        f"The agent came to no end: {failure.message}",
        hint=failure.hint or None,
        cause=failure.code,
        use=use_so_far(outcome),
    )


def use_so_far(outcome: RunOutcome) -> dict[str, Any]:
    """What a run has used, to travel with the error that it ends in."""
    return outcome.spent.model_dump(mode="json", exclude_defaults=True)


def share(confidence: float) -> float:
    """A confidence as a model said it; one that is no number from 0 to 1 counts for nothing."""
    return confidence if math.isfinite(confidence) and 0 <= confidence <= 1 else 0.0
