"""Every store of large payloads, as the SDK and the collection use it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from temporalio.converter import StorageDriver, StorageDriverClaim
from temporalio.exceptions import ApplicationError

from segue.errors.input import InputError
from segue.errors.storage import StorageError
from segue.runtime.faults import from_failure
from segue.runtime.payloads.collecting import Collected, collect
from segue.runtime.payloads.s3_store import S3Config, S3Payloads, open_s3
from segue.runtime.payloads.sql_store import BLOBS, METADATA, SqlPayloads
from segue.runtime.payloads.stores import MAX_PAYLOAD_BYTES, PayloadStore
from segue.runtime.ports import LOOPBACK, free_ports
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.payloads import READING, Clock, WrittenHistories, payload, storing
from tests.fakes.doubles.s3 import age_objects, running_s3

DAY = 86_400.0
BIG = payload(b"\x00song" * 100_000)
BUCKET = "segue-payloads"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment, running_s3() as endpoint:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield endpoint


class Both(StorageDriver, PayloadStore):
    """What a store is: the SDK's driver, and what the collection asks."""


def record_of(claim: StorageDriverClaim) -> bytes:
    """The claim as it stands in an event."""
    return b"\x0a\x32" + json.dumps({"claimData": dict(claim.claim_data)}).encode() + b"\x10"


async def keep(store: StorageDriver, data: bytes = b"data", **who: str) -> StorageDriverClaim:
    (claim,) = await store.store(storing(**who), [payload(data)])
    return claim


async def collected(store: PayloadStore, histories: WrittenHistories, clock: Clock) -> Collected:
    """All that collections do, two days apart."""
    total = Collected()
    for _ in range(2):
        clock.passes(2 * DAY)
        total = total.plus(await collect([histories], store, now=clock.now))
    return total


async def names(store: PayloadStore, clock: Clock) -> list[str]:
    return [blob.name for blob in await store.idle(clock.now + DAY)]


class PayloadStorageContract:
    """Holds for every store."""

    async def test_what_is_stored_is_read_back_exactly_and_in_order(self, store: Both) -> None:
        small = payload(b"")
        claims = await store.store(storing(), [BIG, small])
        assert await store.retrieve(READING, [claims[1], claims[0]]) == [small, BIG]

    async def test_a_payload_that_is_stored_twice_is_kept_once(
        self, store: Both, clock: Clock
    ) -> None:
        assert await keep(store) == await keep(store)
        assert len(await names(store, clock)) == 1

    async def test_equal_payloads_stored_at_the_same_moment_are_kept_once(
        self, store: Both, clock: Clock
    ) -> None:
        claims = await asyncio.gather(*(keep(store) for _ in range(8)))
        assert len({claim.claim_data.get("hash_value", "") for claim in claims}) == 1
        assert len(await names(store, clock)) == 1

    async def test_a_missing_payload_is_told_once_and_for_all(
        self, store: Both, clock: Clock, histories: WrittenHistories
    ) -> None:
        claim = await keep(store)
        await collected(store, histories, clock)
        with pytest.raises(ApplicationError, match="it is not there") as told:
            await store.retrieve(READING, [claim])
        assert told.value.non_retryable
        assert isinstance(from_failure(told.value), StorageError)

    async def test_a_damaged_payload_is_not_handed_out(
        self, store: Both, damage: Callable[[], Awaitable[None]]
    ) -> None:
        claim = await keep(store)
        await damage()
        with pytest.raises(ApplicationError, match="holds something else") as told:
            await store.retrieve(READING, [claim])
        assert told.value.non_retryable

    async def test_a_payload_beyond_the_bound_is_refused(self, store: Both, clock: Clock) -> None:
        with pytest.raises(ApplicationError, match="52,428,800") as told:
            await keep(store, bytes(MAX_PAYLOAD_BYTES))
        assert told.value.non_retryable
        assert await names(store, clock) == []

    async def test_a_store_that_does_not_serve_is_asked_again(self, broken: Both) -> None:
        secret = payload(b"what was said")
        with pytest.raises(ApplicationError, match="did not answer") as told:
            await broken.store(storing(), [secret])
        assert not told.value.non_retryable
        assert "said" not in str(told.value)
        with pytest.raises(StorageError):
            await broken.namespaces()
        with pytest.raises(StorageError):
            await broken.idle(0)

    async def test_reading_from_a_store_that_does_not_serve_is_tried_again(
        self, store: Both, broken: Both
    ) -> None:
        claim = await keep(store)
        if isinstance(broken, S3Payloads):
            claim = StorageDriverClaim({**claim.claim_data, "bucket": "no-such-bucket"})
        with pytest.raises(ApplicationError) as told:
            await broken.retrieve(READING, [claim])
        assert not told.value.non_retryable

    async def test_it_knows_for_which_namespaces_it_keeps(self, store: Both) -> None:
        await keep(store, b"1", namespace="music")
        await keep(store, b"2", namespace="größer/kleiner")
        assert await store.namespaces() == {"music", "größer/kleiner"}

    async def test_nothing_is_deleted_that_a_record_refers_to(
        self, store: Both, clock: Clock, histories: WrittenHistories
    ) -> None:
        kept, dropped = await keep(store, b"kept"), await keep(store, b"dropped")
        histories.records_of_run = [b"something else", record_of(kept)]
        counted = await collected(store, histories, clock)
        assert counted.deleted == 1
        assert counted.freed_bytes == payload(b"dropped").ByteSize()
        assert await store.retrieve(READING, [kept]) == [payload(b"kept")]
        with pytest.raises(ApplicationError):
            await store.retrieve(READING, [dropped])

    async def test_what_is_younger_than_the_grace_stays_and_no_record_is_read(
        self, store: Both, clock: Clock, histories: WrittenHistories
    ) -> None:
        claim = await keep(store)
        assert await collect([histories], store, now=clock.now + DAY / 2) == Collected()
        assert histories.reads == 0
        assert await store.retrieve(READING, [claim])

    async def test_nothing_is_collected_while_a_namespace_is_unknown(
        self, store: Both, clock: Clock, histories: WrittenHistories
    ) -> None:
        claim = await keep(store, namespace="elsewhere")
        with pytest.raises(StorageError, match="elsewhere"):
            await collected(store, histories, clock)
        assert await store.retrieve(READING, [claim])

    async def test_a_grace_below_an_hour_is_refused(
        self, store: Both, clock: Clock, histories: WrittenHistories
    ) -> None:
        with pytest.raises(InputError, match="at least 1:00:00"):
            await collect([histories], store, now=clock.now, grace=timedelta(minutes=59))

    async def test_what_is_stored_while_it_is_removed_stays_readable(
        self, store: Both, clock: Clock, histories: WrittenHistories
    ) -> None:
        await keep(store)
        for _ in range(20):
            clock.passes(2 * DAY)
            _, claim = await asyncio.gather(collect([histories], store, now=clock.now), keep(store))
            assert await store.retrieve(READING, [claim]) == [payload(b"data")]

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def histories(self) -> WrittenHistories:
        return WrittenHistories()


