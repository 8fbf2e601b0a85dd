"""Which store takes a payload, and which is only read."""

import importlib
from collections.abc import Sequence
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec, StorageDriver, StorageDriverClaim

from segue.errors.settings import SettingsError
from segue.runtime.payloads.drivers import PayloadPath, data_converter, external_storage
from segue.runtime.payloads.s3_store import S3Config, open_s3

LARGE = "x" * 300_000


class InMemory(StorageDriver):
    """Keeps payloads by number."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.kept: list[Any] = []

    def name(self) -> str:
        return self._name

    async def store(self, context: Any, payloads: Any) -> list[StorageDriverClaim]:
        self.kept.extend(payloads)
        return [StorageDriverClaim({"number": str(len(self.kept) - 1)}) for _ in payloads]

    async def retrieve(self, context: Any, claims: Any) -> list[Any]:
        return [self.kept[int(claim.claim_data["number"])] for claim in claims]


async def test_only_large_payloads_leave_the_history() -> None:
    driver = InMemory("new")
    converter = data_converter(external_storage(driver))
    small, large = await converter.encode(["x", LARGE])
    assert len(driver.kept) == 1
    assert large.ByteSize() < 500
    assert await converter.decode([small, large]) == ["x", LARGE]


async def test_a_former_store_is_still_read_and_no_longer_written_to() -> None:
    old, new = InMemory("old"), InMemory("new")
    written = await data_converter(external_storage(old)).encode([LARGE])
    converter = data_converter(external_storage(new, old))
    assert await converter.decode(written) == [LARGE]
    await converter.encode([LARGE])
    assert (len(old.kept), len(new.kept)) == (1, 1)


async def test_without_a_writer_payloads_stay_and_references_can_be_read() -> None:
    old = InMemory("old")
    written = await data_converter(external_storage(old)).encode([LARGE])
    converter = data_converter(external_storage(None, old))
    (kept,) = await converter.encode([LARGE])
    assert kept.ByteSize() > len(LARGE)
    assert await converter.decode(written) == [LARGE]


class Reversing(PayloadCodec):
    """What it writes is data backwards."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata={"back": b"1"}, data=each.data[::-1]) for each in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [
            Payload(metadata={"encoding": b"json/plain"}, data=each.data[::-1])
            if "back" in each.metadata
            else each
            for each in payloads
        ]


async def test_a_plain_path_reads_what_was_encrypted_and_stored_and_writes_neither() -> None:
    store = InMemory("store")
    path = PayloadPath(codec=Reversing(), storage=external_storage(store, threshold_bytes=100))
    writer = data_converter(path.storage, codec=path.codec)
    plain = path.writing_plain()
    reader = data_converter(plain.storage, codec=plain.codec)

    for text in ("short", "x" * 1_000):
        assert await reader.decode(await writer.encode([text])) == [text]
        (payload,) = await reader.encode([text])
        assert text.encode() in payload.data
    assert await data_converter(None).decode(await reader.encode(["x" * 1_000])) == ["x" * 1_000]


def test_a_path_that_is_plain_stays_so() -> None:
    assert PayloadPath().writing_plain() == PayloadPath()


def test_without_any_driver_there_is_no_external_storage() -> None:
    assert external_storage(None) is None


async def test_a_bucket_without_the_package_for_it_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(SettingsError, match="not installed") as told:
        async with open_s3(S3Config(bucket="b")):
            pass
    assert "segue[s3]" in told.value.hint
