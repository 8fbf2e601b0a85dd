"""The assistant's service without an engine, for the API."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import JsonValue

from segue.assistant.contracts import (
    Caller,
    OwnedThread,
    ReplyView,
    ThreadView,
    ToolsView,
    ToolView,
)
from segue.assistant.wire.payloads import AcceptedMessage, turn_name
from segue.errors.conversation import ConversationNotFoundError
from segue.errors.run import ApprovalNotFoundError
from segue.runs.contracts import Spent
from segue.runs.service.views import (
    ConversationDetail,
    ConversationView,
    PendingApproval,
    UsageLine,
    UsageView,
)
from segue.runs.workflow.approvals import ApprovalRequest
from segue.sessions.events.contracts import Kind, TurnEvent

SLOW = "slow"  # what is said so is not answered
QUESTION = ApprovalRequest(id="q1", tool="pay", arguments='{"amount": 1}', question="May I?")
CALL: dict[str, JsonValue] = {"call_id": "c1", "name": "pay", "arguments": QUESTION.arguments}
EVENTS: tuple[tuple[Kind, dict[str, JsonValue]], ...] = (
    ("turn.started", {}),
    ("text.delta", {"text": "Wro"}),
    ("text.reset", {}),
    ("tool.call", CALL),
    ("approval.requested", {"id": QUESTION.id}),
    ("approval.requested", {"id": "decided already"}),
    ("tool.result", CALL),
    ("text.delta", {"text": "Right.\nAnd \x1b[31mmore."}),
    ("turn.completed", {}),
)


@dataclass
class FakeAssistant:
    """Threads in memory; every message is answered at once by its own words.

    Attributes:
        decisions: What was decided, in order.
    """

    rows: dict[str, OwnedThread] = field(default_factory=dict[str, OwnedThread])
    texts: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    decisions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    ended: set[str] = field(default_factory=set[str])

    async def open(
        self, caller: Caller, thread: str | None = None, *, while_busy: Any = "queue"
    ) -> OwnedThread:
        name = thread or f"chat-{len(self.rows)}"
        if name not in self.rows:
            self.rows[name] = OwnedThread(id=name, owner=caller.name, while_busy=while_busy)
        return await self.check(caller, name)

    async def check(self, caller: Caller, thread: str) -> OwnedThread:
        row = self.rows.get(thread)
        if row is None or caller.owner not in {None, row.owner}:
            raise ConversationNotFoundError(f"There is no thread {thread!r}.")
        return row

    async def threads(
        self, caller: Caller, *, limit: int = 50, after: str | None = None
    ) -> list[OwnedThread]:
        rows = [row for row in self.rows.values() if caller.owner in {None, row.owner}]
        ids = [row.id for row in rows]
        start = ids.index(after) + 1 if after in ids else 0
        return rows[start : start + limit]

    async def thread(self, caller: Caller, thread: str) -> ThreadView:
        row = await self.check(caller, thread)
        waiting = tuple(
            AcceptedMessage(message_id=message, turn=turn_name(name, message))
            for (name, message), text in self.texts.items()
            if name == thread and text == SLOW
        )
        return ThreadView(
            **row.model_dump(), open=True, ended=thread in self.ended, waiting=waiting
        )

    async def post(
        self, caller: Caller, thread: str, text: str, *, message_id: str | None = None
    ) -> AcceptedMessage:
        await self.open(caller, thread)
        name = message_id or f"m{len(self.texts)}"
        self.texts.setdefault((thread, name), text)
        return AcceptedMessage(message_id=name, turn=turn_name(thread, name))

    async def reply(self, caller: Caller, thread: str, message_id: str) -> ReplyView | None:
        await self.check(caller, thread)
        text = self.texts.get((thread, message_id))
        if text is None:
            raise ConversationNotFoundError(f"There is no message {message_id!r}.")
        if text == SLOW:
            return None
        return ReplyView(thread=thread, message_id=message_id, turn=1, text=text)

    async def wait_for_reply(
        self, caller: Caller, thread: str, message_id: str, *, within: timedelta
    ) -> ReplyView | None:
        return await self.reply(caller, thread, message_id)

    async def follow(
        self, caller: Caller, thread: str, message_id: str, *, after: int = 0
    ) -> AsyncGenerator[TurnEvent | None]:
        await self.check(caller, thread)
        turn = turn_name(thread, message_id)
        yield None
        for seq, (kind, data) in enumerate(EVENTS, start=1):
            if seq > after:
                yield TurnEvent(turn=turn, seq=seq, kind=kind, data=data, at=1.0)

    async def approvals(self, caller: Caller, thread: str) -> list[ApprovalRequest]:
        await self.check(caller, thread)
        return [QUESTION]

    async def decide(
        self, caller: Caller, thread: str, request_id: str, **decision: Any
    ) -> PendingApproval:
        await self.check(caller, thread)
        if request_id != QUESTION.id:
            raise ApprovalNotFoundError(f"Nothing waits under {request_id!r}.")
        self.decisions.append(decision)
        return PendingApproval(workflow_id=thread, id=request_id)

    async def history(self, caller: Caller, thread: str) -> ConversationDetail:
        await self.check(caller, thread)
        return ConversationDetail(conversation=ConversationView(id=thread))

    async def dialogue(self, caller: Caller, thread: str) -> list[tuple[str, str]]:
        await self.check(caller, thread)
        return [("user", text) for (name, _), text in self.texts.items() if name == thread]

    async def usage(self, caller: Caller, thread: str) -> UsageView:
        await self.check(caller, thread)
        line = UsageLine(
            agent="Assistant",
            model="offline",
            calls=2,
            attempts=2,
            failed=0,
            input_tokens=0,
            cached_tokens=0,
            output_tokens=0,
            cost_usd=Decimal(0),
            unpriced_calls=0,
            offline=2,
            from_cache=0,
            seconds=0.1,
        )
        return UsageView(
            subject=thread, kind="conversation", spent=Spent(tool_calls=1), lines=(line,)
        )

    async def tools(self) -> ToolsView:
        own = ToolView(name="calculator", description="Sums.")
        asks = ToolView(name="pay", description="Pays.\x1b[31m", server="bank", asks=True)
        return ToolsView(tools=(own, asks), away=("shop",))

    async def export(self, caller: Caller, thread: str, form: str) -> str:
        await self.check(caller, thread)
        return "{}" if form == "json" else "# A chat"

    async def fork(
        self, caller: Caller, thread: str, *, after_turn: int | None = None
    ) -> OwnedThread:
        await self.check(caller, thread)
        return await self.open(caller, f"{thread}-fork"[-200:])

    async def end(self, caller: Caller, thread: str) -> None:
        await self.check(caller, thread)
        self.ended.add(thread)
