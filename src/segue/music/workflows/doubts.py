"""Doubtful matches before a model: it sees the wish and the candidates, and has no tools."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.music.activities.tracks import TrackActivities
    from segue.music.agents.untrusted import is_forbidden
    from segue.music.contracts.agent_use import GivenBack, reasons_of
    from segue.music.contracts.songs import SongMetadata
    from segue.music.contracts.verdicts import Verdict
    from segue.music.wire.agents import (
        AgentPlan,
        AgentVerdict,
        AnsweredDoubt,
        DoubtsInput,
        DoubtsResult,
        RowDoubt,
        RowVerdict,
    )
    from segue.music.wire.names import DOUBTS
    from segue.music.wire.options import SHORT_CALL
    from segue.music.workflows.agent_runs import Costs, enabled_plan
    from segue.music.workflows.opinions import Opinion, opinion_on
    from segue.runs.contracts import Failure, Spent
    from segue.runtime.gathering import gather_whole

LANES = 4  # questions at once: a batch of fifty takes a dozen answers' time


@workflow.defn(name=DOUBTS)
class DoubtsWorkflow:
    """Ask a model about rows that the matcher leaves in doubt, each on its own."""

    @workflow.run
    async def run(self, batch: DoubtsInput) -> DoubtsResult:
        """A verdict for each doubt; a row for which no model answers, or not twice the same, stays.

        Raises:
            AgentError: Agents are off.
        """
        plan = await enabled_plan(batch.plan)
        lanes = asyncio.Semaphore(LANES)

        async def decide_one(doubt: RowDoubt) -> tuple[AgentVerdict, Failure | None]:
            async with lanes:
                return await decide(doubt.song, doubt.verdict, plan, record=batch.record)

        answers = await gather_whole(decide_one(doubt) for doubt in batch.doubts)
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
    """The verdict after a model was asked, and why it has no say; None: it has.

    A model is not asked about candidates that are all ruled out.

    Args:
        song: The wish.
        verdict: The matcher's, in doubt.
        plan: How to ask; it is enabled.
        record: Whether what stays in doubt is put before a person.
    """
    opinion = Opinion()
    if is_askable(verdict):
        opinion = await opinion_on(song, verdict.alternatives, plan)
    decision = await workflow.execute_activity_method(
        TrackActivities.ai_disambiguate,
        AnsweredDoubt(
            song=song,
            verdict=verdict,
            choice=opinion.choice,
            accept_above=plan.accept_above,
            floor=plan.floor,
            record=record,
        ),
        **SHORT_CALL,
    )
    return Costs(opinion.outcomes).on(decision), opinion.failure


def is_askable(verdict: Verdict) -> bool:
    """Whether a model could change anything: some candidate is not ruled out."""
    return any(not is_forbidden(candidate) for candidate in verdict.alternatives)
