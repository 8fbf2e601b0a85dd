"""What the effect ledger and the card store promise, on every database."""

import asyncio
import hashlib
import sys
from asyncio.subprocess import PIPE

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from segue.errors.run import RunError
from segue.errors.storage import StorageError
from segue.runs.store.accounting import Accounts
from segue.runs.store.cards import CardStore
from segue.runs.store.effects import OVERDUE_SECONDS, EffectLedger, Intent
from segue.runs.store.tables import METADATA
from segue.storage.address import database_url
from segue.storage.database import Database


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def effects(database, clock):
    return EffectLedger(database, clock=clock)


@pytest.fixture
def accounts(database, clock):
    return Accounts(database, clock=clock)


def intent(key="flow/1/call", *, digest="d" * 64, tool="pay", conversation="thread"):
    return Intent(
        key=key,
        tool=tool,
        workflow_id="flow",
        conversation=conversation,
        agent="Clerk",
        arguments_digest=digest,
    )


async def counters(accounts, *names):
    return {
        (counter.name, counter.first, counter.second): value
        for counter, value in (await accounts.counters()).items()
        if not names or counter.name in names
    }


async def test_the_migrated_schema_is_the_one_the_code_uses(database):
    def differences(sync):
        def ours(_object, name, kind, _reflected, _compared):
            return kind != "table" or name in METADATA.tables

        options = {"compare_type": True, "include_object": ours}
        return compare_metadata(MigrationContext.configure(sync, opts=options), METADATA)

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_first_attempt_is_new_and_what_it_recorded_answers_the_next(effects, clock):
    first = await effects.begin(intent(), attempt=1)
    clock.now += 2
    done = await effects.finish("flow/1/call", "paid\0 \ud83d 12")
    second = await effects.begin(intent(), attempt=2)

    assert (first.state, first.attempt, first.result) == ("new", 1, None)
    assert (second.state, second.result) == ("done", "paid\0 \ud83d 12")
    assert second == done == await effects.get("flow/1/call")
    assert done.ended_at is not None
    assert done.ended_at - done.begun_at == 2


async def test_a_final_failure_is_not_tried_again(effects):
    await effects.begin(intent(), attempt=1)
    await effects.fail("flow/1/call", "tool.failed", "no such account")
    later = await effects.fail("flow/1/call", "other", "too late")
    again = await effects.begin(intent(), attempt=2)

    assert (again.state, again.error_code, again.message) == (
        "failed",
        "tool.failed",
        "no such account",
    )
    assert again == later


async def test_a_failure_without_effect_may_be_begun_anew_by_one_attempt(effects, accounts):
    await effects.begin(intent(), attempt=1)
    await effects.fail("flow/1/call", "catalogue.unavailable", "away", retryable=True)

    begun = await asyncio.gather(*(effects.begin(intent(), attempt=2) for _ in range(5)))
    done = await effects.finish("flow/1/call", "ok")

    assert sorted(effect.state for effect in begun) == ["begun"] * 4 + ["new"]
    assert (done.state, done.error_code, done.message, done.attempt) == ("done", None, None, 2)
    assert await counters(accounts) == {("tool", "pay", "success"): 1}


async def test_only_failures_use_up_the_tries_of_an_effect(effects, accounts):
    key, error = "flow/1/call", ("catalogue.unavailable", "away")
    for attempt in (1, 2, 3):  # the first two end with their workers
        await effects.begin(intent(), attempt=attempt)
    first = await effects.fail(key, *error, retryable=True, tries=3)
    anew = await effects.begin(intent(), attempt=4)
    open_still = await effects.count_failure(key)
    assert (first.failures, anew.state, anew.failures) == (1, "new", 1)
    assert (open_still.state, open_still.failures) == ("begun", 2)

    last = await effects.fail(key, *error, retryable=True, tries=3)
    assert last == await effects.begin(intent(), attempt=5)
    assert (last.state, last.failures) == ("failed", 3)
    assert await counters(accounts) == {("tool", "pay", "error"): 1}


async def test_an_effect_begun_by_a_lost_attempt_is_unknown(effects):
    await effects.begin(intent(), attempt=1)

    assert (await effects.begin(intent(), attempt=1)).state == "begun"
    assert (await effects.begin(intent(), attempt=2)).state == "unknown"
    assert (await effects.begin(intent(), attempt=2)).state == "unknown"
    assert [effect.key for effect in await effects.unknown()] == ["flow/1/call"]


async def test_a_lost_attempt_that_comes_back_with_its_result_is_believed(effects):
    await effects.begin(intent(), attempt=1)
    await effects.begin(intent(), attempt=2)
    await effects.finish("flow/1/call", "first")
    second = await effects.finish("flow/1/call", "second")
    failed = await effects.fail("flow/1/call", "tool.failed", "no")

    assert second.result == failed.result == "first"
    assert await effects.unknown() == []


async def test_a_result_after_a_noted_failure_counts_once(effects, accounts):
    await effects.begin(intent(), attempt=1)
    await effects.fail("flow/1/call", "tool.failed", "timed out")
    done = await effects.finish("flow/1/call", "late")

    assert done.state == "done"
    assert await counters(accounts) == {("tool", "pay", "error"): 1}


async def test_a_key_stands_for_one_tool_and_one_set_of_arguments(effects):
    await effects.begin(intent(), attempt=1)

    with pytest.raises(RunError, match="one effect"):
        await effects.begin(intent(digest="e" * 64), attempt=2)
    with pytest.raises(RunError, match="one effect"):
        await effects.begin(intent(tool="refund"), attempt=2)


async def test_an_effect_that_was_never_begun_has_no_outcome(effects):
    with pytest.raises(RunError, match="never begun"):
        await effects.finish("nothing", "x")

    assert await effects.get("nothing") is None


