"""What agents leave behind in the database: conversations, effects, the audit log, usage."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from segue.errors.conversation import ConversationNotFoundError, ConversationUnreadableError
from segue.errors.input import InputError
from segue.errors.sync import RunNotFoundError
from segue.runs.service.views import (
    AuditCheck,
    AuditView,
    ConversationDetail,
    ConversationPage,
    ConversationView,
    DeletedConversation,
    EffectView,
    NamedTurn,
    StoredItem,
    UsageLine,
    UsageView,
)
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.audit import AuditEntry, AuditLog, Deed
from segue.runs.store.effects import Effect, EffectLedger
from segue.sessions.events.store import TurnEventStore
from segue.sessions.exporting import to_json, to_markdown
from segue.sessions.listing import ConversationHead
from segue.sessions.store import ConversationStore
from segue.sessions.turns import text_of

ExportFormat = Literal["json", "markdown"]

TURN_NOTE = "turn"  # the note of a closed turn that names its stream of events
LONGEST_NAME = 200  # characters of who somebody is, as in ``Decision``
LONGEST_WHY = 2_000


class HistoryKeys(Protocol):
    """The keys of encrypted histories; ``segue.sessions.histories.keys`` has them."""

    async def forget(self, conversation: str) -> tuple[str, ...]:
        """Delete the keys of the conversation's workflows; which workflows those are."""
        ...


