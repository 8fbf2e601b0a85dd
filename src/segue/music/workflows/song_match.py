"""Agents choose a track for one row of a playlist; writing is the playlist's plan's affair."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent

    from segue.errors.run import AgentError
    from segue.music.activities.tracks import TrackActivities
    from segue.music.agents.builders import (
        TeamTools,
        mcp_agent,
        search_team,
        simple_agent,
        song_agent,
    )
    from segue.music.agents.untrusted import as_data, song_data
    from segue.music.contracts.songs import SongMetadata
    from segue.music.contracts.strategies import Strategy
    from segue.music.contracts.verdicts import Verdict
    from segue.music.wire.agents import AgentPlan, AgentVerdict, SongMatchInput
    from segue.music.wire.names import SONG_MATCH
    from segue.music.wire.options import SEARCH_CALL, SHORT_CALL
    from segue.music.wire.tracks import MatchInput
    from segue.music.workflows.agent_runs import (
        EVIDENCE,
        Costs,
        enabled_plan,
        ending,
        error_of,
        run_for_song,
        use_so_far,
    )
    from segue.music.workflows.doubts import decide
    from segue.music.workflows.song_case import SongCase
    from segue.music.workflows.song_tools import SongTools
    from segue.music.workflows.spotify_guard import GuardedSpotify


@workflow.defn(name=SONG_MATCH)
class SongMatchWorkflow:
    """One row, chosen for by the agents of a strategy; nothing is written."""

    @workflow.run
    async def run(self, row: SongMatchInput) -> AgentVerdict:
        """The verdict, checked against this run's own candidates and the matcher's vetoes.

        Raises:
            AgentError: Agents are off, came to no end, or to one that rests on no search of theirs.
            MCPServerError: The MCP server failed, and kept failing.
            CatalogueError: The catalogue refused.
        """
        plan = await enabled_plan(row.plan)
        if row.strategy is Strategy.ASSISTED:
            return await _choose_assisted(row, plan)
        return await _by_agents(row, plan)


async def _choose_assisted(row: SongMatchInput, plan: AgentPlan) -> AgentVerdict:
    verdict = await match_by_pipeline(row.song)
    if verdict.decision != "review":
        return AgentVerdict(**dict(verdict))
    decision, failure = await decide(row.song, verdict, plan, record=row.record)
    if failure is not None:
        raise AgentError(
            f"No model settled a doubtful match: {failure.message}",
            hint=failure.hint or None,
            cause=failure.code,
            use=decision.spent.model_dump(mode="json", exclude_defaults=True),
        )
    return decision


async def _by_agents(row: SongMatchInput, plan: AgentPlan) -> AgentVerdict:
    if row.song.uri:  # the source names the track: where that is right, there is nothing to search
        verdict = await match_by_pipeline(row.song)
        if verdict.decision == "accept":
            return AgentVerdict(**dict(verdict))
    case = SongCase(row.song, plan, record=row.record)
    server = GuardedSpotify(case) if row.strategy is Strategy.MCP else None
    agent = mcp_agent(plan, server, writes=False) if server else _agent(row.strategy, case)
    outcome = await run_for_song(agent, as_data(wish=song_data(row.song)), plan)
    if server is not None and server.trouble is not None:
        raise server.trouble
    if failure := error_of(outcome):
        raise failure
    # An agent that answers in words has searched; what the matcher says of it all counts.
    choice, _ = ending(outcome) if row.strategy is not Strategy.SIMPLE else (None, None)
    if (refusal := case.refusal_of(choice)) and workflow.patched(EVIDENCE):
        refusal.use = use_so_far(outcome)
        raise refusal
    decision = await case.verdict(choice)
    verdict = Costs((outcome, *case.opinions)).on(decision)
    if case.failure is not None:
        raise AgentError(
            case.failure.message,
            hint=case.failure.hint,
            cause=case.failure.code,
            use=verdict.spent.model_dump(mode="json", exclude_defaults=True),
        )
    return verdict


def _agent(strategy: Strategy, song: SongCase) -> Agent[Any]:
    tools = SongTools(song)
    match strategy:
        case Strategy.SIMPLE:
            return simple_agent(song.plan, tools.reading, writes=False)
        case Strategy.AGENT:
            return song_agent(song.plan, tools.reading, writes=False)
        case Strategy.MULTI_AGENT:
            team = TeamTools(search=tools.searching, match=tools.comparing)
            return search_team(song.plan, team)
        case _:
            raise AgentError(f"Expected a strategy with agents, got {strategy.value!r}.")


async def match_by_pipeline(song: SongMetadata) -> Verdict:
    """What the pipeline finds and decides for a song."""
    search = await workflow.execute_activity_method(
        TrackActivities.spotify_search,
        song,
        **SEARCH_CALL,
    )
    verdict = await workflow.execute_activity_method(
        TrackActivities.fuzzy_match,
        MatchInput(song=song, candidates=search.candidates),
        **SHORT_CALL,
    )
    return verdict.model_copy(update={"searches": search.searches})
