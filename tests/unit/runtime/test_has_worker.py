"""Asking a server about workers when it does not answer."""

from types import SimpleNamespace
from typing import cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.temporal import TemporalUnreachableError
from segue.runtime.client import has_worker


async def silent(*_, **__):
    raise RPCError("gone", RPCStatusCode.UNAVAILABLE, b"")


async def test_a_server_that_does_not_answer_is_unreachable():
    service = SimpleNamespace(describe_task_queue=silent)
    client = cast(Client, SimpleNamespace(namespace="default", workflow_service=service))

    with pytest.raises(TemporalUnreachableError, match="gone"):
        await has_worker(client, "music-sync")
