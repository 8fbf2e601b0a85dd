"""The data converter of every client: small payloads in the history, large ones in a store."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    ExternalStorage,
    PayloadCodec,
    StorageDriver,
    StorageDriverSelectContext,
)

# Temporal refuses a payload of 2 MB and warns from 512 KB on; a history of 4 MB is asked to go on
# as a new run. A quarter of a megabyte is the SDK's own threshold.
# Source: https://docs.temporal.io/self-hosted-guide/defaults
THRESHOLD_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class PayloadPath:
    """What a payload goes through on its way into a history: conversion, codec, storage.

    Attributes:
        codec: Encrypts; with it headers and the texts of failures are encrypted too, which a codec
            alone leaves as they are. None: everything is plain.
        storage: Takes what is too large for a history, encrypted; None: into the history.
    """

    codec: PayloadCodec | None = None
    storage: ExternalStorage | None = None

    def writing_plain(self) -> Self:
        """The path that reads what this one wrote, and writes every payload plain and inline.

        For workflows whose clients are somebody else's: they have neither key nor store.
        """
        return dataclasses.replace(
            self,
            codec=_ReadingCodec(self.codec) if self.codec else None,
            storage=external_storage(None, *self.storage.drivers) if self.storage else None,
        )


class _ReadingCodec(PayloadCodec):
    """Decrypts what another codec encrypted, and encrypts nothing."""

    def __init__(self, codec: PayloadCodec) -> None:
        self._codec = codec

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await self._codec.decode(payloads)


def external_storage(
    writer: StorageDriver | None,
    *readers: StorageDriver,
    threshold_bytes: int = THRESHOLD_BYTES,
) -> ExternalStorage | None:
    """Where payloads of ``threshold_bytes`` and more go; None when there is no driver at all.

    Args:
        writer: Takes new payloads. None: they stay in the history.
        readers: Further stores that histories still refer to, because they were the writer once.
        threshold_bytes: Size of a serialized payload, after encryption, >= 0.
    """
    drivers = [*([writer] if writer else []), *readers]
    if not drivers:
        return None

    def choose(_context: StorageDriverSelectContext, _payload: object) -> StorageDriver | None:
        return writer

    return ExternalStorage(
        drivers=drivers, driver_selector=choose, payload_size_threshold=threshold_bytes
    )


def data_converter(
    storage: ExternalStorage | None,
    *,
    codec: PayloadCodec | None = None,
    base: DataConverter = pydantic_data_converter,
) -> DataConverter:
    """``base`` with large payloads in ``storage``, and with ``codec`` where one is given.

    A client that carries the OpenAI plugin needs ``base=DataConverter.default``: the plugin puts
    its own payload converter there, keeps codec and storage, and refuses any other converter.
    """
    converter = dataclasses.replace(base, external_storage=storage)
    if codec is None:
        return converter
    return dataclasses.replace(
        converter,
        payload_codec=codec,
        # Messages and stack traces of failures are no payloads unless they are made some.
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
