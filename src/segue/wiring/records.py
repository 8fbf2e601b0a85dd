"""What agents left behind, opened for a person: the database alone, or Temporal with it."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from segue.runs.service.records import AgentRecords
from segue.runs.service.stored_records import HistoryKeys, KeptRecords, RecordStores
from segue.runs.store.accounting import Accounts
from segue.runs.store.audit import AuditLog
from segue.runs.store.effects import EffectLedger
from segue.runtime.client import connect
from segue.settings.load import Settings
from segue.storage.database import Database
from segue.wiring.agents import conversation_store, open_payloads
from segue.wiring.app import CONNECT_WITHIN, App, open_app
from segue.wiring.database import open_database
from segue.wiring.encryption import event_store, history_keys
from segue.wiring.stack import StackFiles


class Agents:
    """Agents that run, and what they left behind.

    Attributes:
        records: What a person does with it.
    """

    def __init__(self, records: AgentRecords, app: App | None) -> None:
        self.records = records
        self._app = app

    def detach(self) -> None:
        """Leave a stack that this process started running until its work is done."""
        if self._app is not None:
            self._app.detach()


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncGenerator[KeptRecords]:
    """What is in the database; nothing is started.

    Raises:
        SettingsError: A database address or an encryption key is none.
        StorageError: The database cannot be used.
    """
    async with open_database(settings) as database:
        yield KeptRecords(record_stores(settings, database, history_keys(settings, database)))


@asynccontextmanager
async def open_agents(settings: Settings) -> AsyncGenerator[Agents]:
    """Join the stack of this data folder, or start one; with TEMPORAL_ADDRESS set, use that.

    Raises:
        SegueError: A part cannot be started or reached.
    """
    async with AsyncExitStack() as opened:
        app: App | None = None
        if settings.temporal.address is None:
            app = await opened.enter_async_context(open_app(settings))
        database = await opened.enter_async_context(open_database(settings))
        histories = history_keys(settings, database)
        payloads = await opened.enter_async_context(open_payloads(settings, database, histories))
        client = await connect(
            _own_address(settings),
            settings.temporal_environment,
            namespace=settings.temporal.namespace,
            wait=CONNECT_WITHIN,
            payloads=payloads.path,
        )
        stores = record_stores(settings, database, histories)
        yield Agents(AgentRecords(stores, client), app)


def record_stores(
    settings: Settings, database: Database, histories: HistoryKeys | None
) -> RecordStores:
    """The stores of one database.

    Args:
        settings: As loaded.
        database: Migrated; the caller closes it.
        histories: Keys of encrypted histories; None: they are plain.

    Raises:
        SettingsError: An encryption key is no key.
    """
    return RecordStores(
        conversations=conversation_store(settings, database),
        events=event_store(settings, database),
        accounts=Accounts(database),
        effects=EffectLedger(database),
        audit=AuditLog(database),
        histories=histories,
    )


def _own_address(settings: Settings) -> str | None:
    """Of the embedded server, which runs while its stack is held open."""
    if settings.temporal.address is not None:
        return None
    info = StackFiles(settings.data.directory.resolve()).running()
    return info.temporal_address if info else None
