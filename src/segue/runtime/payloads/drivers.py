"""The data converter of every client: small payloads in the history, large ones in a store."""

import dataclasses

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    ExternalStorage,
    StorageDriver,
    StorageDriverSelectContext,
)

# Temporal refuses a payload of 2 MB and warns from 512 KB on; a history of 4 MB is asked to go on
# as a new run. A quarter of a megabyte is the SDK's own threshold.
# Source: https://docs.temporal.io/self-hosted-guide/defaults
THRESHOLD_BYTES = 256 * 1024


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
    storage: ExternalStorage | None, *, base: DataConverter = pydantic_data_converter
) -> DataConverter:
    """``base``, its codec included, with large payloads in ``storage``.

    A client that carries the OpenAI plugin needs ``base=DataConverter.default``: the plugin puts
    its own payload converter there, keeps codec and storage, and refuses any other converter.
    """
    return dataclasses.replace(base, external_storage=storage)
