"""The beginning and the end of runs, in the database."""

from temporalio import activity

from segue.runs.contracts import (
    Item,
    RunClosed,
    RunClosing,
    Span,
    TurnOpened,
    TurnOpening,
)
from segue.runs.ports import AgentPorts
from segue.runs.questions import sha256_of
from segue.runs.store.audit import Deed
from segue.runs.worker.announcing import approval_event
from segue.runs.worker.prompts import opening_of
from segue.runs.worker.turn_records import TurnRecords
from segue.runs.workflow.approvals import (
    ANNOUNCE_REQUEST,
    RECORD_DECISION,
    ApprovalRequest,
    RecordedDecision,
)
from segue.runs.workflow.records import (
    CLOSE_RUN,
    FIND_REPLY,
    KEEP_ITEMS,
    OPEN_TURN,
    READ_ITEMS,
    Keeping,
    Reading,
    ReplyFound,
    ReplySearch,
)


class TurnActivities:
    """Statements to our own database; each is a few milliseconds and idempotent.

    Args:
        ports: Models and stores.
    """

    def __init__(self, ports: AgentPorts) -> None:
        self._ports = ports
        self._records = TurnRecords(ports)

    @activity.defn(name=OPEN_TURN)
    async def open_turn(self, opening: TurnOpening) -> TurnOpened:
        """Store what the user said, and say where the conversation stands.

        Raises:
            ConversationError: The conversation was deleted or is full.
            StorageError: The database is away.

        Idempotency: the operation is stored once; a second run gives what the first one gave.
        """
        log = opening.log
        place = await self._ports.conversations.append(
            log.id, opening.operation, opening.items, opening=opening_of(log, title=opening.title)
        )
        await self._records.tell(opening.turn, "turn.started", {})
        return TurnOpened(
            upto=place.last_turn if log.kind == "thread" else 0,
            span=(place.first, place.last),
            compact_upto=await self._records.compaction_due(log),
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
        end = await self._records.end(closing)
        await self._records.tell_end(closing, end)
        due = await self._records.compaction_due(closing.log, is_crowded=closing.is_crowded)
        if due is None:
            return end
        return end.model_copy(update={"compact_upto": due, "is_crowded": closing.is_crowded})

    @activity.defn(name=KEEP_ITEMS)
    async def keep_items(self, keeping: Keeping) -> Span:
        """Store items beside the turns of a conversation.

        Raises:
            ConversationError: The conversation was deleted or is full.
            StorageError: The database is away.

        Idempotency: the operation is stored once.
        """
        place = await self._ports.conversations.append(
            keeping.log.id, keeping.operation, keeping.items
        )
        return place.first, place.last

    @activity.defn(name=READ_ITEMS)
    async def read_items(self, reading: Reading) -> list[Item]:
        """Stored items.

        Raises:
            ConversationError: They are gone or cannot be read.
            StorageError: The database is away.

        Idempotency: reads only.
        """
        return await self._ports.conversations.read(reading.log.id, [reading.span])

    @activity.defn(name=FIND_REPLY)
    async def find_reply(self, search: ReplySearch) -> ReplyFound:
        """What came of a message that the thread may have answered before.

        Raises:
            ConversationError: The conversation was deleted or cannot be read.
            StorageError: The database is away.

        Idempotency: reads only.
        """
        return await self._records.find_reply(search)

    @activity.defn(name=ANNOUNCE_REQUEST)
    async def announce_request(self, request: ApprovalRequest) -> None:
        """List a question to a person, and tell those who watch the turn.

        Raises:
            StorageError: The database is away.

        Idempotency: it is listed and announced once; who watches may be told twice, under the same
        id.
        """
        await self._ports.approvals.put(activity.info().workflow_id or "", request)
        data = request.model_dump(mode="json", exclude={"turn", "conversation"})
        await self._records.tell(request.turn, "approval.requested", data)
        await self._ports.announce(approval_event(request, activity.info().workflow_id or ""))

    @activity.defn(name=RECORD_DECISION)
    async def record_decision(self, record: RecordedDecision) -> None:
        """Put a decision into the audit log, and take its question off the list.

        Raises:
            StorageError: The database is away.

        Idempotency: one entry for one request and outcome.
        """
        request, decision = record.request, record.decision
        deed = Deed(
            who=decision.who,
            what=f"approval.{record.outcome}",
            subject=request.id,
            why=decision.reason,
            details={
                "workflow_id": record.workflow_id,
                "kind": request.kind,
                "tool": request.tool,
                "arguments_sha256": request.arguments_sha256,
                "edited_sha256": sha256_of(decision.arguments) if decision.arguments else None,
                "asked_of": request.asked_of,
            },
        )
        await self._ports.audit.record(f"{request.id}/{record.outcome}/{request.asked_of}", deed)
        await self._ports.approvals.remove(record.workflow_id, request.id)
        await self._records.tell(
            request.turn, "approval.decided", {"id": request.id, "outcome": record.outcome}
        )
