"""Webhooks over HTTP: for keys that may do everything."""

import pytest

from segue.web.scopes import Scope

URL = "https://example.org/hook"
BASE = "/api/v1/webhooks"


@pytest.fixture
async def admin(world):
    return await world.key(Scope.ADMIN)


async def test_a_webhook_is_made_tried_rotated_and_removed(world, admin):
    made = await world.http.post(BASE, json={"url": URL, "events": ["turn.ended"]}, headers=admin)
    webhook = made.json()["webhook"]["id"]
    rotated = await world.http.post(f"{BASE}/{webhook}/secret?keep_old_hours=0", headers=admin)
    tried = await world.http.post(f"{BASE}/{webhook}/test", headers=admin)
    log = await world.http.get(f"{BASE}/{webhook}/deliveries", headers=admin)
    delivery = tried.json()["delivery"]
    again = await world.http.post(f"{BASE}/deliveries/{delivery}/again", headers=admin)
    enabled = await world.http.post(f"{BASE}/{webhook}/enable", headers=admin)
    listed = await world.http.get(BASE, headers=admin)
    removed = await world.http.delete(f"{BASE}/{webhook}", headers=admin)

    assert (made.status_code, tried.status_code, again.status_code) == (201, 202, 202)
    assert made.json()["secret"] != rotated.json()["secret"]
    assert [row["id"] for row in log.json()["deliveries"]] == [delivery]
    assert enabled.json()["disabled_at"] is None
    assert "secret" not in listed.text.replace("old_secret_until", "")
    assert removed.status_code == 204
    assert (await world.http.get(BASE, headers=admin)).json() == {"webhooks": []}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "https://127.0.0.2/"}, "webhook.address_refused"),
        ({"url": "http://example.org/"}, "webhook.address_refused"),
        ({"url": URL, "events": []}, "input.invalid"),
        ({"url": URL, "events": ["turn.begun"]}, "input.invalid"),
        ({"url": URL, "event": "turn.ended"}, "input.invalid"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(world, admin, body, code):
    answer = await world.http.post(BASE, json=body, headers=admin)

    assert answer.status_code == 422
    assert answer.json()["code"] == code


async def test_what_is_not_there_is_404(world, admin):
    nothing = "0" * 32
    for method, path in (
        ("DELETE", f"{BASE}/{nothing}"),
        ("POST", f"{BASE}/{nothing}/secret"),
        ("POST", f"{BASE}/{nothing}/enable"),
        ("POST", f"{BASE}/{nothing}/test"),
        ("POST", f"{BASE}/deliveries/{nothing}/again"),
    ):
        answer = await world.http.request(method, path, headers=admin)
        assert answer.status_code == 404, path


async def test_other_keys_see_none(world):
    key = await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE, Scope.REVIEW_WRITE)

    assert (await world.http.get(BASE, headers=key)).status_code == 403
    assert (await world.http.post(BASE, json={"url": URL}, headers=key)).status_code == 403
