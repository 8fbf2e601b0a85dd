"""What a source of project metrics can do."""

from typing import Protocol

from segue.it.contracts import JiraMetrics


class Jira(Protocol):
    """A source of project metrics."""

    async def metrics(self, project: str) -> JiraMetrics:
        """Issues of a project, counted now.

        Args:
            project: The project's key in capitals, or one of its issues' (``DEMO-123``).

        Raises:
            UnknownProjectError: There is no such project.
            ServiceError: The source refused, failed, or answered with nonsense.
        """
        ...
