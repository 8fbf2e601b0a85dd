"""Faults on demand, the same for the same seed.

What happens to a request is decided by a hash of the seed, the request itself (method, path with
ids left out, query, body) and how many times that very request has come since the plan was set. So
neither the order in which concurrent requests arrive nor the random ids of playlists changes the
outcome, and a repeated request is drawn anew.
"""

import asyncio
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segue.music.catalogues.local.ids import ID
from segue.music.catalogues.local.playlists import StoredItem, StoredPlaylist
from segue.music.catalogues.local.shapes import dump
from segue.runtime.http_connection import Connections

Probability = float
STALE: Final = "segue.stale"  # key in the ASGI scope: reads after this write are to be stale
_ID_SEGMENT: Final = re.compile(rf"/{ID.pattern}(?=/|$)")


class Fault(StrEnum):
    """What can go wrong with one request."""

    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    LOST_RESPONSE = "lost_response"
    SLOW = "slow"


class FaultPlan(BaseModel):
    """Which faults happen how often. The default plan is: none.

    At most one of the first six happens to a request, so together they are at most 1. ``stale`` is
    drawn apart from them, for writes only.

    Attributes:
        seed: Same seed, same faults.
        rate_limited: Probability of a 429.
        quota_exceeded: Probability of a 429 with reason QUOTA_EXCEEDED.
        error_before: Probability of a 5xx before anything was done.
        error_after: Probability of a 5xx after it was done.
        lost_response: Probability that it is done and the connection is cut without an answer.
        slow: Probability that the answer waits for ``slow_seconds``.
        stale: Probability that the ``stale_reads`` reads after a write show the state before it.
        retry_after: The Retry-After header's value, seconds or an HTTP date; None: no header.
        error_status: The status of ``error_before`` and ``error_after``.
        methods: Only requests with these methods; empty: all.
        paths: Only paths that contain one of these, e.g. ``/items``; empty: all under ``/v1``.
        at_most: Stop after so many faults; None: never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    rate_limited: Probability = Field(default=0, ge=0, le=1)
    quota_exceeded: Probability = Field(default=0, ge=0, le=1)
    error_before: Probability = Field(default=0, ge=0, le=1)
    error_after: Probability = Field(default=0, ge=0, le=1)
    lost_response: Probability = Field(default=0, ge=0, le=1)
    slow: Probability = Field(default=0, ge=0, le=1)
    stale: Probability = Field(default=0, ge=0, le=1)
    retry_after: str | None = "1"
    error_status: int = Field(default=503, ge=500, le=599)
    slow_seconds: float = Field(default=1, ge=0)
    stale_reads: int = Field(default=1, ge=1)
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _at_most_one_fault(self) -> "FaultPlan":
        if sum(probability for _, probability in self.shares()) > 1 + 1e-9:
            raise ValueError("the probabilities of the faults add up to more than 1")
        return self

    def shares(self) -> list[tuple[Fault, Probability]]:
        """The exclusive faults with their probabilities, in a fixed order."""
        return [(fault, float(getattr(self, fault.value))) for fault in Fault]

    @property
    def active(self) -> bool:
        """Whether anything can go wrong at all."""
        return self.stale > 0 or any(probability for _, probability in self.shares())

    def concerns(self, method: str, path: str) -> bool:
        """Whether a request is among those that this plan touches."""
        return (
            path.startswith("/v1/")
            and (not self.methods or method in self.methods)
            and (not self.paths or any(part in path for part in self.paths))
        )


def draw(plan: FaultPlan, identity: bytes, occurrence: int) -> Fault | None:
    """The fault of the ``occurrence``-th request (1, 2, …) with this identity."""
    remainder = _share(plan.seed, b"fault", identity, occurrence)
    for fault, probability in plan.shares():
        if remainder < probability:
            return fault
        remainder -= probability
    return None


def draw_stale(plan: FaultPlan, identity: bytes, occurrence: int) -> bool:
    """Whether reads after this write are stale."""
    return _share(plan.seed, b"stale", identity, occurrence) < plan.stale


def _share(seed: int, kind: bytes, identity: bytes, occurrence: int) -> float:
    text = b"\0".join((str(seed).encode(), kind, str(occurrence).encode(), identity))
    return int.from_bytes(hashlib.sha256(text).digest()[:8]) / 2**64


@dataclass
class FaultDesk:
    """The plan in force and what it has done.

    Attributes:
        requests: Requests per method and path, ids left out, since the process began.
        injected: Faults per kind since the plan was set.
    """

    plan: FaultPlan = field(default_factory=FaultPlan)
    requests: Counter[str] = field(default_factory=Counter[str])
    injected: Counter[str] = field(default_factory=Counter[str])
    _seen: Counter[bytes] = field(default_factory=Counter[bytes])

    def set(self, plan: FaultPlan) -> None:
        """Put another plan in force; the drawing starts afresh."""
        self.plan = plan
        self.injected.clear()
        self._seen.clear()

    def decide(self, identity: bytes) -> tuple[Fault | None, bool]:
        """The fault of the request that has just come, and whether it makes reads stale."""
        self._seen[identity] += 1
        occurrence = self._seen[identity]
        if self.plan.at_most is not None and self.injected.total() >= self.plan.at_most:
            return None, False
        fault = draw(self.plan, identity, occurrence)
        stale = draw_stale(self.plan, identity, occurrence)
        if fault is not None:
            self.injected[fault.value] += 1
        return fault, stale

    def report(self) -> dict[str, object]:
        """Plan and counters."""
        return {
            "plan": self.plan.model_dump(mode="json"),
            "requests": dict(self.requests),
            "injected": dict(self.injected),
        }


class StaleReads:
    """What readers still see of playlists that were just written."""

    def __init__(self) -> None:
        self._views: dict[str, tuple[StoredPlaylist, list[StoredItem], int]] = {}

    def remember(self, playlist: StoredPlaylist, items: list[StoredItem], reads: int) -> None:
        """Show this state to the next ``reads`` reads."""
        self._views[playlist.id] = (playlist, items, reads)

    def take(self, playlist_id: str) -> tuple[StoredPlaylist, list[StoredItem]] | None:
        """The old state, if the next read is to see it."""
        view = self._views.pop(playlist_id, None)
        if view is None:
            return None
        playlist, items, reads = view
        if reads > 1:
            self._views[playlist_id] = (playlist, items, reads - 1)
        return playlist, items


class FaultGate:
    """ASGI wrapper that counts requests and does to them what the plan says."""

    def __init__(self, app: ASGIApp, *, desk: FaultDesk, connections: Connections) -> None:
        self._app = app
        self._desk = desk
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = _ID_SEGMENT.sub("/{id}", scope["path"])
        self._desk.requests[f"{scope['method']} {route}"] += 1
        plan = self._desk.plan
        if not (plan.active and plan.concerns(scope["method"], scope["path"])):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        identity = b"\0".join((
            scope["method"].encode(),
            route.encode(),
            scope["query_string"],
            body,
        ))
        fault, stale = self._desk.decide(identity)
        if stale and scope["method"] != "GET":
            scope[STALE] = plan.stale_reads
            self._desk.injected["stale"] += 1
        await self._do(fault, plan, scope, _Replay(body, receive), send)

    async def _do(
        self,
        fault: Fault | None,
        plan: FaultPlan,
        scope: Scope,
        receive: "_Replay",
        send: Send,
    ) -> None:
        if fault in {Fault.ERROR_AFTER, Fault.LOST_RESPONSE}:
            await self._app(scope, receive, _nowhere)
        if fault is Fault.LOST_RESPONSE:
            self._connections.cut(scope["client"])
            await receive.wait_for_disconnect()
        elif fault in {Fault.ERROR_BEFORE, Fault.ERROR_AFTER}:
            await _refuse(send, plan.error_status, {"message": "Server error"}, None)
        elif fault is Fault.RATE_LIMITED:
            await _refuse(send, 429, {"message": "API rate limit exceeded"}, plan.retry_after)
        elif fault is Fault.QUOTA_EXCEEDED:
            error = {"message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
            await _refuse(send, 429, error, plan.retry_after)
        else:
            if fault is Fault.SLOW:
                await asyncio.sleep(plan.slow_seconds)
            await self._app(scope, receive, send)


class _Replay:
    """ASGI ``receive`` that gives a body that was already read, then goes on with the original."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def wait_for_disconnect(self) -> None:
        """Wait until the server has noticed that the connection is gone."""
        while (await self())["type"] != "http.disconnect":
            pass


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def _nowhere(_: Message) -> None:
    """An ASGI ``send`` that drops every part of an answer."""


async def _refuse(send: Send, status: int, error: dict[str, str], retry_after: str | None) -> None:
    body = dump({"error": {"status": status, **error}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if retry_after is not None:
        headers.append((b"retry-after", retry_after.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
