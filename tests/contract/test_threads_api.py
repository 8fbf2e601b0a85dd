"""Threads over HTTP: what is said, followed, decided and read, by whom it belongs to."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from segue.web.scopes import Scope
from tests.fakes.doubles.assistant_service import QUESTION, SLOW
from tests.fakes.worlds.web import World, api_world

BASE = "/api/v1/threads"
TALKS = (Scope.CHAT_READ, Scope.CHAT_WRITE)
DECIDES = (Scope.APPROVALS_READ, Scope.APPROVALS_WRITE)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    """The API around an assistant without an engine."""
    async with api_world(tmp_path) as made:
        yield made


async def test_a_message_begins_a_thread_and_its_reply_is_read_and_waited_for(world: World):
    key = await world.key(*TALKS)
    posted = await world.http.post(
        f"{BASE}/c1/messages", json={"text": "Hello.", "message_id": "a"}, headers=key
    )
    reply = await world.http.get(f"{BASE}/c1/messages/a/reply?wait=1", headers=key)
    await world.http.post(
        f"{BASE}/c1/messages", json={"text": SLOW, "message_id": "b"}, headers=key
    )
    later = await world.http.get(f"{BASE}/c1/messages/b/reply?wait=1", headers=key)
    never = await world.http.get(f"{BASE}/c1/messages/c/reply", headers=key)
    shown = await world.http.get(f"{BASE}/c1", headers=key)

    assert (posted.status_code, posted.json()["message_id"]) == (202, "a")
    assert (reply.status_code, reply.json()["text"]) == (200, "Hello.")
    assert (later.status_code, later.headers["retry-after"]) == (202, "1")
    assert later.json()["turn"] == shown.json()["waiting"][0]["turn"]
    assert never.status_code == 404


async def test_a_reply_is_followed_and_taken_up_where_it_was_left(world: World):
    key = await world.key(*TALKS)
    await world.http.post(
        f"{BASE}/c1/messages", json={"text": "Hi.", "message_id": "a"}, headers=key
    )
    whole = await world.http.get(f"{BASE}/c1/messages/a/events", headers=key)
    rest = await world.http.get(
        f"{BASE}/c1/messages/a/events", headers=key | {"Last-Event-ID": "8"}
    )
    odd = await world.http.get(f"{BASE}/c1/messages/a/events", headers=key | {"Last-Event-ID": "x"})

    assert whole.headers["content-type"].startswith("text/event-stream")
    assert whole.text.startswith(": keep-alive\n\nid: 1\nevent: turn.started\n")
    assert odd.text == whole.text
    assert rest.text.startswith(": keep-alive\n\nid: 9\nevent: turn.completed\n")


async def test_threads_are_made_listed_in_pages_forked_exported_and_ended(world: World):
    key = await world.key(*TALKS)
    for name in ("a", "b", "c"):
        body = {"id": name, "while_busy": "interrupt"}
        assert (await world.http.post(BASE, json=body, headers=key)).status_code == 201
    first = (await world.http.get(f"{BASE}?limit=2", headers=key)).json()
    second = (
        await world.http.get(f"{BASE}?limit=2&cursor={first['next_cursor']}", headers=key)
    ).json()
    fork = await world.http.post(f"{BASE}/a/fork", json={"after_turn": 1}, headers=key)
    history = await world.http.get(f"{BASE}/a/history", headers=key)
    text = await world.http.get(f"{BASE}/a/export?format=markdown", headers=key)
    end = await world.http.post(f"{BASE}/a/end", headers=key)

    assert [each["id"] for each in (*first["threads"], *second["threads"])] == ["a", "b", "c"]
    assert second["next_cursor"] is None
    assert fork.json()["while_busy"] == "queue"
    assert history.json()["conversation"]["id"] == "a"
    assert (text.text, text.headers["content-type"]) == ("# A chat", "text/markdown; charset=utf-8")
    assert (end.status_code, end.json()["ended"]) == (202, True)


async def test_a_decision_is_on_the_name_of_the_key(world: World):
    talks, decides = await world.key(*TALKS), await world.key(*DECIDES, *TALKS, name="boss")
    await world.http.post(BASE, json={"id": "a"}, headers=decides)
    asked = await world.http.get(f"{BASE}/a/approvals", headers=decides)
    body = {
        "request_id": QUESTION.id,
        "approve": True,
        "arguments_sha256": QUESTION.arguments_sha256,
    }
    refused = await world.http.post(f"{BASE}/a/approvals", json=body, headers=talks)
    taken = await world.http.post(f"{BASE}/a/approvals", json=body, headers=decides)
    gone = await world.http.post(
        f"{BASE}/a/approvals", json=body | {"request_id": "q9"}, headers=decides
    )

    assert [each["id"] for each in asked.json()["approvals"]] == [QUESTION.id]
    assert refused.status_code == 403
    assert (taken.status_code, world.assistant.decisions[0]["who"]) == (200, "boss")
    assert gone.status_code == 404


BODIES: dict[str, dict[str, object]] = {
    "/messages": {"text": "Hi."},
    "/approvals": {"request_id": QUESTION.id, "approve": False},
    "/fork": {},
}
ROUTES = (
    *(("GET", path) for path in ("", "/messages/m/reply", "/messages/m/events", "/approvals")),
    *(("GET", path) for path in ("/history", "/export")),
    *(("POST", path) for path in (*BODIES, "/end")),
)


async def test_a_thread_of_another_key_is_not_there_and_scopes_are_asked_for(world: World):
    owner, other = await world.key(*TALKS), await world.key(*TALKS, *DECIDES)
    syncs = await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE)
    admin = await world.key()
    body = {"text": "Hi.", "message_id": "m"}
    await world.http.post(f"{BASE}/c1/messages", json=body, headers=owner)

    async def status(method: str, path: str, key: dict[str, str]) -> int:
        body = BODIES.get(path) if method == "POST" else None
        return (
            await world.http.request(method, f"{BASE}/c1{path}", headers=key, json=body)
        ).status_code

    for method, path in ROUTES:
        assert (method, path, await status(method, path, other)) == (method, path, 404)
        assert (method, path, await status(method, path, syncs)) == (method, path, 403)
        assert await status(method, path, admin) < 300
