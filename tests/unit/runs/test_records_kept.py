"""What a person does with conversations, effects, the audit log and usage, over a database file."""

import dataclasses
import json
from decimal import Decimal

import pytest
from sqlalchemy import text

from segue.errors.conversation import (
    ConversationError,
    ConversationNotFoundError,
    ConversationUnreadableError,
)
from segue.errors.input import InputError
from segue.errors.run import RunError
from segue.errors.sync import RunNotFoundError
from segue.runs.service.stored_records import KeptRecords, RecordStores
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.audit import AuditLog, Deed
from segue.runs.store.effects import EffectLedger, Intent
from segue.runs.store.usage import ModelUse, Payer
from segue.runs.workflow.approvals import ApprovalRequest
from segue.sessions.events.store import TurnEventStore
from segue.sessions.sealing import Seal
from segue.sessions.store import ConversationStore
from segue.sessions.turns import TurnRecord
from segue.storage.database import Database
from tests.fakes.data.conversations import Clock, say, seal


def stores_of(database: Database, keys: Seal | None = None) -> RecordStores:
    clock = Clock()
    return RecordStores(
        conversations=ConversationStore(database, seal=keys, clock=clock),
        events=TurnEventStore(database, clock=clock),
        accounts=Accounts(database, clock=clock),
        effects=EffectLedger(database, clock=clock),
        audit=AuditLog(database, clock=clock),
        approvals=ApprovalStore(database, seal=keys, clock=clock),
    )


@pytest.fixture
def stores(sqlite_database: Database) -> RecordStores:
    return stores_of(sqlite_database)


@pytest.fixture
def records(stores: RecordStores) -> KeptRecords:
    return KeptRecords(stores)


async def talk(stores: RecordStores, conversation: str, *turns: str) -> None:
    """A conversation of so many turns, each with a stream of events of its own."""
    store = stores.conversations
    await store.open(conversation, title=f"About {conversation}", workflow_id="w1")
    for number, words in enumerate(turns, 1):
        kept = await store.append(conversation, f"op-{number}", [say(words), say("Yes.", "agent")])
        stream = f"{conversation}/{number}"
        await stores.events.announce(stream, "turn.started", {})
        turn = TurnRecord(spans=((kept.first, kept.last),), agent="Clerk", note={"turn": stream})
        await store.close_turn(conversation, f"op-{number}", turn)


async def lost(stores: RecordStores, key: str, conversation: str = "c") -> None:
    """An effect whose worker died between intent and outcome."""
    intent = Intent(
        key=key,
        tool="transfer",
        workflow_id="w1",
        arguments_digest="d",
        conversation=conversation,
        agent="Clerk",
    )
    await stores.effects.begin(intent, attempt=1)
    await stores.effects.begin(intent, attempt=2)


# --- conversations ---


async def test_conversations_are_listed_page_by_page_the_last_used_first(
    stores: RecordStores, records: KeptRecords
):
    for name in ("a", "b", "c"):
        await talk(stores, name, "Hello.")

    first = await records.conversations(limit=2)
    rest = await records.conversations(limit=2, after=first.next)

    assert [head.id for head in first.conversations] == ["c", "b"]
    assert [head.id for head in rest.conversations] == ["a"]
    assert rest.next is None
    head = rest.conversations[0]
    assert (head.title, head.turns, head.items, head.workflow_id) == ("About a", 1, 2, "w1")


async def test_a_title_that_no_file_can_hold_does_not_hide_the_list(
    stores: RecordStores, records: KeptRecords
):
    await stores.conversations.open("c", title="half \ud83d")

    page = await records.conversations()

    assert page.conversations[0].title == "half ?"


async def test_a_conversation_is_shown_whole(stores: RecordStores, records: KeptRecords):
    await talk(stores, "c", "Hello.", "And now?")

    detail = await records.conversation("c")

    assert [turn.number for turn in detail.turns] == [1, 2]
    assert [stored.seq for stored in detail.items] == [1, 2, 3, 4]
    assert detail.items[2].item == say("And now?")


async def test_a_conversation_is_exported_for_programs_and_for_people(
    stores: RecordStores, records: KeptRecords
):
    await talk(stores, "c", "Hello.")

    assert json.loads(await records.export("c", "json"))["items"][0]["item"] == say("Hello.")
    assert (await records.export("c", "markdown")).startswith("# About c")


