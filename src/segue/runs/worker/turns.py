"""The beginning and the end of runs, in the database."""

import dataclasses
import hashlib
from contextlib import suppress

from pydantic import JsonValue
from temporalio import activity

from segue.errors.storage import StorageError
from segue.runs.contracts import (
    Item,
    Keeping,
    Log,
    Reading,
    RunClosed,
    RunClosing,
    Span,
    TurnOpened,
    TurnOpening,
)
from segue.runs.ports import AgentPorts
from segue.runs.store.audit import Deed
from segue.runs.store.usage import Payer
from segue.runs.worker.prompts import at_position, spans
from segue.runs.workflow.approvals import (
    ANNOUNCE_REQUEST,
    RECORD_DECISION,
    ApprovalRequest,
    RecordedDecision,
)
from segue.runs.workflow.records import CLOSE_RUN, KEEP_ITEMS, OPEN_TURN, READ_ITEMS
from segue.sessions.compaction import needs_compaction
from segue.sessions.events.contracts import Kind
from segue.sessions.turns import TurnRecord

KEEP_RECENT = (
    10  # turns that a summary never covers: what was said just now is needed word for word
)


class TurnActivities:
    """Statements to our own database; each is a few milliseconds and idempotent.

    Args:
        ports: Models and stores.
    """

    def __init__(self, ports: AgentPorts) -> None:
        self._ports = ports

    @activity.defn(name=OPEN_TURN)
    async def open_turn(self, opening: TurnOpening) -> TurnOpened:
        """Store what the user said, and say where the conversation stands.

        Raises:
            ConversationError: The conversation was deleted or is full.
            StorageError: The database is away.

        Idempotency: the operation is stored once; a second run gives what the first one gave.
        """
        log = opening.log
        await self._ports.conversations.open(
            log.id,
            kind=log.kind,
            parent=log.parent,
            workflow_id=activity.info().workflow_id or "",
            title=opening.title,
        )
        kept = await self._ports.conversations.append(log.id, opening.operation, opening.items)
        upto = await self._ports.conversations.last_turn(log.id) if log.kind == "thread" else 0
        await self._tell(opening.turn, "turn.started", {})
        return TurnOpened(
            upto=upto, span=(kept.first, kept.last), compact_upto=await self._due(log)
        )

    @activity.defn(name=CLOSE_RUN)
    async def close_run(self, closing: RunClosing) -> RunClosed:
        """Store the turn, count the run, and tell those who watch that it ended.

        Raises:
            ConversationError: The conversation was deleted.
            StorageError: The database is away.

        Idempotency: turn and counts are stored once under the operation; a second run changes
        nothing. Whoever watches may be told the end twice, under the same number.
        """
        log, number, seq = closing.log, 0, None
        if log.kind == "thread":
            found = await spans(
                self._ports.conversations, log, closing.operation, closing.transcript
            )
            seq = at_position(found, closing.text_at)
            number = await self._ports.conversations.close_turn(
                log.id,
                closing.operation,
                TurnRecord(
                    spans=tuple(found),
                    status=closing.status,
                    agent=closing.agent,
                    model=", ".join(closing.models),
                    text_seq=seq,
                    note=_note(closing),
                ),
            )
        await self._count(closing)
        kind: Kind = "turn.failed" if closing.error is not None else "turn.completed"
        await self._tell(
            closing.turn,
            kind,
            {"number": number, "status": closing.status, "error": closing.error},
        )
        return RunClosed(number=number, text_seq=seq)

    @activity.defn(name=KEEP_ITEMS)
    async def keep_items(self, keeping: Keeping) -> Span:
        """Store items beside the turns of a conversation.

        Raises:
            ConversationError: The conversation was deleted or is full.
            StorageError: The database is away.

        Idempotency: the operation is stored once.
        """
        kept = await self._ports.conversations.append(
            keeping.log.id, keeping.operation, keeping.items
        )
        return kept.first, kept.last

    @activity.defn(name=READ_ITEMS)
    async def read_items(self, reading: Reading) -> list[Item]:
        """Stored items.

        Raises:
            ConversationError: They are gone or cannot be read.
            StorageError: The database is away.

        Idempotency: reads only.
        """
        return await self._ports.conversations.read(reading.log.id, [reading.span])

    @activity.defn(name=ANNOUNCE_REQUEST)
    async def announce_request(self, request: ApprovalRequest) -> None:
        """List a question to a person, and tell those who watch the turn.

        Raises:
            StorageError: The database is away.

        Idempotency: it is listed once; who watches may be told twice, under the same id.
        """
        await self._ports.approvals.put(activity.info().workflow_id or "", request)
        data = request.model_dump(mode="json", exclude={"turn", "conversation"})
        await self._tell(request.turn, "approval.requested", data)

    @activity.defn(name=RECORD_DECISION)
    async def record_decision(self, made: RecordedDecision) -> None:
        """Put a decision into the audit log, and take its question off the list.

        Raises:
            StorageError: The database is away.

        Idempotency: one entry for one request and outcome.
        """
        request, decision = made.request, made.decision
        deed = Deed(
            who=decision.who,
            what=f"approval.{made.outcome}",
            subject=request.id,
            why=decision.reason,
            details={
                "workflow_id": made.workflow_id,
                "kind": request.kind,
                "tool": request.tool,
                "arguments_sha256": _digest(request.arguments),
                "edited_sha256": _digest(decision.arguments) if decision.arguments else None,
                "asked_of": request.asked_of,
            },
        )
        await self._ports.audit.record(f"{request.id}/{made.outcome}/{request.asked_of}", deed)
        await self._ports.approvals.remove(made.workflow_id, request.id)
        await self._tell(
            request.turn, "approval.decided", {"id": request.id, "outcome": made.outcome}
        )

    async def _due(self, log: Log) -> int | None:
        limit = self._ports.compact_after_tokens
        if limit is None or log.kind != "thread":
            return None  # and no reading of every turn: a conversation may have thousands
        turns = await self._ports.conversations.turns(log.id)
        return needs_compaction(turns, tokens_limit=limit, keep_recent=KEEP_RECENT)

    async def _count(self, closing: RunClosing) -> None:
        payer = Payer(
            workflow_id=activity.info().workflow_id or "",
            conversation=closing.log.id,
            agent=closing.started_with,
        )
        await self._ports.accounts.invocation(
            closing.operation, payer=payer, status=closing.status, duration_s=closing.seconds
        )
        for at, handed in enumerate(closing.handoffs):
            await self._ports.accounts.handoff(
                f"{closing.operation}/handoff/{at}",
                payer=dataclasses.replace(payer, agent=handed.from_agent),
                to_agent=handed.to_agent,
            )
            await self._ports.accounts.invocation(
                f"{closing.operation}/handed/{at}",
                payer=dataclasses.replace(payer, agent=handed.to_agent),
                status=closing.status,
                duration_s=closing.seconds - handed.at,
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

    async def _tell(self, turn: str | None, kind: Kind, data: dict[str, JsonValue]) -> None:
        if turn is None:
            return
        with suppress(StorageError):  # the stream may miss something, the turn may not
            await self._ports.events.announce(turn, kind, data)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _note(closing: RunClosing) -> dict[str, JsonValue]:
    return {
        "spent": closing.spent.model_dump(mode="json"),
        "models": list(closing.models),
        "offline": closing.offline,
        "seconds": closing.seconds,
        "error": closing.error,
        "turn": closing.turn,  # deleting the conversation drops its stream
    }
