"""The list of what waits for people, in every kind of database."""

from typing import Any

import pytest
import sqlalchemy as sa

from segue.errors.input import InputError
from segue.runs.store.approvals import EVERY_WORKFLOW, ApprovalStore, Waiting
from segue.runs.store.tables import APPROVAL_BACKLOG, APPROVALS
from segue.runs.workflow.approvals import ApprovalRequest
from segue.sessions.store import ConversationStore
from segue.storage.database import Database
from tests.fakes.data.conversations import CANARY, Clock, seal
from tests.fakes.worlds.databases import migrate_to

NOW = Clock().now


def question(
    name: str, *, age: float = 10.0, left: float = 3_600.0, **more: Any
) -> ApprovalRequest:
    arguments = f'{{"to": "{CANARY}"}}'
    return ApprovalRequest(
        id=name, arguments=arguments, asked_at=NOW - age, expires_at=NOW + left, **more
    )


def approval_store(database: Database, *keys: str) -> ApprovalStore:
    return ApprovalStore(database, seal=seal(*keys) if keys else None, clock=Clock())


async def listed(store: ApprovalStore, **more: str) -> list[str]:
    page = await store.page(limit=100, **more)
    return [each.request.id for each in page.questions]


async def test_questions_come_oldest_first_in_pages(database: Database):
    store = approval_store(database)
    for name, age in (("new", 1.0), ("old", 30.0), ("mid", 20.0), ("also mid", 20.0)):
        await store.put("w1" if name != "also mid" else "w0", question(name, age=age))

    first = await store.page(limit=3)
    second = await store.page(limit=3, after=first.next)

    assert [each.request.id for each in first.questions] == ["old", "also mid", "mid"]
    assert first.questions[2].request == question("mid", age=20.0)
    assert [(each.workflow_id, each.request.id) for each in second.questions] == [("w1", "new")]
    assert (second.next, second.backlog) == (None, ())


async def test_how_many_questions_wait_and_for_how_long_is_one_read(database: Database):
    store = approval_store(database)
    nothing = await store.waiting()
    await store.put("w1", question("old", age=30.0))
    await store.put("w2", question("new", age=1.0))
    await store.put("w3", question("expired", age=99.0, left=-1.0))

    waiting = await store.waiting()
    assert nothing == Waiting(questions=0, oldest_s=0.0)
    assert (waiting.questions, waiting.oldest_s) == (2, pytest.approx(30.0, abs=20.0))


@pytest.mark.parametrize("place", ["", "1 2", "[1]", '["a", "b", "c"]', "{}"])
async def test_a_place_that_no_page_gave_is_refused(sqlite_database: Database, place: str):
    with pytest.raises(InputError):
        await approval_store(sqlite_database).page(limit=1, after=place)


async def test_a_question_is_listed_once_and_for_whom_it_is_asked_now(database: Database):
    store = approval_store(database)
    await store.put("w1", question("a", asked_of="ann"))
    await store.put("w1", question("b"))
    await store.put("w1", question("c", asked_of="bob"))
    assert await listed(store, asked_of="ann") == ["a", "b"]

    await store.put("w1", question("a", asked_of="bob"))

    assert await listed(store) == ["a", "b", "c"]
    assert await listed(store, asked_of="ann") == ["b"]


async def test_a_question_whose_time_is_up_is_not_shown_and_goes_a_week_later(database: Database):
    store = approval_store(database)
    week = 7 * 86_400.0
    await store.put("w1", question("late", left=-1.0))
    await store.put("w1", question("gone", left=-week - 100.0))
    assert await listed(store) == []

    await store.put("w1", question("new"))

    assert await store.workflows("late") == ["w1"]
    assert await store.workflows("gone") == []


async def test_a_decided_question_is_off_the_list_and_may_be_taken_off_twice(database: Database):
    store = approval_store(database)
    await store.put("w1", question("q"))
    await store.put("w2", question("q"))
    assert await store.workflows("q") == ["w1", "w2"]

    for _ in range(2):
        await store.remove("w1", "q")

    assert await store.workflows("q") == ["w2"]
    assert not await store.doubt("w1", "q")
    assert (await store.page(limit=1)).backlog == ()


async def test_a_workflow_whose_question_is_in_doubt_is_to_be_asked(database: Database):
    store = approval_store(database)
    await store.put("w1", question("q"))

    assert await store.doubt("w1", "q")

    page = await store.page(limit=1)
    assert (page.questions, page.backlog) == ((), ("w1",))
    await store.catch_up({"w1": [question("q")]})
    page = await store.page(limit=1)
    assert ([each.workflow_id for each in page.questions], page.backlog) == (["w1"], ())


@pytest.mark.parametrize(
    ("since", "backlog"), [(80_000.0, (EVERY_WORKFLOW, "w3")), (90_000.0, ("w3",))]
)
async def test_who_is_silent_is_asked_again_and_everybody_is_while_older_workers_may_run(
    database: Database, since: float, backlog: tuple[str, ...]
):
    store = approval_store(database)
    async with database.writing() as connection:
        everybody = {"workflow_id": EVERY_WORKFLOW, "since": NOW - since}
        await connection.execute(sa.insert(APPROVAL_BACKLOG).values(everybody))

    await store.catch_up({"w1": [question("q")], "w2": [], "w3": None})
    await store.catch_up({f"x{number}": [] for number in range(1_200)})

    assert await listed(store) == ["q"]
    assert (await store.page(limit=1)).backlog == backlog


async def test_what_is_asked_is_sealed_and_without_its_key_only_that_somebody_asks_is_told(
    database: Database,
):
    await approval_store(database, "k1").put("w1", question("q", tool="pay", asked_of="ann"))

    async with database.reading() as connection:
        stored = await connection.scalar(sa.select(APPROVALS.c.request))
    assert stored
    assert CANARY.encode() not in stored
    (readable,) = (await approval_store(database, "k2", "k1").page(limit=9)).questions
    assert readable.request.arguments == question("q").arguments
    for store in (approval_store(database), approval_store(database, "k2")):
        (other,) = (await store.page(limit=9)).questions
        assert (other.request.id, other.request.asked_of) == ("q", "ann")
        assert (other.request.arguments, other.request.tool) == ("", "")


async def test_a_deleted_conversation_takes_its_questions_along(database: Database):
    store = approval_store(database)
    await store.put("w1", question("a", conversation="c1"))
    await store.put("w1", question("b", conversation="c2"))

    await store.forget("c1")

    assert await listed(store) == ["b"]


# What migrations after 0010 make.
@pytest.mark.parametrize(("conversations", "backlog"), [(0, ()), (1, (EVERY_WORKFLOW,))])
async def test_an_upgrade_has_everybody_asked_where_agents_ran_before(
    empty_database: Database, conversations: int, backlog: tuple[str, ...]
):
    await migrate_to(empty_database, "0010")  # which had no list
    for number in range(conversations):
        await ConversationStore(empty_database).open(f"c{number}")

    await empty_database.migrate()

    assert (await approval_store(empty_database).page(limit=1)).backlog == backlog


async def test_questions_come_under_the_first_key_where_theirs_is_known(database: Database):
    await approval_store(database, "k1").put("w1", question("a"))

    assert await approval_store(database).rewrap() == 0  # without keys
    assert await approval_store(database, "k2").rewrap() == 0  # it cannot read what it should renew
    assert await approval_store(database, "k2", "k1").rewrap() == 1
    assert await approval_store(database, "k2", "k1").rewrap() == 0
    assert await listed(approval_store(database, "k2")) == ["a"]
