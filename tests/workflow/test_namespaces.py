"""Namespaces that features need: made once, with retention, and usable when that returns."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.temporal import TemporalUnreachableError
from segue.runtime.namespaces import RETENTION, ensure_namespaces


async def retention(client: Client, name: str) -> timedelta:
    told = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=name)
    )
    return told.config.workflow_execution_retention_ttl.ToTimedelta()


async def test_a_missing_namespace_is_made_by_whoever_comes_first(temporal_client: Client):
    name = f"made-{uuid4().hex}"

    await asyncio.gather(*(ensure_namespaces(temporal_client, [name]) for _ in range(4)))

    assert await retention(temporal_client, name) == RETENTION


async def test_one_that_is_there_keeps_what_its_owner_gave_it(temporal_client: Client):
    before = await retention(temporal_client, "default")

    await ensure_namespaces(temporal_client, ["default"])

    assert await retention(temporal_client, "default") == before


class Refusing:
    """A server that answers some calls with an error."""

    def __init__(self, **statuses: RPCStatusCode) -> None:
        self._statuses = statuses
        self.workflow_service = SimpleNamespace(
            describe_namespace=self._answer("describe"),
            register_namespace=self._answer("register"),
            describe_task_queue=self._answer("use"),
        )

    def _answer(self, call: str):
        async def answer(_request: Any, *, timeout: timedelta) -> None:  # noqa: ASYNC109 - the SDK's own
            assert timeout > timedelta()
            if call in self._statuses:
                raise RPCError(f"no {call}.", self._statuses[call], b"")

        return answer


@pytest.mark.parametrize(
    ("statuses", "problem"),
    [
        ({"describe": RPCStatusCode.UNAVAILABLE}, "no describe"),
        (
            {"describe": RPCStatusCode.NOT_FOUND, "register": RPCStatusCode.PERMISSION_DENIED},
            "no register",
        ),
        ({"use": RPCStatusCode.NOT_FOUND}, "cannot be used 0.05 s after"),
        ({"use": RPCStatusCode.PERMISSION_DENIED}, "no use"),
    ],
)
async def test_where_it_may_not_be_made_the_way_out_is_told(statuses, problem):
    client = cast("Client", Refusing(**statuses))

    with pytest.raises(TemporalUnreachableError, match=problem) as failure:
        await ensure_namespaces(client, ["finance-namespace"], within_s=0.05)

    assert "namespace create --namespace finance-namespace" in failure.value.hint
    assert "SEGUE_FEATURES" in failure.value.hint
