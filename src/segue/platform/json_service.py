"""A service of somebody else that answers with JSON: one request, and what its failures mean."""

import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import httpx2

from segue.errors.service import (
    ServiceAnswerError,
    ServiceRateLimitedError,
    ServiceRefusedError,
    ServiceUnavailableError,
)
from segue.runtime.retry_after import retry_wait

ANSWER_WITHIN_S = 10.0  # somebody waits for it
LARGEST_ANSWER = 1_048_576  # bytes; the answers that are asked for have some hundred
WAIT_UNLESS_NAMED = timedelta(seconds=30)


class JsonService:
    """A service at one address; it follows no redirects and tries nothing again.

    Args:
        name: As people know it: "Jira".
        http: With the service's address and whatever lets us in.
        clock: Epoch seconds.
    """

    def __init__(
        self, name: str, http: httpx2.AsyncClient, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._name = name
        self._http = http
        self._clock = clock

    async def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        """What the service answers to a GET; numbers with a point are decimal.

        Args:
            path: Below the service's address, without a slash in front.
            parameters: The query.

        Returns:
            The JSON; None: the service knows no such thing (404).

        Raises:
            ServiceError: It refused, failed, or answered with no JSON.
        """
        return await self._ask("GET", path, params=dict(parameters or {}))

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """What the service answers to a POST, as ``get`` does."""
        return await self._ask("POST", path, json=dict(body))

    async def _ask(self, method: str, path: str, **content: Any) -> Any:  # noqa: ANN401 - JSON
        try:
            async with self._http.stream(method, path, **content) as response:
                body = b""
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > LARGEST_ANSWER:
                        raise ServiceAnswerError(f"{self._name} answered with more than 1 MiB.")
        except httpx2.HTTPError as failure:
            raise ServiceUnavailableError(
                f"{self._name} did not answer: {type(failure).__name__}."
            ) from failure
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        self._check(response)
        try:
            return json.loads(body, parse_float=Decimal)
        except ValueError as failure:
            raise ServiceAnswerError(f"{self._name} answered with no JSON.") from failure

    def _check(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise ServiceRefusedError(f"{self._name} does not let Segue do this (HTTP {status}).")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = retry_wait(response.headers.get, now=self._clock()) or WAIT_UNLESS_NAMED
            raise ServiceRateLimitedError(
                f"{self._name} takes no more requests for {wait.total_seconds():g} s.",
                retry_after=wait,
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServiceUnavailableError(f"{self._name} failed (HTTP {status}).")
        if status != HTTPStatus.OK:
            raise ServiceAnswerError(f"{self._name} answered with HTTP {status}.")


@asynccontextmanager
async def open_json_service(
    name: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    login: tuple[str, str] | None = None,
) -> AsyncGenerator[JsonService]:
    """A service at ``url``, whose connections are closed at the end.

    Args:
        name: As people know it.
        url: Its address, with the path in front of all others.
        headers: Sent with every request; may hold its key.
        login: Name and password, where it takes these.
    """
    async with httpx2.AsyncClient(
        base_url=f"{url.rstrip('/')}/",
        headers=dict(headers or {}),
        auth=httpx2.BasicAuth(*login) if login else None,
        timeout=ANSWER_WITHIN_S,
        follow_redirects=False,
    ) as http:
        yield JsonService(name, http)
