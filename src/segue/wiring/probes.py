"""What a worker process tells whoever watches it: live, ready, and its metrics, on one port."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from segue.errors.settings import SettingsError
from segue.runs.service.metrics import CONTENT_TYPE
from segue.runtime.http_host import Address, bound, serving

Check = Callable[[], Awaitable[bool]]
Ours = Callable[[], Awaitable[bytes]]

# Of ours, while the worker still opens what it stands on.
_NOT_YET = b"# TYPE segue_database_up gauge\nsegue_database_up 0.0\n"

CHECK_WITHIN_S = 3.0  # whoever asks waits no longer; Kubernetes is told five seconds


class Health:
    """Whether the worker may be counted on: starting until ``watch``, then serving, then draining.

    Args:
        stop: Set when the worker was asked to stop; it is not ready any more, whatever holds.
    """

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._checks: Mapping[str, Check] | None = None

    def watch(self, checks: Mapping[str, Check]) -> None:
        """The worker serves; from now on it is ready as long as all checks hold.

        Args:
            checks: By what they look at; one that takes longer than ``CHECK_WITHIN_S`` fails.
        """
        self._checks = checks

    async def report(self) -> tuple[bool, dict[str, str]]:
        """Whether the worker is ready, and what each check says."""
        if self._stop.is_set():
            return False, {"worker": "draining"}
        if self._checks is None:
            return False, {"worker": "starting"}
        results = await asyncio.gather(*(_holds(check) for check in self._checks.values()))
        checks = {
            name: "ok" if result else "failed"
            for name, result in zip(self._checks, results, strict=True)
        }
        return all(results), checks


class Metrics:
    """Everything that Prometheus is told by one process.

    Args:
        sdk_url: Where Temporal's SDK serves its own numbers; on this machine.
    """

    def __init__(self, sdk_url: str) -> None:
        self._sdk_url = sdk_url
        self._ours: Ours | None = None

    def count(self, ours: Ours) -> None:
        """Tell our own numbers from now on."""
        self._ours = ours

    async def text(self) -> bytes:
        """Temporal's numbers of this process, then ours where the worker serves already."""
        return await self._sdk() + (await self._ours() if self._ours else _NOT_YET)

    async def _sdk(self) -> bytes:
        async with httpx2.AsyncClient(trust_env=False, timeout=CHECK_WITHIN_S) as http:
            return (await http.get(self._sdk_url)).content


def probe_address(host: str, port: int) -> Address:
    """Where the probes of a worker listen.

    Raises:
        SettingsError: The host is no IP address.
    """
    try:
        ip_address(host)
    except ValueError:
        raise SettingsError(
            f"SEGUE_PROBE_HOST is {host!r}; expected an IP address such as 127.0.0.1."
        ) from None
    return Address("Probes", "Set SEGUE_PROBE_PORT to a free port, or to 0.", host, port)


@asynccontextmanager
async def serving_probes(
    health: Health, metrics: Metrics, *, host: str, port: int
) -> AsyncGenerator[str]:
    """Answer ``/livez``, ``/readyz`` and ``/metrics`` while the body runs; yields the URL.

    Nobody is asked for a password, and no answer holds content: names of agents, models, tools and
    queues, and numbers.

    Args:
        health: What ``/readyz`` tells.
        metrics: What ``/metrics`` tells.
        host: Address to listen on.
        port: 0 takes any free one.

    Raises:
        SettingsError: Nothing can listen there.
    """
    with bound(probe_address(host, port)) as listener:
        async with serving(_app(health, metrics), listener):
            yield listener.url


def _app(health: Health, metrics: Metrics) -> Starlette:
    async def live(_: Request) -> Response:
        # That this line runs is the answer: the event loop, on which all work is done, turns.
        return PlainTextResponse("ok\n")

    async def ready(_: Request) -> Response:
        is_ready, checks = await health.report()
        return JSONResponse(
            {"ready": is_ready, "checks": checks}, status_code=200 if is_ready else 503
        )

    async def numbers(_: Request) -> Response:
        return Response(await metrics.text(), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[Route("/livez", live), Route("/readyz", ready), Route("/metrics", numbers)]
    )


async def _holds(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            return await check()
    except TimeoutError:
        return False
