"""The stores of what agents leave behind, over one database."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from segue.platform.feature import Feature
from segue.runs.service.stored_records import HistoryKeys, RecordStores
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.audit import AuditLog
from segue.runs.store.effects import EffectLedger
from segue.sessions.events.bell import bell_for
from segue.sessions.events.fanout import TurnEvents
from segue.settings.load import Settings
from segue.storage.database import Database
from segue.wiring.encryption import conversation_store, event_store, seal_of


def record_stores(
    settings: Settings,
    database: Database,
    histories: HistoryKeys | None,
    features: Sequence[Feature] = (),
) -> RecordStores:
    """The stores of one database.

    Args:
        settings: As loaded.
        database: Migrated; the caller closes it.
        histories: Keys of encrypted histories; None: they are plain.
        features: They know the children of their workflows.

    Raises:
        SettingsError: An encryption key is no key.
    """

    async def children(workflow_id: str) -> list[str]:
        return [
            beginning
            for feature in features
            for beginning in await feature.children(database, workflow_id)
        ]

    return RecordStores(
        conversations=conversation_store(settings, database),
        events=event_store(settings, database),
        accounts=Accounts(database),
        effects=EffectLedger(database),
        audit=AuditLog(database),
        approvals=ApprovalStore(database, seal=seal_of(settings)),
        histories=histories,
        children=children,
    )


@asynccontextmanager
async def open_turn_events(settings: Settings, database: Database) -> AsyncGenerator[TurnEvents]:
    """Who watches turns in this process; its readers end with it.

    Raises:
        SettingsError: An encryption key is no key.
    """
    events = TurnEvents(event_store(settings, database), bell=bell_for(database))
    try:
        yield events
    finally:
        await events.aclose()
