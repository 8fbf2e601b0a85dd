"""What the tools of agents do that the pipeline's steps do not: a query in a model's words."""

from temporalio import activity

from segue.errors.sync import NoMatchFoundError
from segue.music.activities.searching import PacedSearches
from segue.music.catalogues.port import SEARCH_LIMIT
from segue.music.contracts.songs import Track
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge
from segue.music.wire.agents import AgentMatchInput, AgentSearchInput
from segue.music.wire.names import AGENT_MATCH, AGENT_SEARCH
from segue.runtime.heartbeats import heartbeating


class AgentToolActivities:
    """Search and compare on behalf of a model.

    Args:
        searches: Those of this worker.
    """

    def __init__(self, searches: PacedSearches) -> None:
        self._searches = searches

    @activity.defn(name=AGENT_SEARCH)
    async def agent_search(self, request: AgentSearchInput) -> tuple[Track, ...]:
        """One search, as the model words it; at most ten tracks.

        Idempotency: reads only.

        Raises:
            CatalogueError: The catalogue refused or did not answer.
        """
        limit = min(max(request.limit, 1), SEARCH_LIMIT)
        async with heartbeating(), self._searches.own_turn():
            return await self._searches.search(request.query, limit=limit)

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