async def test_a_fork_begins_with_the_turns_that_were_asked_for(
    stores: RecordStores, records: KeptRecords
):
    await talk(stores, "c", "One.", "Two.")

    await records.fork("c", "d", after_turn=1)

    forked = await records.conversation("d")
    assert (forked.conversation.origin, forked.conversation.origin_turn) == ("c", 1)
    assert [stored.item for stored in forked.items] == [say("One."), say("Yes.", "agent")]
    with pytest.raises(ConversationError):
        await records.fork("c", "d", after_turn=2)


async def test_a_deletion_takes_words_of_effects_questions_and_streams_along(
    stores: RecordStores, records: KeptRecords, sqlite_database: Database
):
    await talk(stores, "c", "One.", "Two.")
    await stores.conversations.open("inner", kind="run", parent="c")
    intent = Intent(key="k", tool="page", workflow_id="w1", arguments_digest="d", conversation="c")
    await stores.effects.begin(intent, attempt=1)
    await stores.effects.finish("k", '"said"')
    request = ApprovalRequest(id="q", arguments="{}", conversation="c", expires_at=2e9)
    await stores.approvals.put("w1", request)

    deleted = await records.delete("c")

    assert (deleted.was_there, deleted.effects, deleted.streams) == (True, 1, 2)
    effect = await stores.effects.get("k")
    assert effect is not None
    assert (effect.state, effect.result) == ("done", None)
    assert await stores.approvals.workflows("q") == []
    for gone in ("c", "inner"):
        with pytest.raises(ConversationNotFoundError):
            await records.conversation(gone)
    async with sqlite_database.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM turn_streams")) == 0


async def test_a_deletion_that_was_cut_off_is_completed_by_the_next(
    stores: RecordStores, records: KeptRecords
):
    await talk(stores, "c", "One.")
    intent = Intent(key="k", tool="page", workflow_id="w1", arguments_digest="d", conversation="c")
    await stores.effects.begin(intent, attempt=1)
    await stores.effects.finish("k", '"said"')
    await stores.conversations.delete("c")

    completed = await records.delete("c")

    assert (completed.was_there, completed.effects) == (False, 1)
    with pytest.raises(ConversationNotFoundError):
        await records.delete("c")


async def test_a_deletion_makes_encrypted_histories_unreadable(stores: RecordStores):
    class Keys:
        def __init__(self) -> None:
            self.bound = {"c": ("w1", "w2")}

        async def forget(self, conversation: str) -> tuple[str, ...]:
            return self.bound.pop(conversation, ())

    records = KeptRecords(dataclasses.replace(stores, histories=Keys()))
    await talk(stores, "c", "One.")

    assert (await records.delete("c")).histories == ("w1", "w2")
    with pytest.raises(ConversationNotFoundError):
        await records.delete("c")


async def test_a_conversation_whose_key_is_lost_is_listed_and_can_be_deleted(
    sqlite_database: Database,
):
    await talk(stores_of(sqlite_database, seal("k1")), "c", "Secret.")
    records = KeptRecords(stores_of(sqlite_database, seal("k2")))

    (head,) = (await records.conversations()).conversations

    assert (head.encrypted, head.readable, head.title) == (True, False, "")
    with pytest.raises(ConversationUnreadableError):
        await records.conversation("c")
    assert (await records.delete("c")).was_there
    assert (await records.conversations()).conversations == ()


async def test_a_turn_that_names_no_stream_is_deleted_all_the_same(
    stores: RecordStores, records: KeptRecords
):
    await stores.conversations.append("c", "op", [say("Hello.")])
    await stores.conversations.close_turn("c", "op", TurnRecord(spans=((1, 1),)))

    assert (await records.delete("c")).streams == 0


# --- effects ---


async def test_unknown_effects_are_listed_by_key(stores: RecordStores, records: KeptRecords):
    for key in ("k2", "k1", "k3"):
        await lost(stores, key)

    first = await records.unknown_effects(limit=2)
    rest = await records.unknown_effects(after=first[-1].key)

    assert [effect.key for effect in (*first, *rest)] == ["k1", "k2", "k3"]
    assert (first[0].tool, first[0].state, first[0].workflow_id) == ("transfer", "unknown", "w1")


@pytest.mark.parametrize(
    ("happened", "state", "what"),
    [(True, "done", "effect.happened"), (False, "failed", "effect.did_not_happen")],
)
async def test_what_a_person_found_out_is_written_down_and_audited(
    stores: RecordStores, records: KeptRecords, happened: bool, state: str, what: str
):
    await lost(stores, "k")

    effect = await records.resolve_effect("k", happened=happened, who="ann", why="the bank says so")

    assert (effect.state, effect.resolved_by) == (state, "ann")
    assert await records.unknown_effects() == []
    (entry,) = await records.audit(subject="k")
    assert (entry.who, entry.what, entry.why) == ("ann", what, "the bank says so")
    assert entry.details["workflow_id"] == "w1"


