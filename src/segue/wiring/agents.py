"""What agents stand on, put together from settings."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from pydantic import SecretStr

from segue.llm.answers import Answer, Listener, ModelRequest
from segue.llm.asking import ask
from segue.llm.cache import AnswerCache, SqlAnswerCache
from segue.llm.config import LlmConfig, OpenAIService, is_openai
from segue.llm.names import OFFLINE
from segue.llm.offline.rulebook import RuleBook
from segue.llm.offline.rules import AgentRules
from segue.llm.pool import ModelPool
from segue.observability.tracing.setup import configure_tracing
from segue.runs.events import Announce, announce_nothing
from segue.runs.ports import AgentPorts
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.audit import AuditLog
from segue.runs.store.cards import CardStore
from segue.runs.store.effects import EffectLedger
from segue.sessions.histories.keys import HistoryKeys
from segue.settings.load import Settings
from segue.settings.model_services import model_services
from segue.storage.database import Database
from segue.wiring.encryption import conversation_store, event_store, seal_of


@asynccontextmanager
async def open_agent_ports(
    settings: Settings,
    database: Database,
    histories: HistoryKeys | None,
    rules: Sequence[AgentRules],
    announce: Announce = announce_nothing,
) -> AsyncGenerator[AgentPorts]:
    """Models and stores, ready for use; models' connections are closed at the end.

    Args:
        settings: As loaded.
        database: Migrated.
        histories: Keys of encrypted histories; None: they are plain.
        rules: What the offline model answers, of all features.
        announce: Whom to tell of events.

    Raises:
        SettingsError: A model's key or package is missing, or an encryption key is no key.
    """
    config = llm_config(settings)
    seal = seal_of(settings)
    pool = ModelPool(config, rules=RuleBook(*rules))
    pool.check()
    try:
        yield AgentPorts(
            database=database,
            # A cache would hold answers unencrypted.
            ask=partial(
                _ask,
                pool,
                None if seal else SqlAnswerCache(database),
                settings.llm.stall_seconds,
            ),
            provider=pool,
            conversations=conversation_store(settings, database),
            events=event_store(settings, database),
            accounts=Accounts(database),
            cards=CardStore(database, seal=seal),
            effects=EffectLedger(database),
            audit=AuditLog(database),
            approvals=ApprovalStore(database, seal=seal),
            histories=histories,
            announce=announce,
            default_model=config.model or OFFLINE,
            compact_after_tokens=settings.conversations.compact_after_tokens,
            sealed=seal is not None,
        )
    finally:
        await pool.aclose()


@asynccontextmanager
async def open_models(
    settings: Settings, rules: Sequence[AgentRules] = ()
) -> AsyncGenerator[ModelPool]:
    """The models for a command; nobody is sent a trace of what it asks them."""
    configure_tracing("off", api_key=None, endpoint=None, with_content=False)
    pool = ModelPool(llm_config(settings), rules=RuleBook(*rules))
    try:
        yield pool
    finally:
        await pool.aclose()


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
        openai_api=llm.openai_api or ("responses" if is_openai(llm.openai_base_url) else "chat"),
        services={
            name: OpenAIService(
                base_url=service.base_url,
                key_variable=service.key_variable,
                api_key=_plain(settings.service_keys.get(service.key_variable or "")),
                api=service.api,
            )
            for name, service in model_services(llm.services).items()
        },
        structured_output=llm.structured_output,
        backend=llm.backend,
    )


async def _ask(
    pool: ModelPool,
    cache: AnswerCache | None,
    stall_seconds: float,
    request: ModelRequest,
    listener: Listener | None,
) -> Answer:
    return await ask(pool, request, cache=cache, listener=listener, stall_seconds=stall_seconds)


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
