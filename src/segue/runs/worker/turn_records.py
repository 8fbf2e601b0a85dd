"""What the beginning and the end of a run leave in the database, and what viewers are told."""

import dataclasses
import time
from contextlib import suppress

from pydantic import JsonValue
from temporalio import activity

from segue.errors.storage import StorageError
from segue.runs.contracts import (
    Log,
    RunClosed,
    RunClosing,
    RunOutcome,
)
from segue.runs.limits import KEPT_CHARACTERS
from segue.runs.outcomes import OK, outcome_of_turn
from segue.runs.ports import AgentPorts
from segue.runs.store.usage import Payer
from segue.runs.worker.announcing import turn_event
from segue.runs.worker.prompts import at_position, spans
from segue.runs.workflow.records import ReplyFound, ReplySearch
from segue.sessions.compaction import needs_compaction, tokens_shown
from segue.sessions.events.contracts import Kind
from segue.sessions.turns import TurnRecord, text_of

KEEP_RECENT = 10  # turns at most that no summary covers: what was just said is best word for word


class TurnRecords:
    """The records of runs, for the activities that begin and end them.

    Args:
        ports: Models and stores.
    """

    def __init__(self, ports: AgentPorts) -> None:
        self._ports = ports

    async def end(self, closing: RunClosing, *, tokens: int = 0) -> RunClosed:
        """Store the turn and count the run, together; the same operation again changes nothing.

        A turn that was closed otherwise, as when an interruption and the last answer meet, stays
        so, and its outcome is given.

        Args:
            closing: What there is to say.
            tokens: That the turn takes in a prompt; 0: not known.

        Raises:
            ConversationError: The conversation was deleted.
            StorageError: The database is away.
        """
        log, turn = closing.log, None
        async with self._ports.database.writing():
            if log.kind == "thread":
                await spans(
                    self._ports.conversations, log, f"{closing.operation}/unshown", closing.unshown
                )
                places = await spans(
                    self._ports.conversations, log, closing.operation, closing.transcript
                )
                turn = await self._ports.conversations.close_turn(
                    log.id,
                    closing.operation,
                    TurnRecord(
                        spans=tuple(places),
                        status=closing.status,
                        agent=closing.agent,
                        model=", ".join(closing.models),
                        text_seq=at_position(places, closing.text_at),
                        tokens=tokens,
                        note=_note(closing),
                    ),
                )
            await self._count(closing)
        if turn is None:
            return RunClosed()
        outcome = None
        if turn.status != closing.status:
            outcome = await self._outcome(log, turn, whole=closing.whole)
        return RunClosed(number=turn.number, text_seq=turn.text_seq, outcome=outcome)

    async def find_reply(self, search: ReplySearch) -> ReplyFound:
        """What came of a message.

        Raises:
            ConversationError: The conversation cannot be read.
            StorageError: The database is away.
        """
        store, log = self._ports.conversations, search.log
        message = await store.append_result(log.id, search.operation)
        if message is None:
            return ReplyFound(is_new_thread=not await store.exists(log.id))
        for turn in reversed(await store.turns(log.id)):
            has_name = search.turn is not None and turn.note.get("turn") == search.turn
            if has_name or any(first <= message.first <= last for first, last in turn.spans):
                outcome = await self._outcome(log, turn, whole=search.whole)
                return ReplyFound(outcome=outcome)
        return ReplyFound()

    async def _outcome(self, log: Log, turn: TurnRecord, *, whole: bool) -> RunOutcome:
        seq, text = turn.text_seq, ""
        if seq is not None:
            (item,) = await self._ports.conversations.read(log.id, [(seq, seq)])
            text = text_of(item)
        longest = len(text) if whole else KEPT_CHARACTERS
        return outcome_of_turn(log.id, turn, text[:longest], shortened=len(text) > longest)

    async def compaction_due(self, log: Log, *, is_crowded: bool = False) -> int | None:
        """The turn up to which a summary should stand for all; None: none is needed.

        Args:
            log: The conversation.
            is_crowded: The model could not read it, whatever the limit is.

        Raises:
            StorageError: The database is away.
        """
        limit = self._ports.compact_after_tokens
        if log.kind != "thread" or (limit is None and not is_crowded):
            return None  # and no reading of every turn: a conversation may have thousands
        turns = await self._ports.conversations.turns(log.id)
        if is_crowded:
            limit = tokens_shown(turns) // 2
        return needs_compaction(turns, tokens_limit=limit or 0, keep_recent=KEEP_RECENT)

    async def tell_end(self, closing: RunClosing, run: RunClosed) -> None:
        """Tell who watches, or asked to be told; a second call tells it under the same number."""
        closing = _as_it_ended(closing, run)
        kind: Kind = "turn.failed" if closing.error is not None else "turn.completed"
        end: dict[str, JsonValue] = {
            "number": run.number,
            "status": closing.status,
            "error": closing.error,
        }
        await self.tell(closing.turn, kind, end)
        if closing.log.kind == "thread":
            workflow_id = activity.info().workflow_id or ""
            await self._ports.announce(turn_event(closing, run, workflow_id, time.time()))

    async def tell(self, turn: str | None, kind: Kind, data: dict[str, JsonValue]) -> None:
        """Tell those who watch the turn; None: nobody does."""
        if turn is None:
            return
        with suppress(StorageError):  # the stream may miss something, the turn may not
            await self._ports.events.announce(turn, kind, data)

    async def _count(self, closing: RunClosing) -> None:
        payer = Payer(
            workflow_id=activity.info().workflow_id or "",
            conversation=closing.log.id,
            agent=closing.started_with,
        )
        await self._ports.accounts.invocation(
            closing.operation, payer=payer, status=closing.status, duration_s=closing.seconds
        )
        for at, handoff in enumerate(closing.handoffs):
            await self._ports.accounts.handoff(
                f"{closing.operation}/handoff/{at}",
                payer=dataclasses.replace(payer, agent=handoff.from_agent),
                to_agent=handoff.to_agent,
            )
            await self._ports.accounts.invocation(
                f"{closing.operation}/handed/{at}",
                payer=dataclasses.replace(payer, agent=handoff.to_agent),
                status=closing.status,
                duration_s=closing.seconds - handoff.at,
            )
        for at, inside in enumerate(closing.invoked):
            await self._ports.accounts.invocation(
                f"{closing.operation}/inside/{at}",
                payer=dataclasses.replace(payer, agent=inside.agent),
                status=inside.status,
                duration_s=inside.seconds,
            )
        for tool in closing.plain_tools:
            await self._ports.accounts.tool_call(
                tool.key,
                payer=dataclasses.replace(payer, agent=tool.agent),
                tool=tool.tool,
                error_code=tool.error_code,
                duration_s=tool.seconds,
            )


def _as_it_ended(closing: RunClosing, run: RunClosed) -> RunClosing:
    if (outcome := run.outcome) is None:
        return closing
    failure = outcome.failure
    ending = {
        "status": failure.code if failure else OK,
        "error": failure.message if failure else None,
        "agent": outcome.agent,
    }
    return closing.model_copy(update=ending)


def _note(closing: RunClosing) -> dict[str, JsonValue]:
    return {
        "spent": closing.spent.model_dump(mode="json"),
        "models": list(closing.models),
        "tools": list(closing.tools),
        "offline": closing.offline,
        "seconds": closing.seconds,
        "error": closing.error,
        "turn": closing.turn,  # deleting the conversation drops its stream
    }