async def test_the_same_finding_again_adds_no_entry_and_keeps_the_first_name(
    stores: RecordStores, records: KeptRecords
):
    await lost(stores, "k")
    await stores.effects.resolve("k", happened=True, who="ann", why="seen")  # then it was cut off

    await records.resolve_effect("k", happened=True, who="bob", why="seen too")
    await records.resolve_effect("k", happened=True, who="bob", why="seen too")

    assert [entry.who for entry in await records.audit()] == ["ann"]


async def test_an_effect_that_was_begun_anew_and_lost_again_gets_an_entry_of_its_own(
    stores: RecordStores, records: KeptRecords
):
    await lost(stores, "k")
    await records.resolve_effect("k", happened=False, who="ann", why="nothing there")
    await lost(stores, "k")
    await lost(stores, "k")

    await records.resolve_effect("k", happened=True, who="ann", why="now it is")

    assert [entry.what for entry in await records.audit()] == [
        "effect.did_not_happen",
        "effect.happened",
    ]


async def test_the_other_answer_after_the_first_is_refused(
    stores: RecordStores, records: KeptRecords
):
    await lost(stores, "k")
    await records.resolve_effect("k", happened=True, who="ann", why="seen")

    with pytest.raises(RunError):
        await records.resolve_effect("k", happened=False, who="bob", why="not seen")
    with pytest.raises(RunError):
        await records.resolve_effect("nothing", happened=False, who="bob", why="not seen")


@pytest.mark.parametrize(("who", "why"), [("", "seen"), ("ann", " "), ("a" * 201, "seen")])
async def test_a_finding_of_nobody_or_without_a_reason_is_refused(
    stores: RecordStores, records: KeptRecords, who: str, why: str
):
    await lost(stores, "k")

    with pytest.raises(InputError):
        await records.resolve_effect("k", happened=True, who=who, why=why)

    assert len(await records.unknown_effects()) == 1


# --- the audit log ---


async def test_the_audit_log_is_listed_from_any_entry_on(
    stores: RecordStores, records: KeptRecords
):
    for number in (1, 2, 3):
        deed = Deed(who="ann", what="approval.approved", subject=f"s{number}", details={"n": 1})
        await stores.audit.record(f"op-{number}", deed)

    assert [entry.seq for entry in await records.audit(after=1, limit=1)] == [2]
    assert [entry.subject for entry in await records.audit(subject="s3")] == ["s3"]
    assert [json.loads(line)["entry"]["seq"] async for line in records.export_audit()] == [1, 2, 3]


async def test_an_entry_that_was_changed_is_found(
    stores: RecordStores, records: KeptRecords, sqlite_database: Database
):
    for number in (1, 2):
        deed = Deed(who="ann", what="approval.approved", subject="s")
        await stores.audit.record(f"op-{number}", deed)
    assert (await records.verify_audit()).ok

    async with sqlite_database.writing() as connection:
        change = "UPDATE run_audit SET entry = replace(entry, 'ann', 'bob') WHERE seq = 2"
        await connection.execute(text(change))

    checked = await records.verify_audit()
    assert (checked.ok, checked.entry) == (False, 2)
    assert checked.reason


# --- usage ---


async def test_usage_is_of_a_conversation_or_else_of_a_workflow(
    stores: RecordStores, records: KeptRecords
):
    for workflow in ("w1", "w2"):
        payer = Payer(workflow_id=workflow, conversation="c", agent="Clerk")
        use = ModelUse(model="m", input_tokens=10, output_tokens=5, cost_usd=Decimal("0.25"))
        await stores.accounts.model_call(f"{workflow}/1", 1, payer=payer, use=use)

    talked, worked = await records.usage("c"), await records.usage("w1")

    assert (talked.kind, talked.spent.model_calls, talked.lines) == ("conversation", 2, ())
    assert talked.spent.cost_usd == Decimal("0.5")
    assert (worked.kind, worked.spent.model_calls) == ("workflow", 1)
    (line,) = worked.lines
    assert (line.agent, line.model, line.input_tokens) == ("Clerk", "m", 10)


async def test_what_used_nothing_has_no_account(records: KeptRecords):
    with pytest.raises(RunNotFoundError, match="'nothing'"):
        await records.usage("nothing")
