"""Doubtful matches before a model: it sees the wish and the candidates, and has no tools."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.music.activities.tracks import TrackActivities
    from segue.music.agents.builders import disambiguator
    from segue.music.agents.untrusted import (
        as_data,
        is_forbidden,
        plain,
        scored_data,
        song_data,
    )
    from segue.music.contracts.agent_use import GivenBack, reasons_of
    from segue.music.contracts.songs import SongMetadata
    from segue.music.contracts.verdicts import Verdict
    from segue.music.wire.agents import (
        AgentPlan,
        AgentVerdict,
        AnsweredDoubt,
        DoubtsInput,
        DoubtsResult,
        Pick,
        RowDoubt,
        RowVerdict,
        SongChoice,
    )
    from segue.music.wire.names import DOUBTS
    from segue.music.wire.options import SHORT_CALL
    from segue.music.workflows.agent_runs import SONG_LIMITS, Costs, enabled_plan
    from segue.runs.contracts import Failure, RunOutcome, Spent
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.run_options import RunOptions

LANES = 4  # questions at once: a batch of fifty takes a dozen answers' time
TURNS = 2  # it has no tools: one answer, and a second for models that think aloud first


@workflow.defn(name=DOUBTS)
class DoubtsWorkflow:
    """Ask a model about rows that the matcher leaves in doubt, each on its own."""

    @workflow.run
    async def run(self, batch: DoubtsInput) -> DoubtsResult:
        """A verdict for each doubt; a row for which no model answers stays in doubt.

        Raises:
            AgentError: Agents are off.
        """
        plan = await enabled_plan(batch.plan)
        lanes = asyncio.Semaphore(LANES)

        async def decide_one(doubt: RowDoubt) -> tuple[AgentVerdict, Failure | None]:
            async with lanes:
                return await decide(doubt.song, doubt.verdict, plan, record=batch.record)

        answers = await asyncio.gather(*(decide_one(doubt) for doubt in batch.doubts))
        verdicts = [verdict for verdict, _ in answers]
        failures = [failure for _, failure in answers if failure is not None]
        use = Spent()
        for verdict in verdicts:
            use = use.plus(verdict.spent)
        return DoubtsResult(
            verdicts=tuple(
                RowVerdict(row=doubt.row, verdict=verdict)
                for doubt, verdict in zip(batch.doubts, verdicts, strict=True)
            ),
            asked=sum(is_askable(doubt.verdict) for doubt in batch.doubts),
            failed=len(failures),
            reasons=reasons_of(GivenBack(code=each.code, hint=each.hint) for each in failures),
            spent=use,
            offline=any(verdict.offline for verdict in verdicts),
        )


async def decide(
    song: SongMetadata, verdict: Verdict, plan: AgentPlan, *, record: bool = True
) -> tuple[AgentVerdict, Failure | None]:
    """The verdict after a model was asked, and why none answered; None: one did.

    A model is not asked about candidates that are all ruled out.

    Args:
        song: The wish.
        verdict: The matcher's, in doubt.
        plan: How to ask; it is enabled.
        record: Whether what stays in doubt is put before a person.
    """
    costs, choice, failure = Costs(), None, None
    if is_askable(verdict):
        outcome = await _ask(song, verdict, plan)
        costs.add(outcome)
        failure = outcome.failure
        choice = _choice(verdict, outcome)
    decision = await workflow.execute_activity_method(
        TrackActivities.ai_disambiguate,
        AnsweredDoubt(
            song=song,
            verdict=verdict,
            choice=choice,
            accept_above=plan.accept_above,
            floor=plan.floor,
            record=record,
        ),
        **SHORT_CALL,
    )
    return costs.on(decision), failure


def is_askable(verdict: Verdict) -> bool:
    """Whether a model could change anything: some candidate is not ruled out."""
    return any(not is_forbidden(candidate) for candidate in verdict.alternatives)


async def _ask(song: SongMetadata, verdict: Verdict, plan: AgentPlan) -> RunOutcome:
    candidates = [
        {"index": index, **scored_data(candidate)}
        for index, candidate in enumerate(verdict.alternatives)
    ]
    data = as_data(wish=song_data(song), candidates=candidates)
    return await run_agent(
        disambiguator(plan), data, RunOptions(max_turns=TURNS, cached=True, limits=SONG_LIMITS)
    )


def _choice(verdict: Verdict, outcome: RunOutcome) -> SongChoice | None:
    """What the model picked; nothing where it picked none, which leaves the doubt to a person."""
    if outcome.failure is not None:
        return None
    pick = Pick.model_validate(outcome.output)
    if pick.index is None or not 0 <= pick.index < len(verdict.alternatives):
        return None
    uri = verdict.alternatives[pick.index].track.uri
    return SongChoice(uri=uri, confidence=1.0, reason=plain(pick.reason))
