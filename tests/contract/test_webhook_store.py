"""Webhooks in both databases."""

import base64

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.input import InputError
from segue.errors.webhook import WebhookNotFoundError
from segue.runs.events import Event
from segue.sessions.sealing import Seal
from segue.storage.database import Database
from segue.webhooks.contracts import body_of
from segue.webhooks.store.tables import METADATA, WEBHOOKS
from segue.webhooks.store.webhook_store import KEEP_S, WebhookStore

URL = "https://example.org/hook"
KEYS = [f"{name}:{base64.b64encode(name.encode() * 32).decode()}" for name in "ab"]
EVENT = Event(id="evt_1", type="turn.ended", at=1_800_000_000.0, data={"turn": 3})


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def store_on(database: Database, clock: Clock | None = None, seal: Seal | None = None):
    return WebhookStore(database, seal=seal, clock=clock or Clock())


async def test_the_migrated_schema_is_the_one_the_code_uses(database: Database):
    def is_ours(_object, name, kind, *_more):
        return kind != "table" or name in METADATA.tables

    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(
                    sync, opts={"compare_type": True, "include_object": is_ours}
                ),
                METADATA,
            )
        )

    assert differences == []


async def test_an_event_is_sent_once_to_each_webhook_that_wants_it(database: Database):
    store = store_on(database)
    wants = await store.add(URL, ["turn.ended", "turn.ended"], "whsec_one")
    await store.add(URL, ["sync.ended"], "whsec_two")

    first, again = await store.enqueue(EVENT), await store.enqueue(EVENT)

    assert first == again
    (delivery,) = (await store.deliveries()).deliveries
    assert (delivery.webhook, delivery.event, delivery.state) == (wants.id, "evt_1", "waiting")
    letter = await store.letter(first[0])
    assert letter is not None
    assert (letter.url, letter.body, letter.secrets) == (URL, body_of(EVENT), ("whsec_one",))
    assert "whsec_one" not in repr(letter)


async def test_a_disabled_webhook_is_sent_nothing_until_it_is_enabled(database: Database):
    store = store_on(database)
    webhook = await store.add(URL, ["turn.ended"], "s")
    (delivery,) = await store.enqueue(EVENT)
    assert (await store.disable(webhook.id)).disabled_at is not None

    assert await store.letter(delivery) is None
    assert await store_on(database).enqueue(EVENT) == []

    assert (await store.enable(webhook.id)).disabled_at is None
    assert await store.letter(delivery) is not None


async def test_what_is_delivered_is_not_sent_again_unless_somebody_wants_it(database: Database):
    store = store_on(database)
    await store.add(URL, ["turn.ended"], "s")
    (delivery,) = await store.enqueue(EVENT)

    await store.note_attempt(delivery, 2, "delivered", status=204, problem="")

    assert await store.letter(delivery) is None
    (row,) = (await store.deliveries()).deliveries
    assert (row.attempts, row.status, row.state) == (2, 204, "delivered")
    await store.reopen(delivery)
    assert await store.letter(delivery) is not None


async def test_both_secrets_sign_until_the_old_ones_time_is_up(database: Database):
    clock = Clock()
    store = store_on(database, clock)
    webhook = await store.add(URL, ["turn.ended"], "old")
    (delivery,) = await store.enqueue(EVENT)

    changed = await store.replace_secret(webhook.id, "new", keep_old_s=60)
    during = await store.letter(delivery)
    clock.now += 100
    after = await store.letter(delivery)
    await store.replace_secret(webhook.id, "newest", keep_old_s=0)
    at_once = await store.letter(delivery)

    assert changed.old_secret_until is not None
    assert [each and each.secrets for each in (during, after, at_once)] == [
        ("new", "old"),
        ("new",),
        ("newest",),
    ]


async def test_a_removed_webhook_takes_its_log_along(database: Database):
    store = store_on(database)
    webhook = await store.add(URL, ["turn.ended"], "s")
    (delivery,) = await store.enqueue(EVENT)

    await store.remove(webhook.id)

    assert await store.all() == []
    assert (await store.deliveries()).deliveries == ()
    assert await store.letter(delivery) is None


async def test_what_is_not_there_is_said_so(sqlite_database: Database):
    store = store_on(sqlite_database)
    for missing in (
        store.remove("none"),
        store.disable("none"),
        store.replace_secret("none", "s", keep_old_s=0),
        store.enqueue_for(EVENT, "none"),
        store.reopen("none"),
    ):
        with pytest.raises(WebhookNotFoundError):
            await missing


async def test_the_log_is_read_in_pages_newest_first_and_kept_for_a_month(database: Database):
    clock = Clock()
    store = store_on(database, clock)
    webhook = await store.add(URL, ["turn.ended"], "s")
    ids = [
        await store.enqueue_for(EVENT.model_copy(update={"id": f"evt_{number}"}), webhook.id)
        for number in range(5)
    ]

    first = await store.deliveries(webhook=webhook.id, limit=3)
    rest = await store.deliveries(webhook=webhook.id, limit=3, after=first.next)

    assert [row.id for row in (*first.deliveries, *rest.deliveries)] == ids[::-1]
    assert rest.next is None
    clock.now += KEEP_S + 10
    await store.enqueue_for(EVENT.model_copy(update={"id": "evt_new"}), webhook.id)
    assert [row.event for row in (await store.deliveries()).deliveries] == ["evt_new"]


@pytest.mark.parametrize("place", ["x", "[]", '["a", "b"]', "3"])
async def test_a_place_that_no_page_gave_is_refused(sqlite_database: Database, place: str):
    with pytest.raises(InputError):
        await store_on(sqlite_database).deliveries(after=place)


async def test_secrets_are_sealed_and_go_along_with_a_rotation_of_keys(database: Database):
    old, both, new = (Seal(keys) for keys in (KEYS[0], ",".join(KEYS[::-1]), KEYS[1]))
    store = store_on(database, seal=old)
    webhook = await store.add(URL, ["turn.ended"], "whsec_older")
    await store.replace_secret(webhook.id, "whsec_canary", keep_old_s=600)
    (delivery,) = await store.enqueue(EVENT)
    async with database.reading() as connection:
        blob = await connection.scalar(sa.select(WEBHOOKS.c.secret))
    assert blob is not None
    assert b"canary" not in blob

    with pytest.raises(ConversationUnreadableError):
        await store_on(database, seal=new).letter(delivery)
    assert await store_on(database, seal=new).rewrap() == 0
    assert [await store_on(database, seal=both).rewrap() for _ in range(2)] == [1, 0]

    letter = await store_on(database, seal=new).letter(delivery)
    assert letter is not None
    assert letter.secrets == ("whsec_canary", "whsec_older")
    assert await store_on(database).rewrap() == 0