class TestSqlPayloads(PayloadStorageContract):
    @pytest.fixture
    def store(self, database: Database, clock: Clock) -> SqlPayloads:
        return SqlPayloads(database, clock=clock)

    @pytest.fixture
    async def broken(self, tmp_path: Path) -> AsyncIterator[SqlPayloads]:
        database = Database(database_url("postgresql://u@127.0.0.1:1/nobody", tmp_path))
        yield SqlPayloads(database)
        await database.aclose()

    @pytest.fixture
    def damage(self, database: Database) -> Callable[[], Awaitable[None]]:
        async def damage() -> None:
            async with database.writing() as connection:
                await connection.execute(sa.update(BLOBS).values(data=b"other"))

        return damage

    async def test_the_migrated_tables_are_the_ones_in_the_code(self, database: Database) -> None:
        def differences(connection: sa.Connection) -> list[Any]:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return [
                found
                for found in compare_metadata(context, METADATA)
                if not str(found[0]).startswith("remove_")
            ]

        async with database.reading() as connection:
            assert await connection.run_sync(differences) == []

    @pytest.mark.parametrize("use", ["store", "retrieve"])
    async def test_what_is_used_again_starts_a_new_grace(
        self, store: SqlPayloads, clock: Clock, histories: WrittenHistories, use: str
    ) -> None:
        claim = await keep(store)
        clock.passes(2 * DAY)
        await (keep(store) if use == "store" else store.retrieve(READING, [claim]))
        assert await collect([histories], store, now=clock.now + DAY / 2) == Collected()
        assert await store.retrieve(READING, [claim])

    async def test_what_is_used_between_mark_and_sweep_stays(
        self, store: SqlPayloads, clock: Clock
    ) -> None:
        claim = await keep(store)
        clock.passes(2 * DAY)
        since = clock.now - DAY
        idle = await store.idle(since)
        await keep(store)
        assert await store.remove(idle, since=since) == []
        assert await store.retrieve(READING, [claim])


class BucketClock(Clock):
    """A bucket dates its objects itself: they grow older, and the clock stands."""

    def passes(self, seconds: float) -> None:
        age_objects(BUCKET, seconds)


