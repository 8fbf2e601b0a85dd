"""``music-agent-plan``: what the worker's settings say about agents, for workflows to know."""

from temporalio import activity

from segue.music.wire.agents import AgentPlan
from segue.music.wire.names import AGENT_PLAN


class AgentPlanActivities:
    """Tells the plan; a local activity, so that it stands in the history of every run.

    Args:
        plan: The worker's.
    """

    def __init__(self, plan: AgentPlan) -> None:
        self._plan = plan

    @activity.defn(name=AGENT_PLAN)
    async def agent_plan(self) -> AgentPlan:
        """The worker's plan of which agents are used.

        Idempotency: reads only.
        """
        return self._plan
