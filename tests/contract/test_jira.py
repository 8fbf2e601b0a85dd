"""Every source of project metrics: Jira over real HTTP, faults included, and the sample."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from segue.errors.it import UnknownProjectError
from segue.errors.service import (
    ServiceAnswerError,
    ServiceRateLimitedError,
    ServiceRefusedError,
    ServiceUnavailableError,
)
from segue.it.jira.cloud import CloudJira
from segue.it.jira.port import Jira
from segue.it.jira.sample import SampleJira
from segue.platform.json_service import open_json_service
from tests.fakes.doubles.scripted_http import Answer, Line, Reply, ScriptedServer, scripted_server

PROJECT = Reply(body={"key": "DEMO", "name": "Demo & Co"})
COUNTS = tuple(Reply(body={"count": number}) for number in (9, 4, 3, 2, 1, 0))
TOKEN = "a-token-of-jira"  # noqa: S105 - of these tests alone


@asynccontextmanager
async def served(*answers: Answer) -> AsyncGenerator[tuple[Jira, ScriptedServer]]:
    async with (
        scripted_server(*answers) as server,
        open_json_service("Jira", server.url, login=("ann@example.org", TOKEN)) as service,
    ):
        yield CloudJira(service), server


@pytest.fixture(params=["jira", "sample"])
async def jira(request):
    if request.param == "sample":
        yield SampleJira()
        return
    async with served(PROJECT, *COUNTS) as (service, _):
        yield service


async def test_a_project_has_metrics_and_who_says_so(jira: Jira):
    metrics = await jira.metrics("DEMO")

    assert metrics.project == "DEMO"
    assert metrics.total == metrics.to_do + metrics.in_progress + metrics.done
    assert metrics.name
    assert metrics.source


async def test_only_the_sample_is_marked_as_offline():
    async with served(PROJECT, *COUNTS) as (service, server):
        real = await service.metrics("DEMO-123")

    sample = await SampleJira().metrics("DEMO")
    assert (sample.offline, real.offline) == (True, False)
    assert "nobody's project" in sample.source
    assert (real.project, real.name) == ("DEMO-123", "Demo & Co")
    assert [request.target for request in server.received] == [
        "/rest/api/3/project/DEMO",
        *(["/rest/api/3/search/approximate-count"] * 6),
    ]
    assert [request.json for request in server.received[1:3]] == [
        {"jql": 'project = "DEMO"'},
        {"jql": 'project = "DEMO" AND statusCategory = "To Do"'},
    ]
    login = base64.b64encode(f"ann@example.org:{TOKEN}".encode()).decode()
    assert server.received[0].headers["authorization"] == f"Basic {login}"


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ((Reply(404),), UnknownProjectError),
        ((Reply(401),), ServiceRefusedError),
        ((Reply(403),), ServiceRefusedError),
        ((Reply(429),), ServiceRateLimitedError),
        ((Reply(500),), ServiceUnavailableError),
        ((Line.CUT,), ServiceUnavailableError),
        ((Reply(body=b"<html>"),), ServiceAnswerError),
        ((Reply(body={"name": 7}),), ServiceAnswerError),
        ((PROJECT, Reply(404)), ServiceAnswerError),
        ((PROJECT, Reply(500)), ServiceUnavailableError),
        ((PROJECT, Reply(body={"count": -1})), ServiceAnswerError),
    ],
)
async def test_what_goes_wrong_is_told_as_what_it_is_and_never_with_the_token(answers, error):
    async with served(*answers) as (service, _):
        with pytest.raises(error) as failure:
            await service.metrics("DEMO")

    assert TOKEN not in f"{failure.value} {failure.value.hint}"
