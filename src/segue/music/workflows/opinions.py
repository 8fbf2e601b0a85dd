"""What a model says of a doubtful match, asked twice: one that guesses seldom guesses the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.errors.run import UnsteadyChoiceError
    from segue.music.agents.builders import disambiguator
    from segue.music.agents.lineups import (
        candidate_at,
        first_lineup,
        is_decoy,
        question,
        second_lineup,
    )
    from segue.music.agents.untrusted import is_forbidden, plain
    from segue.music.contracts.songs import SongMetadata
    from segue.music.contracts.verdicts import ScoredTrack
    from segue.music.wire.agents import AgentPlan, Pick, SongChoice
    from segue.music.workflows.agent_runs import SONG_LIMITS
    from segue.runs.contracts import Failure, RunOutcome
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.failures import as_failure
    from segue.runs.workflow.run_options import RunOptions

# Of runs that began with it: a track that a model chooses in a doubt counts once a second question,
# with the candidates in another order and a decoy among them, has the same answer.
SECOND_OPINION = "second-opinion"
TURNS = 2  # it has no tools: one answer, and a second for models that think aloud first

Candidates = Sequence[ScoredTrack]


@dataclass(frozen=True)
class Opinion:
    """What a model says of a doubt.

    Attributes:
        choice: None: it names no track, or what it names counts for nothing.
        failure: Why it counts for nothing.
        outcomes: Of the questions.
    """

    choice: SongChoice | None = None
    failure: Failure | None = None
    outcomes: tuple[RunOutcome, ...] = ()


async def opinion_on(song: SongMetadata, candidates: Candidates, plan: AgentPlan) -> Opinion:
    """A model's pick of the candidates: one question, and where it picks one, another.

    Args:
        song: The wish.
        candidates: At least one.
        plan: How to ask.
    """
    if not workflow.patched(SECOND_OPINION):
        return await _ask(song, candidates, plan)
    first = await _ask(song, first_lineup(candidates), plan)
    if first.choice is None:
        return first
    second = await confirmation(song, candidates, first.choice, plan)
    return replace(second, outcomes=(*first.outcomes, *second.outcomes))


async def confirmation(
    song: SongMetadata, candidates: Candidates, choice: SongChoice, plan: AgentPlan
) -> Opinion:
    """A choice that was made among candidates, once it is made again.

    Args:
        song: The wish.
        candidates: At least one.
        choice: Of a track.
        plan: How to ask.
    """
    if is_decoy(choice.uri or ""):
        return Opinion(failure=_unsteady("The model chose a track that was put among them."))
    second = await _ask(song, second_lineup(candidates), plan)
    if second.choice is not None and second.choice.uri == choice.uri:
        return replace(second, choice=choice)
    failure = second.failure or _unsteady("Asked again, the model did not choose the same track.")
    return Opinion(failure=failure, outcomes=second.outcomes)


def may_be_accepted(candidate: ScoredTrack, choice: SongChoice, plan: AgentPlan) -> bool:
    """Whether a model's word would put a doubtful track into a playlist."""
    is_near = candidate.confidence >= plan.floor and not is_forbidden(candidate)
    return is_near and choice.confidence > plan.accept_above


async def _ask(song: SongMetadata, lineup: Candidates, plan: AgentPlan) -> Opinion:
    outcome = await run_agent(
        disambiguator(plan),
        question(song, lineup),
        RunOptions(max_turns=TURNS, cached=True, limits=SONG_LIMITS),
    )
    return Opinion(_choice(lineup, outcome), outcome.failure, (outcome,))


def _choice(lineup: Candidates, outcome: RunOutcome) -> SongChoice | None:
    """What the model picked; nothing where it picked none, which leaves the doubt to a person."""
    if outcome.failure is not None:
        return None
    pick = Pick.model_validate(outcome.output)
    candidate = candidate_at(lineup, pick.index)
    if candidate is None:
        return None
    return SongChoice(uri=candidate.track.uri, confidence=1.0, reason=plain(pick.reason))


def _unsteady(message: str) -> Failure:
    return as_failure(UnsteadyChoiceError(message))
