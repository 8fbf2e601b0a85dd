"""``segue db rewrap``: everything under the first master key, after a rotation."""

import time

from segue.errors.settings import SettingsError
from segue.it.store import ItSessionStore
from segue.runs.service.views import RewrappedKeys
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.cards import CardStore
from segue.settings.load import Settings
from segue.webhooks.store.webhook_store import WebhookStore
from segue.wiring.database import open_database
from segue.wiring.encryption import conversation_store, history_keys, seal_of


async def rewrap(settings: Settings) -> RewrappedKeys:
    """Bring all keys under the first one of SEGUE_ENCRYPTION_KEYS; it may be stopped and run again.

    Raises:
        SettingsError: No key is configured, or one is no key.
        StorageError: The database cannot be used.
    """
    seal = seal_of(settings)
    if seal is None:
        raise SettingsError(
            "SEGUE_ENCRYPTION_KEYS is not set; expected the new key and the old ones."
        )
    async with open_database(settings) as database:
        conversations = await conversation_store(settings, database).rewrap()
        keys = history_keys(settings, database)
        assert keys is not None  # noqa: S101 - there is a seal
        workflows = await keys.rewrap()
        return RewrappedKeys(
            key=seal.first,
            conversations=conversations.done,
            workflows=workflows.done,
            cards=await CardStore(database, seal=seal).rewrap(),
            questions=await ApprovalStore(database, seal=seal).rewrap(),
            webhooks=await WebhookStore(database, seal=seal).rewrap(),
            it_sessions=await ItSessionStore(database, time.time, seal=seal).rewrap(),
            unreadable=(*conversations.unreadable, *workflows.unreadable),
        )