async def test_of_many_tasks_that_begin_one_effect_exactly_one_may_run_it(effects):
    begun = await asyncio.gather(*(effects.begin(intent(), attempt=1) for _ in range(12)))

    assert sorted(effect.state for effect in begun) == ["begun"] * 11 + ["new"]


async def test_what_began_long_ago_and_never_ended_is_unknown(effects, clock):
    await effects.begin(intent("a"), attempt=1)
    clock.now += OVERDUE_SECONDS + 1
    await effects.begin(intent("b"), attempt=1)

    old = await effects.get("a")

    assert old is not None
    assert old.state == "unknown"
    assert [effect.key for effect in await effects.unknown()] == ["a"]
    assert (await effects.begin(intent("a"), attempt=1)).state == "unknown"


async def test_unknown_effects_are_read_in_pages(effects):
    for key in ("c", "a", "b"):
        await effects.begin(intent(key), attempt=1)
        await effects.begin(intent(key), attempt=2)

    page = await effects.unknown(limit=2)
    rest = await effects.unknown(limit=2, after=page[-1].key)

    assert [effect.key for effect in (*page, *rest)] == ["a", "b", "c"]


async def test_a_person_who_finds_that_it_happened_ends_the_question(effects, accounts):
    await effects.begin(intent(), attempt=1)
    await effects.begin(intent(), attempt=2)

    async def find():
        return await effects.resolve(
            "flow/1/call", happened=True, who="ann", why="it is on the bank statement"
        )

    found = await find()

    assert await find() == found
    assert (found.state, found.resolved_by) == ("done", "ann")
    assert found.resolved_why == "it is on the bank statement"
    assert (await effects.begin(intent(), attempt=3)).state == "done"
    assert await counters(accounts) == {("tool", "pay", "success"): 1}


async def test_a_person_who_finds_that_it_did_not_happen_lets_it_be_begun_anew(effects):
    await effects.begin(intent(), attempt=1)

    async def find():
        return await effects.resolve("flow/1/call", happened=False, who="ann", why="not there")

    found = await find()
    assert await find() == found
    again = await effects.begin(intent(), attempt=1)

    assert (found.state, found.error_code) == ("failed", "run.effect_unknown")
    assert (again.state, again.resolved_by) == ("new", None)


async def test_a_known_outcome_cannot_be_resolved(effects):
    await effects.begin(intent(), attempt=1)
    await effects.finish("flow/1/call", "paid")

    with pytest.raises(RunError, match="is done"):
        await effects.resolve("flow/1/call", happened=True, who="ann", why="x")


async def test_forgetting_a_conversation_erases_what_its_effects_said_and_not_that_they_were(
    effects,
):
    await effects.begin(intent("a"), attempt=1)
    await effects.finish("a", "a secret")
    await effects.begin(intent("b", conversation="other"), attempt=1)
    await effects.finish("b", "kept")

    assert await effects.forget("thread") == 1
    assert await effects.forget("thread") == 0
    erased = await effects.begin(intent("a"), attempt=2)
    assert (erased.state, erased.result) == ("done", None)
    assert (await effects.begin(intent("b", conversation="other"), attempt=2)).result == "kept"


async def test_what_an_effect_said_is_not_in_its_repr(effects):
    await effects.begin(intent(), attempt=1)

    assert "a secret" not in repr(await effects.finish("flow/1/call", "a secret"))


CUT_OFF = """
import asyncio, sys
from sqlalchemy.engine import make_url
from segue.runs.store.accounting import Accounts
from segue.runs.store.effects import EffectLedger, Intent
from segue.runs.store.usage import Payer
from segue.storage.database import Database

async def main(url):
    database = Database(make_url(url))
    payer = Payer(workflow_id="flow", conversation="thread", agent="Clerk")
    await Accounts(database).attempt_started("op", 1, payer=payer, model="m")
    intent = Intent(key="k", tool="pay", workflow_id="flow", arguments_digest="d")
    await EffectLedger(database).begin(intent, attempt=1)
    print("begun", flush=True)
    sys.stdin.readline()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_a_killed_process_had_begun_is_unknown_and_its_model_call_is_counted(
    database, effects, accounts
):
    url = database.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CUT_OFF, url), stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    process.kill()
    await process.communicate()
    retried = Intent(key="k", tool="pay", workflow_id="flow", arguments_digest="d")

    assert (await effects.begin(retried, attempt=2)).state == "unknown"
    assert (await accounts.spent_by(conversation="thread")).attempts == 1


async def test_a_card_is_kept_once_under_its_digest(database):
    cards = CardStore(database)
    text = '{"instructions":"be kind"}'
    digest = hashlib.sha256(text.encode()).hexdigest()

    await asyncio.gather(*(cards.keep(digest, text) for _ in range(4)))
    await cards.keep(digest, text)

    assert await cards.get(digest) == text
    assert await cards.get("0" * 64) is None
    with pytest.raises(RunError, match="another one"):
        await cards.keep("0" * 64, text)


async def test_a_database_that_refuses_is_a_storage_error_that_tells_no_content(any_database):
    bare = Database(any_database)  # not migrated: there is no such table
    effects = EffectLedger(bare)

    with pytest.raises(StorageError) as refused:
        await effects.begin(intent(conversation="a secret"), attempt=1)
    await bare.aclose()

    assert "a secret" not in str(refused.value)
    assert "database of runs" in refused.value.message


async def test_a_database_that_is_away_is_a_storage_error(tmp_path):
    nowhere = Database(database_url("postgresql://localhost:1/none", tmp_path))

    with pytest.raises(StorageError, match="did not answer"):
        await EffectLedger(nowhere).get("x")
    await nowhere.aclose()
