"""What the codec makes of payloads, without a server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    NexusSerializationContext,
    StorageDriver,
    StorageDriverClaim,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ApplicationError

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.storage import StorageError
from segue.runtime.client import header_codec
from segue.runtime.faults import from_failure
from segue.runtime.payloads.drivers import data_converter, external_storage
from segue.sessions.events.sealed import SealedEvents
from segue.sessions.histories.codec import SAME_AGAIN_BYTES, HistoryCodec
from segue.sessions.histories.keys import HistoryKeys
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.conversations import CANARY, damaged, seal
from tests.fakes.worlds.databases import prepare

OF_A = WorkflowSerializationContext(namespace="default", workflow_id="a")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(database_url(None, tmp_path))
    await prepare(made)
    yield made
    await made.aclose()


@pytest.fixture
def keys(database: Database) -> HistoryKeys:
    return HistoryKeys(database, seal("k1"))


@pytest.fixture
def codec(keys: HistoryKeys) -> HistoryCodec:
    return HistoryCodec(keys).with_context(OF_A)


def plain(text: str = CANARY) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=f'"{text}"'.encode())


def of_activity(workflow_id: str | None) -> ActivitySerializationContext:
    return ActivitySerializationContext(
        namespace="default",
        activity_id="1",
        activity_type="t",
        activity_task_queue="q",
        workflow_id=workflow_id,
        workflow_type="w",
        is_local=False,
    )


async def test_a_payload_comes_back_and_tells_nothing_but_workflow_and_key(codec, keys):
    (sealed,) = await codec.encode([plain()])

    assert CANARY.encode() not in sealed.SerializeToString()
    assert dict(sealed.metadata) == {
        "encoding": b"binary/encrypted",
        "encryption-key-id": (await keys.current("a")).name.encode(),
        "segue-workflow-id": b"a",
    }
    # Whoever decodes need not know for whom: the payload says so.
    assert await HistoryCodec(keys).decode([sealed]) == [plain()]
    assert await codec.encode([]) == []


async def test_what_was_never_encrypted_stays_as_it_is(codec):
    assert await codec.decode([plain(), Payload()]) == [plain(), Payload()]


async def test_each_workflow_has_its_key_and_its_activities_share_it(keys):
    made = [
        HistoryCodec(keys).with_context(context)
        for context in (
            OF_A,
            of_activity("a"),
            WorkflowSerializationContext(namespace="default", workflow_id="b"),
            of_activity(None),
            NexusSerializationContext(endpoint="e", service="s", operation="o"),
        )
    ]
    sealed = [(await codec.encode([plain()]))[0] for codec in made]

    owners = [payload.metadata["segue-workflow-id"] for payload in sealed]
    assert owners == [b"a", b"a", b"b", b"", b""]
    assert len({payload.metadata["encryption-key-id"] for payload in sealed}) == 3
    assert await HistoryCodec(keys).decode(sealed) == [plain()] * 5


@pytest.mark.parametrize("size", [10, SAME_AGAIN_BYTES])
async def test_only_large_payloads_are_the_same_bytes_each_time(codec, size):
    one, two = plain("x" * size), plain("x" * (size - 1) + "y")

    first, again, other = await codec.encode([one, one, two])

    assert (first == again) == (size == SAME_AGAIN_BYTES)
    assert other.data[:12] != first.data[:12]


@pytest.mark.parametrize("damage", ["bit", "short", "other workflow", "no JSON"])
async def test_a_changed_payload_is_refused_for_good(codec, keys, damage):
    (sealed,) = await codec.encode([plain()])
    match damage:
        case "bit":
            sealed.data = damaged(sealed.data)
        case "short":
            sealed.data = sealed.data[:5]
        case "other workflow":
            other = await keys.current("b")
            sealed.metadata["segue-workflow-id"] = b"b"
            sealed.metadata["encryption-key-id"] = other.name.encode()
        case _:
            sealed.data = b""

    with pytest.raises(ApplicationError, match="was changed") as refused:
        await codec.decode([sealed])
    assert refused.value.non_retryable
    assert isinstance(from_failure(refused.value), ConversationUnreadableError)


async def test_without_its_key_a_payload_is_unreadable_for_good_and_somebody_is_told(codec, keys):
    (sealed,) = await codec.encode([plain()])
    told: list[str] = []

    async def tell(workflow_id: str) -> None:
        told.append(workflow_id)

    await keys.bind("a", ["c"])
    await keys.forget("c")
    with pytest.raises(ApplicationError, match="deleted together with a conversation") as refused:
        await codec.decode([sealed])
    keys.when_deleted(tell)
    with pytest.raises(ApplicationError):
        await codec.decode([sealed])

    assert refused.value.non_retryable
    assert isinstance(from_failure(refused.value), ConversationUnreadableError)
    assert told == ["a"]


async def test_what_somebody_can_put_right_is_tried_again(codec, database, tmp_path):
    (sealed,) = await codec.encode([plain()])
    elsewhere = Database(database_url(None, tmp_path / "elsewhere"))
    await prepare(elsewhere)

    for keys, says in (
        (HistoryKeys(database, seal("k2")), "'k1', which is not configured"),
        (HistoryKeys(elsewhere, seal("k1")), "not in this database"),
    ):
        with pytest.raises(ApplicationError, match=says) as refused:
            await HistoryCodec(keys).decode([sealed])
        assert not refused.value.non_retryable
        assert isinstance(from_failure(refused.value), ConversationUnreadableError)
    with pytest.raises(ApplicationError, match="'k1'") as refused:
        await HistoryCodec(HistoryKeys(database, seal("k2")), "a").encode([plain()])
    assert not refused.value.non_retryable
    await elsewhere.aclose()


async def test_a_database_that_is_away_is_tried_again(codec, database):
    await drop(database)

    with pytest.raises(ApplicationError) as refused:
        await codec.encode([plain()])
    assert not refused.value.non_retryable
    assert isinstance(from_failure(refused.value), StorageError)


async def test_failures_and_headers_are_encrypted_with_the_payloads(codec):
    converter = data_converter(None, codec=codec)

    failure, error = Failure(), ApplicationError(CANARY, CANARY, type="music.error")
    error.__cause__ = ValueError(CANARY)

    await converter.encode_failure(error, failure)

    raw = failure.SerializeToString()
    assert CANARY.encode() not in raw
    assert b"test_history_codec" not in raw
    assert b"music.error" in raw
    back: Any = await converter.decode_failure(failure)
    assert (back.message, back.details, back.__cause__.message) == (CANARY, (CANARY,), CANARY)
    assert header_codec(converter).name == "CODEC"
    assert header_codec(DataConverter.default).name == "NO_CODEC"


class InMemory(StorageDriver):
    """Keeps payloads by number."""

    def __init__(self) -> None:
        self.kept: list[Payload] = []

    def name(self) -> str:
        return "memory"

    async def store(self, context: Any, payloads: Any) -> list[StorageDriverClaim]:
        self.kept.extend(payloads)
        return [StorageDriverClaim({"number": str(len(self.kept) - 1)}) for _ in payloads]

    async def retrieve(self, context: Any, claims: Any) -> list[Payload]:
        return [self.kept[int(claim.claim_data["number"])] for claim in claims]


async def test_what_is_stored_outside_is_encrypted_and_references_survive(codec):
    driver = InMemory()
    converter = data_converter(external_storage(driver), codec=codec)
    large = CANARY * 50_000

    written = await converter.encode([large, CANARY])

    (stored,) = driver.kept
    assert stored.metadata["encoding"] == b"binary/encrypted"
    assert CANARY.encode() not in stored.data
    assert b"memory" in written[0].SerializeToString()
    assert await converter.decode(written) == [large, CANARY]


async def test_events_are_sealed_for_their_turn_and_older_ones_stay_readable():
    old, new = SealedEvents(seal("k1")), SealedEvents(seal("k2", "k1"))
    content = b'{"text": "canary-f00d"}'

    sealed = old.seal("turn", content)

    assert CANARY.encode() not in sealed
    assert new.open("turn", sealed) == content
    assert new.open("turn", content) == content  # of before the switch
    for seals, turn in ((SealedEvents(seal("k2")), "turn"), (new, "other")):
        with pytest.raises(ConversationUnreadableError):
            seals.open(turn, sealed)


async def drop(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.text("DROP TABLE history_keys"))
