"""The assistant as faces use it: one class for commands, routes and MCP servers."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client

from segue.assistant.agents.names import OWN_TOOLS
from segue.assistant.contracts import (
    Caller,
    OwnedThread,
    ReplyView,
    ThreadView,
    ToolsView,
    ToolView,
)
from segue.assistant.service.chats import Chats
from segue.assistant.service.reply_waits import ReplyWaits
from segue.assistant.service.views import reply_of_outcome, reply_of_turn
from segue.assistant.store import ThreadStore
from segue.assistant.wire.payloads import AcceptedMessage, PostedMessage, turn_name
from segue.errors.conversation import ConversationNotFoundError
from segue.errors.input import InputError
from segue.errors.sync import RunNotFoundError
from segue.runs.service.client import pending_approvals
from segue.runs.service.records import AgentRecords
from segue.runs.service.stored_records import ExportFormat
from segue.runs.service.views import ConversationDetail, PendingApproval, UsageView
from segue.runs.workflow.approvals import ApprovalRequest
from segue.runs.workflow.thread_state import Busy, Reply
from segue.sessions.events.contracts import TurnEvent
from segue.sessions.events.fanout import TurnEvents
from segue.sessions.turns import text_of

LONGEST_ID = 200


class AssistantService:
    """Threads with the assistant. Who may see a thread is checked by every method.

    Every method raises ``StorageError`` while the database is away, and, where it calls Temporal,
    what ``from_failure`` makes of a refused call.

    Args:
        client: Of the namespace where chats run.
        threads: Whose threads there are.
        records: What was said, and what it used.
        events: Turns as they go.
        most_characters: Of one message.
    """

    def __init__(
        self,
        client: Client,
        threads: ThreadStore,
        records: AgentRecords,
        events: TurnEvents,
        *,
        most_characters: int,
    ) -> None:
        self._chats = Chats(client, most_characters)
        self._threads = threads
        self._records = records
        self._events = events
        self._most = most_characters
        self._waits = ReplyWaits(self._chats.replies)

    async def aclose(self) -> None:
        """Stop waiting for replies."""
        await self._waits.aclose()

    # --- threads ---

    async def open(
        self, caller: Caller, thread: str | None = None, *, while_busy: Busy = "queue"
    ) -> OwnedThread:
        """A thread of the caller's, made where it is new; nothing runs before its first message.

        What somebody has said elsewhere, to an agent or by a client of the public demo, becomes the
        thread of one who sees all, and of nobody else.

        Args:
            caller: Who asks.
            thread: None: a new one.
            while_busy: Of a new one: what becomes of a message while another is answered.

        Raises:
            ConversationNotFoundError: It is somebody else's, or another conversation or workflow.
            InputError: The id cannot be one.
        """
        name = thread or f"chat-{uuid4().hex}"
        if len(name) > LONGEST_ID or not name.isprintable() or name != name.strip():
            raise InputError(f"Expected a thread's id of 1 to {LONGEST_ID} printable characters.")
        try:
            row = await self._threads.of(name, None)
        except ConversationNotFoundError:
            if thread is not None and not caller.sees_all and await self._is_taken(name):
                # By something else; or by the caller's own message that came at the same time.
                return await self._threads.of(name, caller.name)
            return await self._threads.claim(name, caller.name, while_busy)
        return row if caller.sees_all else await self._threads.of(name, caller.name)

    async def check(self, caller: Caller, thread: str) -> None:
        """Pass where the caller may see the thread.

        Raises:
            ConversationNotFoundError: There is none, or it is somebody else's.
        """
        await self._threads.of(thread, caller.owner)

    async def threads(
        self, caller: Caller, *, limit: int = 50, after: str | None = None
    ) -> list[OwnedThread]:
        """The caller's threads, the newest first.

        Args:
            caller: Who asks.
            limit: At most so many, > 0.
            after: Id of the last one of the page before.
        """
        last = await self._threads.of(after, caller.owner) if after else None
        return await self._threads.page(caller.owner, limit=limit, before=last)

    async def thread(self, caller: Caller, thread: str) -> ThreadView:
        """A thread as it stands.

        Raises:
            ConversationNotFoundError: There is none, or it is somebody else's.
        """
        row = await self._threads.of(thread, caller.owner)
        status = await self._chats.status(thread)
        if status is None:
            return ThreadView(**row.model_dump())
        return ThreadView(**row.model_dump(), open=True, ended=status.ended, waiting=status.waiting)

    async def end(self, caller: Caller, thread: str) -> None:
        """Let a thread answer what waits, and then close.

        Raises:
            ConversationNotFoundError: There is none, or it is somebody else's.
        """
        await self._threads.of(thread, caller.owner)
        await self._chats.end(thread)

    # --- messages and replies ---

    async def post(
        self, caller: Caller, thread: str, text: str, *, message_id: str | None = None
    ) -> AcceptedMessage:
        """Say something; it is stored when this returns, and answered in its turn.

        One round trip starts the thread or goes on with it.

        Args:
            caller: Who says it.
            thread: A new id begins a thread.
            text: Their words.
            message_id: The same id again is the same message; None: a new one.

        Raises:
            InputError: It is empty, or too long.
            ConversationError: The thread does not take it.
        """
        if not text.strip() or len(text) > self._most:
            raise InputError(
                f"Expected a message of 1 to {self._most} characters, got {len(text.strip())}.",
                hint="SEGUE_CHAT_MESSAGE_CHARACTERS says how long one may be.",
            )
        row = await self.open(caller, thread)
        name = message_id or uuid4().hex
        return await self._chats.post(
            row, PostedMessage(message_id=name, text=text, user=caller.name)
        )

    async def reply(self, caller: Caller, thread: str, message_id: str) -> ReplyView | None:
        """What came of a message; None: it is still to be answered.

        Raises:
            ConversationNotFoundError: No such thread or message, or it is somebody else's.
        """
        await self._threads.of(thread, caller.owner)
        return await self._reply(thread, message_id)

    async def wait_for_reply(
        self, caller: Caller, thread: str, message_id: str, *, within: timedelta
    ) -> ReplyView | None:
        """What came of a message, as soon as there is something; None: not in time.

        No update is held open, and Temporal is asked once for all who wait on a thread.

        Raises:
            ConversationNotFoundError: No such thread or message, or it is somebody else's.
        """
        await self._threads.of(thread, caller.owner)
        try:
            async with asyncio.timeout(within.total_seconds()):
                reply = await self._waits.reply(thread, message_id)
        except TimeoutError:
            return None
        return await self._view(thread, message_id, reply)

    async def follow(
        self, caller: Caller, thread: str, message_id: str, *, after: int = 0
    ) -> AsyncGenerator[TurnEvent | None]:
        """The events of a message's turn above ``after``, up to its end.

        Yields:
            Events; None after each quarter of a minute of silence.

        Raises:
            ConversationNotFoundError: There is no such thread, or it is somebody else's.
        """
        await self._threads.of(thread, caller.owner)
        async for event in self._events.follow(turn_name(thread, message_id), after):
            yield event
            # The end of a turn that nobody was able to store is known to its thread.
            if event is None and await self._reply(thread, message_id) is not None:
                return

    # --- what a person decides ---

    async def approvals(self, caller: Caller, thread: str) -> list[ApprovalRequest]:
        """What the thread waits for, the oldest question first.

        Raises:
            ConversationNotFoundError: There is none, or it is somebody else's.
        """
        await self._threads.of(thread, caller.owner)
        try:
            return await pending_approvals(self._chats.chat(thread))
        except RunNotFoundError:
            return []

    async def decide(  # noqa: PLR0913 - what a decision holds
        self,
        caller: Caller,
        thread: str,
        request_id: str,
        *,
        approve: bool,
        who: str,
        reason: str = "",
        arguments: str | None = None,
        arguments_sha256: str | None = None,
    ) -> PendingApproval:
        """Take a decision on something that the thread waits for; it is on record then.

        Args:
            caller: Who asks.
            thread: Its id.
            request_id: Of the question.
            approve: Yes or no.
            who: The person, as the face has established it.
            reason: In their words.
            arguments: JSON object to be used instead of the model's.
            arguments_sha256: Of the arguments that the person saw; others are refused.

        Raises:
            ConversationNotFoundError: No such thread, or it is somebody else's.
            ApprovalNotFoundError: Nothing with this id waits there.
            SegueError: As ``AgentRecords.decide``.
        """
        await self._threads.of(thread, caller.owner)
        return await self._records.decide(
            request_id,
            approve=approve,
            who=who,
            reason=reason,
            arguments=arguments,
            arguments_sha256=arguments_sha256,
            workflow_id=thread,
        )

    # --- what is stored ---

    async def history(self, caller: Caller, thread: str) -> ConversationDetail:
        """All that was said.

        Raises:
            ConversationNotFoundError: Nothing was, or it is somebody else's.
        """
        await self._threads.of(thread, caller.owner)
        return await self._records.conversation(thread)

    async def dialogue(self, caller: Caller, thread: str) -> list[tuple[str, str]]:
        """Who said what, in order, without what tools said.

        Raises:
            ConversationNotFoundError: Nothing was said, or it is somebody else's.
        """
        detail = await self.history(caller, thread)
        return [
            (str(each.item["role"]), text_of(each.item))
            for each in detail.items
            if each.item.get("role") in {"user", "assistant"}
        ]

    async def export(self, caller: Caller, thread: str, form: ExportFormat) -> str:
        """All that was said, as a file's text.

        Raises:
            ConversationNotFoundError: Nothing was, or it is somebody else's.
        """
        await self._threads.of(thread, caller.owner)
        return await self._records.export(thread, form)

    async def fork(
        self, caller: Caller, thread: str, *, after_turn: int | None = None
    ) -> OwnedThread:
        """A new thread that begins with the turns up to ``after_turn`` (None: all).

        Raises:
            ConversationNotFoundError: No such thread or turn, or it is somebody else's.
        """
        row = await self._threads.of(thread, caller.owner)
        new = f"chat-{uuid4().hex}"
        await self._records.fork(thread, new, after_turn=after_turn)
        return await self._threads.claim(new, row.owner, row.while_busy)

    async def usage(self, caller: Caller, thread: str) -> UsageView:
        """What the thread has used, by agent and model.

        Raises:
            ConversationNotFoundError: There is none, or it is somebody else's.
            RunNotFoundError: Nothing was used yet.
        """
        await self._threads.of(thread, caller.owner)
        return await self._records.usage(thread)

    async def tools(self) -> ToolsView:
        """What the assistant may use at this moment.

        Raises:
            TemporalUnreachableError: No worker said so in time.
        """
        servers = (await self._chats.tools()).servers
        own = [ToolView(name=name, description=text) for name, text in OWN_TOOLS.items()]
        theirs = [
            ToolView(
                name=tool.name,
                description=tool.description,
                server=each.server,
                asks=tool.asks,
            )
            for each in servers
            for tool in each.tools
        ]
        away = tuple(each.server for each in servers if each.away)
        return ToolsView(tools=(*own, *theirs), away=away)

    async def _is_taken(self, name: str) -> bool:
        """Whether something else has this id already."""
        return await self._records.has_conversation(name) or await self._chats.is_known(name)

    async def _reply(self, thread: str, message_id: str) -> ReplyView | None:
        try:
            answer = await self._chats.replies(thread, [message_id])
        except RunNotFoundError:  # Temporal keeps what has ended for some days only
            return await self._stored_reply(thread, message_id)
        if message_id in answer.waiting:
            if await self._chats.is_running(thread):
                return None
            return await self._stored_reply(thread, message_id)
        return await self._view(thread, message_id, next(iter(answer.replies), None))

    async def _view(self, thread: str, message_id: str, reply: Reply | None) -> ReplyView:
        if reply is None or reply.outcome is None:
            return await self._stored_reply(thread, message_id)
        view = reply_of_outcome(thread, message_id, reply.outcome)
        if not reply.outcome.shortened or reply.outcome.text_seq is None:
            return view
        text = await self._records.text(thread, reply.outcome.text_seq)
        return view.model_copy(update={"text": text})

    async def _stored_reply(self, thread: str, message_id: str) -> ReplyView:
        turn = await self._records.turn_named(thread, turn_name(thread, message_id))
        if turn is None:
            raise ConversationNotFoundError(
                f"There is no message {message_id!r} in thread {thread!r}.", hint=""
            )
        return reply_of_turn(thread, message_id, turn)
