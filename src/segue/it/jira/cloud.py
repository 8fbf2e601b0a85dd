"""Metrics from Jira's REST API, version 3.

Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/: ``GET project/{key}`` and
``POST search/approximate-count``.
"""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from segue.errors.it import UnknownProjectError
from segue.errors.service import ServiceAnswerError
from segue.it.contracts import JiraMetrics
from segue.platform.json_service import JsonService

NAME = "Jira"
API = "rest/api/3"
_COUNTS = {
    "total": "",
    "to_do": ' AND statusCategory = "To Do"',
    "in_progress": ' AND statusCategory = "In Progress"',
    "done": ' AND statusCategory = "Done"',
    "created_last_week": " AND created >= -7d",
    "resolved_last_week": " AND resolved >= -7d",
}


class _Project(BaseModel):
    name: str


class _Count(BaseModel):
    count: Annotated[int, Field(ge=0)]


class CloudJira:
    """A Jira.

    Args:
        service: Of its site, with the login.
    """

    def __init__(self, service: JsonService) -> None:
        self._service = service

    async def metrics(self, project: str) -> JiraMetrics:
        """Issues of a project, counted now.

        Raises:
            UnknownProjectError: There is no such project.
            ServiceAnswerError: Jira answered with something else.
            ServiceError: Jira refused or failed.
        """
        key = project.partition("-")[0]
        answer = await self._service.get(f"{API}/project/{key}")
        if answer is None:
            raise UnknownProjectError(f"Jira has no project {key!r}.")
        try:
            name = _Project.model_validate(answer).name
            counts = {field: await self._count(key, more) for field, more in _COUNTS.items()}
        except ValidationError as failure:
            raise ServiceAnswerError(f"{NAME} answered with no metrics.") from failure
        return JiraMetrics.model_validate({
            "project": project,
            "name": name,
            "source": NAME,
            **counts,
        })

    async def _count(self, key: str, more: str) -> int:
        jql = f'project = "{key}"{more}'
        answer = await self._service.post(f"{API}/search/approximate-count", {"jql": jql})
        return _Count.model_validate(answer).count
