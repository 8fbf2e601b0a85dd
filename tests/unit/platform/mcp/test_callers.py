"""Who calls a tool: by its key, its user and its conversation, never by its connection."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from mcp.server.mcpserver import Context

from segue.errors.input import InputError
from segue.platform.mcp.callers import OWNER, USER, Caller, caller_of
from segue.runtime.mcp_meta import IDEMPOTENCY_KEY, THREAD, UNPREFIXED_IDEMPOTENCY_KEY


def context(meta: dict[str, Any] | None = None, scope: dict[str, Any] | None = None):
    request = SimpleNamespace(scope=scope) if scope is not None else None
    made = SimpleNamespace(request_context=SimpleNamespace(request=request, meta=meta))
    return cast("Context[Any, Any]", made)


def test_over_stdio_the_owner_of_this_machine_calls():
    caller = caller_of(context())

    assert (caller.user, caller.thread, caller.address) == (OWNER, None, "127.0.0.1")


def test_over_http_whom_the_token_named_calls_from_where_the_request_came():
    scope = {USER: "ann", "client": ("192.0.2.7", 4711)}

    caller = caller_of(context({}, scope))

    assert (caller.user, caller.address) == ("ann", "192.0.2.7")


def test_the_key_is_the_one_asked_again_with_then_the_prefixed_then_the_older_name():
    both = {IDEMPOTENCY_KEY: "new", UNPREFIXED_IDEMPOTENCY_KEY: "old"}

    assert caller_of(context(both), "again").key == "again"
    assert caller_of(context(both)).key == "new"
    assert caller_of(context({UNPREFIXED_IDEMPOTENCY_KEY: "old"})).key == "old"


def test_without_a_key_every_call_is_another_that_nobody_guesses():
    keys = {caller_of(context()).key for _ in range(100)}

    assert len(keys) == 100
    assert all(len(key) == 24 for key in keys)


@pytest.mark.parametrize("name", [IDEMPOTENCY_KEY, THREAD])
@pytest.mark.parametrize("text", ["", "x" * 301, 5, ["a"]])
def test_a_key_or_conversation_that_is_none_is_refused(name, text):
    with pytest.raises(InputError, match=f"Expected {name}"):
        caller_of(context({name: text}))


def test_a_run_belongs_to_one_user_one_key_and_one_tool():
    ids = {
        Caller(user, key).run_id(tool)
        for user in ("ann", "an")
        for key in ("k", "nk")
        for tool in ("price", "roi")
    }

    assert len(ids) == 8
    assert Caller("ann", "k", thread="t").run_id("price") == Caller("ann", "k").run_id("price")
    assert not any("ann" in each for each in ids)
