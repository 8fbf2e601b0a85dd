"""What payloads go through, put together from settings."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from temporalio.converter import ExternalStorage

from segue.errors.settings import SettingsError
from segue.runtime.payloads.drivers import PayloadPath, external_storage
from segue.runtime.payloads.s3_store import S3Config, open_s3
from segue.runtime.payloads.sql_store import SqlPayloads
from segue.runtime.payloads.stores import PayloadStore
from segue.sessions.histories.keys import HistoryKeys
from segue.settings.load import Settings
from segue.storage.database import Database
from segue.wiring.encryption import codec_of


@dataclass(frozen=True)
class PayloadPorts:
    """What payloads go through, and where large ones lie.

    Attributes:
        path: For the data converter of every client.
        stores: What a collection goes through.
    """

    path: PayloadPath
    stores: tuple[PayloadStore, ...]


@asynccontextmanager
async def open_payloads(
    settings: Settings, database: Database, histories: HistoryKeys | None
) -> AsyncGenerator[PayloadPorts]:
    """The stores of large payloads; the database is read in any case, for what it took before.

    Args:
        settings: As loaded.
        database: Migrated.
        histories: Keys to encrypt with; None: payloads are plain.

    Raises:
        SettingsError: S3 is asked for and a setting or its package is missing.
    """
    rows, codec = SqlPayloads(database), codec_of(histories)

    def ports(storage: ExternalStorage | None, *stores: PayloadStore) -> PayloadPorts:
        return PayloadPorts(PayloadPath(codec=codec, storage=storage), stores)

    async with AsyncExitStack() as stack:
        match settings.payloads.store:
            case "sql":
                yield ports(external_storage(rows), rows)
            case "off":
                yield ports(external_storage(None, rows), rows)
            case "s3":
                bucket = await stack.enter_async_context(open_s3(_s3_config(settings)))
                yield ports(external_storage(bucket, rows), bucket, rows)


def _s3_config(settings: Settings) -> S3Config:
    bucket = settings.payloads.s3_bucket
    if bucket is None:
        raise SettingsError("SEGUE_PAYLOAD_STORE is `s3`; expected a bucket in SEGUE_S3_BUCKET.")
    return S3Config(bucket=bucket, endpoint=settings.payloads.s3_endpoint)
