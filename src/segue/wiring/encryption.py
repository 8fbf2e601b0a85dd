"""One switch, SEGUE_ENCRYPTION_KEYS: what it turns on, put together from settings."""

from contextlib import suppress

from temporalio.client import Client
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError

from segue.sessions.events.sealed import SealedEvents
from segue.sessions.events.store import TurnEventStore
from segue.sessions.histories.codec import HistoryCodec
from segue.sessions.histories.keys import HistoryKeys
from segue.sessions.sealing import Seal
from segue.sessions.store import ConversationStore
from segue.settings.load import Settings
from segue.storage.database import Database

DELETED = "its conversation was deleted, and with it the key of its history"


def seal_of(settings: Settings) -> Seal | None:
    """The master keys; None: nothing is encrypted.

    Raises:
        SettingsError: A key is no key.
    """
    keys = settings.conversations.encryption_keys
    return Seal(keys.get_secret_value()) if keys is not None and keys.get_secret_value() else None


def history_keys(settings: Settings, database: Database) -> HistoryKeys | None:
    """The keys of workflows, once for a process; None: histories are plain.

    Raises:
        SettingsError: A key is no key.
    """
    seal = seal_of(settings)
    return HistoryKeys(database, seal) if seal else None


def codec_of(keys: HistoryKeys | None) -> PayloadCodec | None:
    """What clients and workers encrypt payloads with; None: they are plain.

    Args:
        keys: The same object with which keys are deleted, so that this process forgets at once.
    """
    return HistoryCodec(keys) if keys else None


async def end_unreadable(client: Client, workflow_id: str) -> None:
    """Terminate a workflow whose history nobody can read any more; one that has ended stays so.

    It cannot fail by itself: in the middle of a replay a failure contradicts what is recorded, and
    Temporal would try again for ever.
    """
    with suppress(RPCError):  # it has ended; or the next try meets a server that answers
        await client.get_workflow_handle(workflow_id).terminate(reason=DELETED)


def event_store(settings: Settings, database: Database) -> TurnEventStore:
    """What viewers of a turn are shown, encrypted where the settings say so.

    Raises:
        SettingsError: A key is no key.
    """
    seal = seal_of(settings)
    return TurnEventStore(database, seal=SealedEvents(seal) if seal else None)


def conversation_store(settings: Settings, database: Database) -> ConversationStore:
    """Conversations, encrypted where the settings say so.

    Raises:
        SettingsError: An encryption key is no key.
    """
    return ConversationStore(
        database, seal=seal_of(settings), max_items=settings.conversations.max_items
    )
