"""What the tools of agents do that the pipeline's steps do not: a query in a model's words."""

from collections.abc import Callable
from typing import Any

from temporalio import activity

from segue.errors.sync import NoMatchFoundError
from segue.music.activities.agent_plan import AgentPlanActivities
from segue.music.catalogues.port import SEARCH_LIMIT, Catalogue
from segue.music.contracts.songs import Track
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge
from segue.music.wire.agents import AgentMatchInput, AgentPlan, AgentSearchInput
from segue.music.wire.names import AGENT_MATCH, AGENT_SEARCH
from segue.runtime.heartbeats import heartbeating


class AgentToolActivities:
    """Search and compare on behalf of a model.

    Args:
        catalogue: Where to search.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @activity.defn(name=AGENT_SEARCH)
    async def agent_search(self, request: AgentSearchInput) -> tuple[Track, ...]:
        """One search, as the model words it; at most ten tracks.

        Idempotency: reads only.

        Raises:
            CatalogueError: The catalogue refused or did not answer.
        """
        limit = min(max(request.limit, 1), SEARCH_LIMIT)
        async with heartbeating():
            return await self._catalogue.search(request.query, limit=limit)

    @activity.defn(name=AGENT_MATCH)
    async def agent_match(self, request: AgentMatchInput) -> Verdict:
        """What the matcher says of these candidates.

        Idempotency: reads only.

        Raises:
            NoMatchFoundError: There are no candidates; another try would find none either.
        """
        if not request.candidates:
            raise NoMatchFoundError("No track has been found that could be compared.")
        return judge(request.song, request.candidates)


def agent_activities(catalogue: Catalogue, plan: AgentPlan) -> list[Callable[..., Any]]:
    """The activities that workflows with agents need beside those of the pipeline."""
    tools = AgentToolActivities(catalogue)
    return [AgentPlanActivities(plan).agent_plan, tools.agent_search, tools.agent_match]
