"""Everything outside of workflows that agents stand on."""

from dataclasses import dataclass
from typing import Protocol

from agents.models.interface import ModelProvider

from segue.llm.answers import Answer, Listener, ModelRequest
from segue.runs.events import Announce, announce_nothing
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.audit import AuditLog
from segue.runs.store.cards import CardStore
from segue.runs.store.effects import EffectLedger
from segue.sessions.events.store import TurnEventStore
from segue.sessions.histories.keys import HistoryKeys
from segue.sessions.store import ConversationStore
from segue.storage.database import Database


class Asker(Protocol):
    """Who puts a request to a model; ``segue.llm.asking.ask`` bound to a pool is one."""

    async def __call__(self, request: ModelRequest, listener: Listener | None) -> Answer:
        """The answer, of whichever model is not out."""
        ...


@dataclass(frozen=True, kw_only=True)
class AgentPorts:
    """Models and stores, shared by all activities of a worker.

    Attributes:
        database: That all stores stand on; what is written in a transaction of it is written at
            once.
        ask: Puts requests to models.
        provider: The same models, for code that goes around the contract.
        conversations: What is said.
        events: What viewers of a turn are shown.
        accounts: What runs used.
        cards: What agents are.
        effects: What tools did.
        audit: What people decided.
        approvals: What waits for people.
        histories: Keys of workflows, where histories are encrypted.
        announce: Who is told of what waits for people and of what ended.
        default_model: Who answers when an agent names no model; for the accounts.
        compact_after_tokens: Beyond so many tokens older turns are summarised; None: never.
        sealed: Conversations are encrypted, so nothing else may hold their content.
    """

    database: Database
    ask: Asker
    provider: ModelProvider
    conversations: ConversationStore
    events: TurnEventStore
    accounts: Accounts
    cards: CardStore
    effects: EffectLedger
    audit: AuditLog
    approvals: ApprovalStore
    histories: HistoryKeys | None = None
    announce: Announce = announce_nothing
    default_model: str = ""
    sealed: bool = False
    compact_after_tokens: int | None = None
