"""What agents leave behind, as people and programs are shown it.

Wire models: fields are only ever added, with defaults. This module loads neither the engine nor the
database, so a face may import it before it needs them. Times are epoch seconds.
"""

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, JsonValue

from segue.runs.contracts import Spent
from segue.runs.questions import Question
from segue.sessions.turns import TurnRecord


class ConversationView(BaseModel, frozen=True):
    """A conversation without its content.

    Attributes:
        parent: The conversation that it is deleted with.
        origin: What it was forked from …
        origin_turn: … and after which turn; None: after all that there were.
        title: Empty where it cannot be read.
        encrypted: Whether its content is sealed.
        readable: Whether the key that seals it is configured.
        items: How many it holds.
        turns: Number of the newest.
    """

    id: str
    kind: str = "thread"
    title: str = ""
    parent: str | None = None
    origin: str | None = None
    origin_turn: int | None = None
    workflow_id: str | None = None
    encrypted: bool = False
    readable: bool = True
    items: int = 0
    turns: int = 0
    created_at: float = 0.0
    updated_at: float = 0.0


class ConversationPage(BaseModel, frozen=True):
    """Some conversations, the last used first.

    Attributes:
        next: What to ask for the page after this one with; None: this is the last.
    """

    conversations: tuple[ConversationView, ...] = ()
    next: str | None = None


class StoredItem(BaseModel, frozen=True):
    """One item; ``item`` is exactly what was stored."""

    seq: int
    item: dict[str, Any]


class ConversationDetail(BaseModel, frozen=True):
    """All of one conversation; ``items`` has those of no turn too."""

    conversation: ConversationView
    turns: tuple[TurnRecord, ...] = ()
    items: tuple[StoredItem, ...] = ()


class NamedTurn(BaseModel, frozen=True):
    """A closed turn that somebody could watch.

    Attributes:
        text: Its final answer; empty where it has none.
    """

    turn: TurnRecord
    text: str = ""


class DeletedConversation(BaseModel, frozen=True):
    """What a deletion took away.

    Attributes:
        was_there: False: it was deleted before, and only what was left over went now.
        effects: Whose words were erased; that they happened stays known.
        streams: Event streams of its turns, as far as its turns name them.
        histories: Workflows whose histories nobody can read any more, as they were encrypted.
    """

    conversation: str
    was_there: bool = True
    effects: int = 0
    streams: int = 0
    histories: tuple[str, ...] = ()


class PendingApproval(Question, frozen=True):
    """A question, and which workflow waits for its answer."""

    workflow_id: str


class PendingApprovals(BaseModel, frozen=True):
    """What waits, the oldest question first.

    Attributes:
        unanswered: Running workflows that did not say what they wait for: no worker serves them,
            or they are too busy. The list may lack their questions.
        next: What to ask for the page after this one with; None: this is the last.
    """

    approvals: tuple[PendingApproval, ...] = ()
    unanswered: tuple[str, ...] = ()
    next: str | None = None


class EffectView(BaseModel, frozen=True):
    """An effect of a tool, without what the tool said.

    Attributes:
        state: ``unknown``: it was begun, and nobody wrote down how it ended. ``done``: it
            happened. ``failed``: it did not.
        attempt: The latest that began it, 1-based, at ``begun_at``.
        resolved_by: Who looked, and wrote down what the tool could not.
    """

    key: str
    tool: str
    workflow_id: str
    conversation: str = ""
    agent: str = ""
    state: str = "unknown"
    attempt: int = 1
    begun_at: float = 0.0
    ended_at: float | None = None
    resolved_by: str | None = None
    resolved_why: str | None = None


class AuditView(BaseModel, frozen=True):
    """One entry of the audit log; ``hash`` covers it and all entries before it."""

    seq: int
    op: str
    at: float
    who: str
    what: str
    subject: str
    why: str = ""
    details: dict[str, JsonValue] = {}
    hash: str = ""


class AuditCheck(BaseModel, frozen=True):
    """Whether the audit log is what was written.

    Attributes:
        ok: Every entry is there and unchanged.
        entry: Number of the first that is not; 0: the log's head record is gone.
        reason: What is wrong with it.
    """

    ok: bool
    entry: int | None = None
    reason: str = ""


class UsageLine(BaseModel, frozen=True):
    """What one agent used of one model in one workflow; see ``ReportLine``."""

    agent: str
    model: str
    calls: int = 0
    attempts: int = 0
    failed: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    unpriced_calls: int = 0
    offline: int = 0
    from_cache: int = 0
    seconds: float = 0.0


class UsageView(BaseModel, frozen=True):
    """What a conversation or a workflow has used.

    Attributes:
        kind: ``conversation``: over all workflows that worked on it.
        spent: All together.
        lines: Of the workflow of this name, by agent and model.
    """

    subject: str
    kind: Literal["conversation", "workflow"]
    spent: Spent
    lines: tuple[UsageLine, ...] = ()


class CollectedPayloads(BaseModel, frozen=True):
    """What a collection of unused payloads did.

    Attributes:
        kept: Unused for long, and still referred to.
        deleted: Gone for good.
        freed_bytes: What these took.
        joined: It was under way already; this is its result.
    """

    kept: int = 0
    deleted: int = 0
    freed_bytes: int = 0
    joined: bool = False


class RewrappedKeys(BaseModel, frozen=True):
    """What a rotation of master keys came to.

    Attributes:
        key: Under which everything readable is now.
        conversations: Whose key was under another one before; likewise the others.
        workflows: Whose histories are encrypted.
        cards: Of agents.
        questions: That wait for people.
        webhooks: Whose secrets are encrypted.
        it_sessions: Whose state is encrypted.
        unreadable: Conversations and workflows whose master key is not configured.
    """

    key: str
    conversations: int
    workflows: int
    cards: int
    questions: int
    webhooks: int = 0
    it_sessions: int = 0
    unreadable: tuple[str, ...] = ()