class TestS3Payloads(PayloadStorageContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return BucketClock()

    @pytest.fixture
    async def client(self, endpoint: str, tmp_path: Path) -> AsyncIterator[Any]:
        import aioboto3  # noqa: PLC0415 - untyped, and an extra

        session: Any = aioboto3.Session(region_name="eu-central-1")
        async with session.client("s3", endpoint_url=endpoint) as client:
            yield client

    @pytest.fixture
    async def bucket(self, client: Any) -> AsyncIterator[str]:
        place = {"LocationConstraint": "eu-central-1"}
        await client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        yield BUCKET
        found = await client.list_objects_v2(Bucket=BUCKET)
        for item in found.get("Contents", ()):
            await client.delete_object(Bucket=BUCKET, Key=item["Key"])
        await client.delete_bucket(Bucket=BUCKET)

    @pytest.fixture
    async def store(self, endpoint: str, bucket: str, clock: Clock) -> AsyncIterator[S3Payloads]:
        config = S3Config(bucket=bucket, endpoint=endpoint, region="eu-central-1")
        async with open_s3(config, clock=clock) as store:
            yield store

    @pytest.fixture
    async def broken(self, endpoint: str) -> AsyncIterator[S3Payloads]:
        config = S3Config(bucket="no-such-bucket", endpoint=endpoint, region="eu-central-1")
        async with open_s3(config) as store:
            yield store

    @pytest.fixture
    def damage(self, client: Any) -> Callable[[], Awaitable[None]]:
        async def damage() -> None:
            found = await client.list_objects_v2(Bucket=BUCKET)
            for item in found["Contents"]:
                await client.put_object(Bucket=BUCKET, Key=item["Key"], Body=b"other")

        return damage

    async def test_a_service_that_is_away_is_asked_again(
        self, endpoint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        (port,) = free_ports(1)
        config = S3Config(bucket=BUCKET, endpoint=f"http://{LOOPBACK}:{port}", region="us-east-1")
        async with open_s3(config) as away:
            with pytest.raises(ApplicationError, match="did not answer") as told:
                await keep(away)
        assert not told.value.non_retryable

    async def test_what_is_stored_again_late_gets_a_new_age(
        self, store: S3Payloads, client: Any, clock: Clock
    ) -> None:
        versioning = {"Status": "Enabled"}
        await client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=versioning)
        await keep(store)
        await keep(store)
        assert await written(client) == 1
        clock.passes(2 * DAY)
        await keep(store)
        assert await written(client) == 2
        for version in (await client.list_object_versions(Bucket=BUCKET))["Versions"]:
            key, number = version["Key"], version["VersionId"]
            await client.delete_object(Bucket=BUCKET, Key=key, VersionId=number)

    async def test_what_looked_unused_is_found_until_it_is_deleted_for_good(
        self, store: S3Payloads, clock: Clock, histories: WrittenHistories
    ) -> None:
        claim = await keep(store)
        clock.passes(2 * DAY)
        assert (await collect([histories], store, now=clock.now)).deleted == 0
        assert await store.retrieve(READING, [claim]) == [payload(b"data")]
        histories.records_of_run = [record_of(claim)]
        assert (await collected(store, histories, clock)).deleted == 0
        assert await store.retrieve(READING, [claim]) == [payload(b"data")]

    async def test_what_is_stored_between_asking_its_age_and_deleting_it_stays_readable(
        self, store: S3Payloads, client: Any, clock: Clock
    ) -> None:
        claim = await keep(store)
        clock.passes(2 * DAY)
        hurried = StoringBeforeDelete(client, lambda: keep(store))
        remover = S3Payloads(hurried, BUCKET, clock=clock)
        assert await remover.remove(await store.idle(clock.now), since=clock.now - DAY) == []
        assert hurried.deleted
        assert await store.retrieve(READING, [claim]) == [payload(b"data")]

    async def test_a_second_collection_leaves_aside_what_was_stored_again(
        self, store: S3Payloads, clock: Clock
    ) -> None:
        claim = await keep(store)
        aside = clock.now + DAY
        await store.remove(await store.idle(aside), since=aside)
        await keep(store)
        (_, second) = sorted(await store.idle(aside), key=lambda blob: len(blob.name))
        assert await store.remove([second], since=aside) == []
        assert await store.retrieve(READING, [claim])

    async def test_nothing_young_is_moved_or_deleted(self, store: S3Payloads, clock: Clock) -> None:
        await keep(store)
        late, early = clock.now + DAY, clock.now - DAY
        blobs = await store.idle(late)
        await store.remove(blobs, since=early)
        assert await store.idle(late) == blobs
        await store.remove(blobs, since=late)
        (aside,) = await store.idle(late)
        assert await store.remove([aside], since=early) == []
        assert await store.remove([aside], since=late) == [aside]


class StoringBeforeDelete:
    """A client whose every deletion comes too late."""

    def __init__(self, client: Any, store: Callable[[], Awaitable[object]]) -> None:
        self._client = client
        self._store = store
        self.deleted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def delete_object(self, **what: str) -> None:
        await self._store()
        await self._client.delete_object(**what)
        self.deleted = True


async def written(client: Any) -> int:
    return len((await client.list_object_versions(Bucket=BUCKET))["Versions"])
