"""What agents left behind, without an engine or a database: the test wrote it.

Run as a program it is ``segue`` on that, for tests that need a real process on a real terminal.
"""

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from segue.cli.main import build
from segue.errors.base import SegueError
from segue.errors.conversation import ConversationNotFoundError
from segue.errors.run import ApprovalNotFoundError, RunError
from segue.runs.contracts import Spent
from segue.runs.service.views import (
    AuditCheck,
    AuditView,
    CollectedPayloads,
    ConversationDetail,
    ConversationPage,
    ConversationView,
    DeletedConversation,
    EffectView,
    PendingApproval,
    PendingApprovals,
    StoredItem,
    UsageView,
)
from segue.sessions.turns import TurnRecord
from tests.fakes.doubles.music_service import FakeInstallation

if TYPE_CHECKING:
    from segue.runs.service.stored_records import KeptRecords
    from segue.wiring.app import Agents

NOON = 1_795_608_000.0  # 2026-11-25 12:00:00 UTC
HEAD = ConversationView(
    id="trip", title="Trip to Oslo", workflow_id="w1", items=2, turns=1, updated_at=NOON
)
DETAIL = ConversationDetail(
    conversation=HEAD,
    turns=(
        TurnRecord(
            number=1, spans=((1, 2),), agent="Clerk", model="gpt-x", tokens=7, created_at=NOON
        ),
    ),
    items=(
        StoredItem(seq=1, item={"role": "user", "content": "How is Oslo?"}),
        StoredItem(
            seq=2,
            item={"role": "assistant", "content": [{"type": "output_text", "text": "Cold."}]},
        ),
    ),
)
EFFECT = EffectView(
    key="w1/call-1", tool="transfer", workflow_id="w1", agent="Clerk", begun_at=NOON, attempt=2
)
APPROVAL = PendingApproval(
    workflow_id="w1",
    id="w1/q1",
    tool="transfer",
    arguments='{"amount": 100}',
    question="May Clerk run transfer?",
    expires_at=NOON,
)
ENTRY = AuditView(
    seq=4,
    op="op",
    at=NOON,
    who="ann",
    what="approval.approved",
    subject="w1/q1",
    why="fine",
    hash="ab",
)


NOTHING = PendingApprovals()
ONE_PAGE = ConversationPage(conversations=(HEAD,))
SOUND = AuditCheck(ok=True)
USED = UsageView(subject="w1", kind="workflow", spent=Spent(model_calls=1))
COLLECTED = CollectedPayloads(kept=1, deleted=2, freed_bytes=3)


@dataclass
class Kept:
    """What there is.

    Attributes:
        error: Raised by every question to the database.
    """

    page: ConversationPage = ONE_PAGE
    detail: ConversationDetail = DETAIL
    effects: Sequence[EffectView] = ()
    entries: Sequence[AuditView] = ()
    check: AuditCheck = SOUND
    used: UsageView = USED
    pending: PendingApprovals = NOTHING
    collected: CollectedPayloads = COLLECTED
    error: SegueError | None = None
    calls: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])


class FakeRecords:
    """Tells what is kept; ``calls`` holds what was asked for."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    async def conversations(self, *, limit: int = 50, after: str | None = None) -> ConversationPage:
        self._note("conversations", limit, after)
        return self.kept.page

    async def conversation(self, conversation: str) -> ConversationDetail:
        self._known(conversation)
        return self.kept.detail

    async def export(self, conversation: str, form: str) -> str:
        self._known(conversation)
        return f"{conversation} as {form}\n"

    async def fork(self, conversation: str, new_id: str, *, after_turn: int | None = None) -> None:
        self._note("fork", conversation, new_id, after_turn)

    async def delete(self, conversation: str) -> DeletedConversation:
        self._known(conversation)
        self._note("delete", conversation)
        return DeletedConversation(conversation=conversation, effects=2)

    async def unknown_effects(self, *, limit: int = 100, after: str = "") -> list[EffectView]:
        self._note("effects", limit, after)
        return list(self.kept.effects)

    async def resolve_effect(self, key: str, *, happened: bool, who: str, why: str) -> EffectView:
        if key != EFFECT.key:
            raise RunError(f"{key!r} was never begun.")
        self._note("resolve", key, happened, who, why)
        state = "done" if happened else "failed"
        return EFFECT.model_copy(update={"state": state, "resolved_by": who})

    async def audit(
        self, *, subject: str | None = None, after: int = 0, limit: int = 100
    ) -> list[AuditView]:
        self._note("audit", subject, after, limit)
        return list(self.kept.entries)

    async def verify_audit(self) -> AuditCheck:
        return self.kept.check

    async def export_audit(self) -> AsyncIterator[str]:
        for entry in self.kept.entries:
            yield f"{entry.seq}\n"

    async def usage(self, subject: str) -> UsageView:
        self._note("usage", subject)
        return self.kept.used

    async def approvals(
        self, *, limit: int = 1_000, after: str | None = None, asked_of: str | None = None
    ) -> PendingApprovals:
        self._note("approvals", limit, after, asked_of)
        return self.kept.pending

    async def decide(
        self,
        request_id: str,
        *,
        approve: bool,
        who: str,
        reason: str = "",
        arguments: str | None = None,
        arguments_sha256: str | None = None,
        workflow_id: str | None = None,
    ) -> PendingApproval:
        if request_id != APPROVAL.id:
            raise ApprovalNotFoundError(f"Nothing waits under {request_id!r}.")
        self._note(
            "decide", request_id, approve, who, reason, arguments, arguments_sha256, workflow_id
        )
        return APPROVAL

    async def collect_payloads(self) -> CollectedPayloads:
        return self.kept.collected

    def _note(self, *call: object) -> None:
        self.kept.calls.append(call)
        if self.kept.error:
            raise self.kept.error

    def _known(self, conversation: str) -> None:
        if conversation != HEAD.id:
            raise ConversationNotFoundError(f"There is no conversation {conversation!r}.")


class FakeAgents:
    """Agents that run."""

    def __init__(self, records: FakeRecords) -> None:
        self.records = records
        self.detached = False

    def detach(self) -> None:
        self.detached = True


class AgentInstallation(FakeInstallation):
    """A installation with records; ``opened`` counts how often Segue was joined or started."""

    def __init__(self, kept: Kept | None = None) -> None:
        super().__init__()
        self.kept = kept or Kept()
        self.records = FakeRecords(self.kept)
        self.agents = FakeAgents(self.records)

    @asynccontextmanager
    async def open_records(self) -> "AsyncGenerator[KeptRecords]":
        yield cast("KeptRecords", self.records)

    @asynccontextmanager
    async def open_agents(self) -> "AsyncGenerator[Agents]":
        self.opened += 1
        yield cast("Agents", self.agents)


if __name__ == "__main__":
    build()(sys.argv[1:], obj=AgentInstallation)
