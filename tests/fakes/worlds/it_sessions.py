"""IT's parts for tests: a worker, a service, a Jira that counts."""

from segue.it.activities import ItActivities
from segue.it.contracts import JiraMetrics
from segue.it.jira.port import Jira
from segue.it.jira.sample import SampleJira
from segue.it.store import ItSessionStore
from segue.it.wire.names import IT_QUEUE
from segue.it.workflows import IT_WORKFLOWS
from segue.runtime.worker import WorkerParts


class CountingJira(SampleJira):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def metrics(self, project: str) -> JiraMetrics:
        self.asked.append(project)
        return await super().metrics(project)


def it_part(jira: Jira, sessions: ItSessionStore) -> WorkerParts:
    """What IT's worker serves, in whatever namespace."""
    activities = ItActivities(jira, sessions)
    return WorkerParts(
        task_queue=IT_QUEUE,
        workflows=IT_WORKFLOWS,
        activities=[activities.fetch_metrics, activities.load_session, activities.save_session],
    )