async def _no_children(_: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class RecordStores:
    """The stores of one database; the caller closes it.

    Attributes:
        histories: None: histories are not encrypted.
        children: How the ids of a workflow's children begin.
    """

    conversations: ConversationStore
    events: TurnEventStore
    accounts: Accounts
    effects: EffectLedger
    audit: AuditLog
    approvals: ApprovalStore
    histories: HistoryKeys | None = None
    children: Callable[[str], Awaitable[Sequence[str]]] = _no_children


class KeptRecords:
    """What needs the database and nothing else.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        stores: Of a migrated database.
    """

    def __init__(self, stores: RecordStores) -> None:
        self._stores = stores

    async def conversations(self, *, limit: int = 50, after: str | None = None) -> ConversationPage:
        """A page of what people talked about with agents, the last used first.

        Args:
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        page = await self._stores.conversations.conversations(limit=limit, after=after)
        return ConversationPage(
            conversations=tuple(_conversation(head) for head in page.heads), next=page.next
        )

    async def conversation(self, conversation: str) -> ConversationDetail:
        """All of a conversation.

        Raises:
            ConversationNotFoundError: No such conversation.
            ConversationUnreadableError: Its key is not configured, or it was changed.
        """
        whole = await self._stores.conversations.show(conversation)
        return ConversationDetail(
            conversation=_conversation(whole.head),
            turns=whole.turns,
            items=tuple(StoredItem(seq=seq, item=item) for seq, item in whole.items),
        )

    async def has_conversation(self, conversation: str) -> bool:
        """Whether anything was said under this id, and is not deleted."""
        return await self._stores.conversations.exists(conversation)

    async def turn_named(self, conversation: str, name: str) -> NamedTurn | None:
        """The closed turn that was watched under this name; None: there is none.

        Raises:
            ConversationNotFoundError: No such conversation.
            ConversationUnreadableError: Its key is not configured, or it was changed.
        """
        turns = await self._stores.conversations.turns(conversation)
        record = next((turn for turn in reversed(turns) if turn.note.get(TURN_NOTE) == name), None)
        if record is None:
            return None
        text = "" if record.text_seq is None else await self.text(conversation, record.text_seq)
        return NamedTurn(turn=record, text=text)

    async def text(self, conversation: str, seq: int) -> str:
        """The whole text of one message.

        Raises:
            ConversationNotFoundError: No such conversation.
            ConversationUnreadableError: Its key is not configured, or it was changed.
        """
        (item,) = await self._stores.conversations.read(conversation, [(seq, seq)])
        return text_of(item)

    async def export(self, conversation: str, form: ExportFormat) -> str:
        """A conversation as a file's text: JSON for programs, Markdown for people.

        Raises:
            ConversationNotFoundError: No such conversation.
            ConversationUnreadableError: Its key is not configured, or it was changed.
        """
        whole = await self._stores.conversations.show(conversation)
        return to_json(whole) if form == "json" else to_markdown(whole)

    async def fork(self, conversation: str, new_id: str, *, after_turn: int | None = None) -> None:
        """Make ``new_id`` a conversation that begins with the turns up to ``after_turn``.

        Args:
            conversation: Stays as it is.
            new_id: Free, or the result of the same fork.
            after_turn: None: all turns.

        Raises:
            ConversationNotFoundError: No such conversation or turn, or ``new_id`` was deleted.
            ConversationError: ``new_id`` is another conversation.
        """
        await self._stores.conversations.fork(conversation, new_id, after_turn=after_turn)

    async def delete(self, conversation: str) -> DeletedConversation:
        """Take a conversation away, with what is nested in it and with what its effects said.

        Where histories are encrypted, those of its workflows are unreadable from then on. Runs of
        sub-agents write their effects down under the conversation that pays for them, so theirs go
        too. Streams of turns that no closed turn names go when they are old. A deletion that was
        cut off is completed by a second call.

        Raises:
            ConversationNotFoundError: There is nothing of this name, and nothing left over.
        """
        stores = self._stores
        streams = await self._streams(conversation)
        was_there = await stores.conversations.delete(conversation)
        if streams:
            await stores.events.drop(streams)
        # Last: a step that was under way could otherwise say something after it was forgotten.
        effects = await stores.effects.forget(conversation)
        await stores.approvals.forget(conversation)
        histories = await stores.histories.forget(conversation) if stores.histories else ()
        if not (was_there or effects or histories):
            raise ConversationNotFoundError(f"There is no conversation {conversation!r}.")
        return DeletedConversation(
            conversation=conversation,
            was_there=was_there,
            effects=effects,
            streams=len(streams),
            histories=histories,
        )

    async def unknown_effects(self, *, limit: int = 100, after: str = "") -> list[EffectView]:
        """Effects of which nobody knows whether they happened, at most ``limit``, by key.

        Args:
            limit: At most so many, > 0.
            after: Key of the last one that is known; empty: from the first on.
        """
        effects = await self._stores.effects.unknown(limit=limit, after=after)
        return [_effect(effect) for effect in effects]

    async def resolve_effect(self, key: str, *, happened: bool, who: str, why: str) -> EffectView:
        """Write down what a person found out about an effect; it goes into the audit log too.

        The same answer again changes nothing, and completes a call that was cut off in between.

        Args:
            key: Of the effect.
            happened: True: it is done. False: a later attempt may begin it anew.
            who: Who looked, as the caller has established it.
            why: How they know.

        Raises:
            InputError: Nobody, or no reason, or too much of either.
            RunError: No such effect, or its outcome is known already.
        """
        _check(who, "who looked", LONGEST_NAME)
        _check(why, "how they know", LONGEST_WHY)
        stores = self._stores
        effect = await stores.effects.resolve(key, happened=happened, who=who, why=why)
        deed = Deed(
            who=effect.resolved_by or who,
            what="effect.happened" if happened else "effect.did_not_happen",
            subject=key,
            why=effect.resolved_why or "",
            details={
                "tool": effect.tool,
                "workflow_id": effect.workflow_id,
                "conversation": effect.conversation,
                "attempt": effect.attempt,
            },
        )
        # An effect that did not happen may be begun again, and be unknown again.
        await stores.audit.record(f"effect.resolved/{key}/{effect.begun_at!r}", deed)
        return _effect(effect)

    async def audit(
        self, *, subject: str | None = None, after: int = 0, limit: int = 100
    ) -> list[AuditView]:
        """Entries of the audit log with numbers above ``after``, in order, at most ``limit``."""
        entries = await self._stores.audit.entries(subject=subject, after=after, limit=limit)
        return [_entry(entry) for entry in entries]

    async def verify_audit(self) -> AuditCheck:
        """Check every entry of the audit log against the one before."""
        fault = await self._stores.audit.verify()
        if fault is None:
            return AuditCheck(ok=True)
        return AuditCheck(ok=False, entry=fault.seq, reason=fault.reason)

    async def export_audit(self) -> AsyncIterator[str]:
        """The audit log as JSON lines, with what is needed to check it elsewhere."""
        async for line in self._stores.audit.export():
            yield line

    async def usage(self, subject: str) -> UsageView:
        """What a conversation has used over all of its workflows, or a workflow with its children.

        Raises:
            RunNotFoundError: Nothing is on the account of either.
        """
        accounts = self._stores.accounts
        children = await self._stores.children(subject)
        report = await accounts.report(subject, children)
        lines = tuple(UsageLine(**vars(line)) for line in report)
        kind, use = "conversation", await accounts.spent_by(conversation=subject)
        if not any(use.model_dump().values()):
            kind, use = "workflow", await accounts.spent_by(workflow_id=subject, children=children)
        if not any(use.model_dump().values()):
            raise RunNotFoundError(
                f"Nothing is on the account of {subject!r}, as a conversation or as a workflow.",
                hint="`segue conversations` lists conversations and their workflows.",
            )
        return UsageView(subject=subject, kind=kind, spent=use, lines=lines)

    async def _streams(self, conversation: str) -> list[str]:
        """The streams of events that the conversation's turns name."""
        try:
            turns = await self._stores.conversations.turns(conversation)
        except (ConversationNotFoundError, ConversationUnreadableError):
            return []  # one that cannot be read can be deleted all the same
        names = (turn.note.get(TURN_NOTE) for turn in turns)
        return [name for name in names if isinstance(name, str)]


def _check(text: str, what: str, longest: int) -> None:
    if not text.strip() or len(text) > longest:
        raise InputError(
            f"Expected {what} in 1 to {longest} characters; {len(text)} characters came."
        )


def _conversation(head: ConversationHead) -> ConversationView:
    # Half of an emoji is stored as it came, and no wire model can hold it.
    title = head.title.encode("utf-8", "replace").decode()
    return ConversationView.model_validate(vars(head) | {"title": title})


def _effect(effect: Effect) -> EffectView:
    return EffectView.model_validate(vars(effect))


def _entry(entry: AuditEntry) -> AuditView:
    deed = entry.deed
    return AuditView(
        seq=entry.seq,
        op=entry.op,
        at=entry.at,
        who=deed.who,
        what=deed.what,
        subject=deed.subject,
        why=deed.why,
        details=dict(deed.details),
        hash=entry.hash,
    )
