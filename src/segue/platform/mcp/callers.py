"""Who calls a tool, and under which key: so that a repeated call runs once, for its user alone."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from segue.errors.input import InputError
from segue.runtime.mcp_meta import IDEMPOTENCY_KEY, THREAD, UNPREFIXED_IDEMPOTENCY_KEY
from segue.runtime.ports import LOOPBACK

OWNER = "owner"
"""The user of a client that needs no name: it runs on this machine, or has the one token."""

USER = "segue.user"
"""Where a request's scope names its user, once the token was looked at."""

LONGEST_KEY = 300
_KEY_BYTES = 18  # nobody guesses 144 bits

CallKey = Annotated[
    str | None,
    Field(
        max_length=LONGEST_KEY,
        description="Only to ask again: what an answer that still waits gave as call",
    ),
]


@dataclass(frozen=True)
class Caller:
    """Who calls, and what for.

    Attributes:
        user: Whom the client was let in as.
        key: Names this one call and its repetitions; made here where the caller gave none.
        thread: The conversation of ours that the call belongs to; None: of none.
        address: The IP address that the call came from; over stdio this machine's own.
    """

    user: str
    key: str
    thread: str | None = None
    address: str = LOOPBACK

    def run_id(self, tool: str) -> str:
        """The id of the one workflow that is this call; it tells neither user nor key."""
        return f"{tool}-{digest(tool, self.user, self.key)}"


def caller_of(ctx: Context[Any, Any], call: str | None = None) -> Caller:
    """Who makes a call of a tool.

    Args:
        ctx: The call's.
        call: The key that an earlier answer gave to ask again with.

    Raises:
        InputError: The key or the thread is empty, too long, or no text.
    """
    request = ctx.request_context.request
    scope: dict[str, Any] = getattr(request, "scope", None) or {}
    client = scope.get("client")
    key = call or _text(ctx, IDEMPOTENCY_KEY) or _text(ctx, UNPREFIXED_IDEMPOTENCY_KEY)
    return Caller(
        user=scope.get(USER, OWNER),
        key=key or secrets.token_urlsafe(_KEY_BYTES),
        thread=_text(ctx, THREAD),
        address=client[0] if client else LOOPBACK,
    )


def digest(*parts: str) -> str:
    """128 bits that stand for some texts, and for no others."""
    exact = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(exact.encode()).hexdigest()[:32]


def _text(ctx: Context[Any, Any], name: str) -> str | None:
    meta = ctx.request_context.meta
    text = meta.get(name) if meta else None
    if text is None:
        return None
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_KEY:
        raise InputError(f"Expected {name} in _meta to be a text of 1 to {LONGEST_KEY} characters.")
    return text
