"""What agents stand on, put together from settings."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from pydantic import SecretStr
from temporalio.converter import ExternalStorage

from segue.errors.settings import SettingsError
from segue.llm.answers import Answer, Listener, ModelRequest
from segue.llm.asking import ask
from segue.llm.cache import AnswerCache, SqlAnswerCache
from segue.llm.config import LlmConfig
from segue.llm.names import OFFLINE
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.music.agents.rules import music_rules
from segue.runs.ports import AgentPorts
from segue.runs.store.accounting import Accounts
from segue.runs.store.audit import AuditLog
from segue.runs.store.cards import CardStore
from segue.runs.store.effects import EffectLedger
from segue.runtime.payloads.drivers import PayloadPath, external_storage
from segue.runtime.payloads.s3_store import S3Config, open_s3
from segue.runtime.payloads.sql_store import SqlPayloads
from segue.runtime.payloads.stores import PayloadStore
from segue.sessions.histories.keys import HistoryKeys
from segue.sessions.store import ConversationStore
from segue.settings.load import Settings
from segue.storage.database import Database
from segue.wiring.encryption import codec_of, event_store, history_keys, seal_of


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
async def open_agent_ports(settings: Settings, database: Database) -> AsyncGenerator[AgentPorts]:
    """Models and stores, ready for use; models' connections are closed at the end.

    Args:
        settings: As loaded.
        database: Migrated.

    Raises:
        SettingsError: A model's key or package is missing, or an encryption key is no key.
    """
    config = llm_config(settings)
    seal = seal_of(settings)
    pool = ModelPool(config, rules=RuleBook(*music_rules()))
    pool.check()
    try:
        yield AgentPorts(
            # A cache would hold answers unencrypted.
            ask=partial(_ask, pool, None if seal else SqlAnswerCache(database)),
            provider=pool,
            conversations=conversation_store(settings, database),
            events=event_store(settings, database),
            accounts=Accounts(database),
            cards=CardStore(database, seal=seal),
            effects=EffectLedger(database),
            audit=AuditLog(database),
            histories=history_keys(settings, database),
            default_model=config.model or OFFLINE,
            compact_after_tokens=settings.conversations.compact_after_tokens,
            sealed=seal is not None,
        )
    finally:
        await pool.aclose()


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

    async with AsyncExitStack() as opened:
        match settings.payloads.store:
            case "sql":
                yield ports(external_storage(rows), rows)
            case "off":
                yield ports(external_storage(None, rows), rows)
            case "s3":
                bucket = await opened.enter_async_context(open_s3(_s3_config(settings)))
                yield ports(external_storage(bucket, rows), bucket, rows)


async def check_models(settings: Settings) -> str:
    """Who answers for agents, in words; asks nobody.

    Raises:
        SettingsError: A model's key or package is missing.
    """
    config = llm_config(settings)
    pool = ModelPool(config, rules=RuleBook(*music_rules()))
    try:
        pool.check()
        return ", then ".join(pool.chain(None))
    finally:
        await pool.aclose()


def conversation_store(settings: Settings, database: Database) -> ConversationStore:
    """Conversations, encrypted where the settings say so.

    Raises:
        SettingsError: An encryption key is no key.
    """
    return ConversationStore(
        database, seal=seal_of(settings), max_items=settings.conversations.max_items
    )


def llm_config(settings: Settings) -> LlmConfig:
    """Who answers, as the settings say."""
    llm = settings.llm
    return LlmConfig(
        model=llm.model,
        fallback_models=tuple(
            name.strip() for name in llm.fallback_models.split(",") if name.strip()
        ),
        openai_api_key=_plain(llm.openai_api_key),
        openai_base_url=llm.openai_base_url,
        anthropic_api_key=_plain(llm.anthropic_api_key),
        google_api_key=_plain(llm.google_api_key),
        openai_api=llm.openai_api,
        backend=llm.backend,
    )


async def _ask(
    pool: ModelPool, cache: AnswerCache | None, request: ModelRequest, listener: Listener | None
) -> Answer:
    return await ask(pool, request, cache=cache, listener=listener)


def _s3_config(settings: Settings) -> S3Config:
    bucket = settings.payloads.s3_bucket
    if bucket is None:
        raise SettingsError("SEGUE_PAYLOAD_STORE is `s3`; expected a bucket in SEGUE_S3_BUCKET.")
    return S3Config(bucket=bucket, endpoint=settings.payloads.s3_endpoint)


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
