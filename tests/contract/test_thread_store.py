"""Whose threads there are, on SQLite and on Postgres."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from segue.assistant.store import METADATA, ThreadStore
from segue.errors.conversation import ConversationNotFoundError


def _is_ours(_object: object, name: str, kind: str, *_more: object) -> bool:
    return kind != "table" or name in METADATA.tables


async def test_the_migrated_schema_is_the_one_the_code_uses(database):
    options = {"compare_type": True, "include_object": _is_ours}
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts=options), METADATA)
        )

    assert differences == []


async def test_a_thread_belongs_to_who_claimed_it_first_and_keeps_its_policy(database):
    store = ThreadStore(database, lambda: 1.0)
    first = await store.claim("t", "ann", "interrupt")
    again = await store.claim("t", "ann", "queue")
    with pytest.raises(ConversationNotFoundError):
        await store.claim("t", "bob", "queue")
    with pytest.raises(ConversationNotFoundError):
        await store.of("u", None)

    assert first == again == await store.of("t", None)
    assert (first.owner, first.while_busy, first.created_at) == ("ann", "interrupt", 1.0)


async def test_threads_are_listed_newest_first_page_by_page(database):
    times = iter([1.0, 2.0, 2.0, 3.0])
    store = ThreadStore(database, lambda: next(times))
    for thread, owner in (("a", "ann"), ("b", "ann"), ("c", "ann"), ("d", "bob")):
        await store.claim(thread, owner, "queue")
    first = await store.page("ann", limit=2)
    second = await store.page("ann", limit=2, before=first[-1])

    assert [each.id for each in (*first, *second)] == ["c", "b", "a"]
    assert [each.id for each in await store.page(None, limit=9)] == ["d", "c", "b", "a"]
