"""What IT does outside of workflows."""

from temporalio import activity

from segue.it.contracts import JiraMetrics
from segue.it.jira.port import Jira
from segue.it.store import ItSessionStore
from segue.it.wire.names import FETCH_METRICS, LOAD_SESSION, SAVE_SESSION
from segue.it.wire.payloads import MetricsRequest, SavedSession, SessionState


class ItActivities:
    """Asking Jira, and keeping sessions.

    Args:
        jira: Where metrics come from.
        sessions: Where idle sessions are.
    """

    def __init__(self, jira: Jira, sessions: ItSessionStore) -> None:
        self._jira = jira
        self._sessions = sessions

    @activity.defn(name=FETCH_METRICS)
    async def fetch_metrics(self, request: MetricsRequest) -> JiraMetrics:
        """Issues of a project, counted now.

        Idempotency: it only reads; a second run may count others.
        """
        return await self._jira.metrics(request.project)

    @activity.defn(name=LOAD_SESSION)
    async def load_session(self, session: str) -> SessionState:
        """What a session knew when it was last saved.

        Idempotency: it only reads, and the one run of the session is who writes.
        """
        return await self._sessions.load(session)

    @activity.defn(name=SAVE_SESSION)
    async def save_session(self, request: SavedSession) -> None:
        """Write down what a session knows.

        Idempotency: the same state again is the same state.
        """
        await self._sessions.save(request)
