"""Questions that wait for people, in one list, so that nobody asks every workflow for them."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.input import InputError
from segue.runs.store.tables import APPROVAL_BACKLOG, APPROVALS
from segue.runs.workflow.approvals import ApprovalRequest
from segue.sessions.envelopes import disclose, enclose, renew_rows
from segue.sessions.sealing import Seal
from segue.storage.database import Database
from segue.storage.statements import upsert

EVERY_WORKFLOW = ""  # in the backlog: all that run; the migration that made the list put it there
_ROLLOUT_S = 86_400.0  # so long after an upgrade older workers may still ask without listing it
_KEEP_S = 7 * 86_400.0  # a worker that comes back so late still finds its question
_NAMES_AT_ONCE = 500  # parameters of a statement
_ORDER = (APPROVALS.c.asked_at, APPROVALS.c.workflow_id, APPROVALS.c.request_id)


@dataclass(frozen=True)
class Question:
    """A question and the workflow that waits for its answer."""

    workflow_id: str
    request: ApprovalRequest


@dataclass(frozen=True)
class Questions:
    """Some questions, the oldest first.

    Attributes:
        next: Place of the page after this one; None: this is the last.
        backlog: Workflows whose questions may not be in the list, whatever the page.
    """

    questions: tuple[Question, ...]
    next: str | None
    backlog: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """How much waits for people.

    Attributes:
        questions: Whose time is not up.
        oldest_s: Seconds since the oldest of them was asked; 0: there is none.
    """

    questions: int
    oldest_s: float


class ApprovalStore:
    """Questions to people, as the workflows that ask them wrote them down.

    Whether a question still waits, its workflow says when a decision reaches it: one that was
    terminated leaves its questions here until their time is up.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated; the caller closes it.
        seal: Encrypts what is asked, since arguments are content; None: plain.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        database: Database,
        *,
        seal: Seal | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database.of("runs")
        self._seal = seal
        self._clock = clock

    async def put(self, workflow_id: str, request: ApprovalRequest) -> None:
        """List a question; one that is asked of somebody else now is replaced."""
        async with self._database.writing() as connection:
            old = APPROVALS.c.expires_at < self._clock() - _KEEP_S
            await connection.execute(sa.delete(APPROVALS).where(old))
            await self._insert(connection, [Question(workflow_id, request)])

    async def remove(self, workflow_id: str, request_id: str) -> None:
        """Take a question off the list; one that is not there is no error."""
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(APPROVALS).where(_is(workflow_id, request_id)))

    async def doubt(self, workflow_id: str, request_id: str) -> bool:
        """Take a question off the list of which its workflow knows nothing.

        The workflow goes to the backlog: perhaps it was just about to ask.

        Returns:
            Whether the question was listed.
        """
        statement = sa.delete(APPROVALS).where(_is(workflow_id, request_id))
        async with self._database.writing() as connection:
            count = (await connection.execute(statement)).rowcount
            if count:
                await self._into_backlog(connection, [workflow_id])
        return bool(count)

    async def page(
        self, *, limit: int, after: str | None = None, asked_of: str | None = None
    ) -> Questions:
        """At most ``limit`` questions whose time is not up, the oldest first.

        Args:
            limit: > 0.
            after: ``next`` of the page before; None: the first page.
            asked_of: Only those that this person may decide; None: all.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        conditions = [APPROVALS.c.expires_at > self._clock()]
        if after is not None:
            conditions.append(sa.tuple_(*_ORDER) > sa.tuple_(*_place(after)))
        if asked_of is not None:
            conditions.append(APPROVALS.c.asked_of.in_(["", asked_of]))
        statement = sa.select(APPROVALS).where(*conditions).order_by(*_ORDER).limit(limit + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
            backlog = await connection.scalars(sa.select(APPROVAL_BACKLOG.c.workflow_id))
            return Questions(
                tuple(self._question(row) for row in rows[:limit]),
                _name(rows[limit - 1]) if len(rows) > limit else None,
                tuple(sorted(backlog)),
            )

    async def waiting(self) -> Waiting:
        """How many questions wait, and for how long the oldest has."""
        now = self._clock()
        statement = sa.select(sa.func.count(), sa.func.min(APPROVALS.c.asked_at)).where(
            APPROVALS.c.expires_at > now
        )
        async with self._database.reading() as connection:
            questions, oldest_at = (await connection.execute(statement)).one()
        return Waiting(questions, max(now - oldest_at, 0.0) if questions else 0.0)

    async def workflows(self, request_id: str) -> list[str]:
        """Where a question of this id is listed, sorted."""
        statement = sa.select(APPROVALS.c.workflow_id).where(APPROVALS.c.request_id == request_id)
        async with self._database.reading() as connection:
            return sorted(await connection.scalars(statement))

    async def catch_up(self, answers: Mapping[str, Sequence[ApprovalRequest] | None]) -> None:
        """List what workflows of the backlog say they wait for, and take those off the backlog.

        ``EVERY_WORKFLOW`` stays there until older workers are surely gone, a day after the upgrade.

        Args:
            answers: By workflow; None: it did not say, and stays in the backlog.
        """
        requests = {name: answer for name, answer in answers.items() if answer is not None}
        questions = [Question(name, each) for name, some in requests.items() for each in some]
        async with self._database.writing() as connection:
            await self._insert(connection, questions)
            name, since = APPROVAL_BACKLOG.c.workflow_id, APPROVAL_BACKLOG.c.since
            over = sa.and_(name == EVERY_WORKFLOW, since < self._clock() - _ROLLOUT_S)
            await connection.execute(sa.delete(APPROVAL_BACKLOG).where(over))
            for start in range(0, len(requests), _NAMES_AT_ONCE):
                some = list(requests)[start : start + _NAMES_AT_ONCE]
                await connection.execute(sa.delete(APPROVAL_BACKLOG).where(name.in_(some)))
            silent = [each for each in answers if each not in requests]
            await self._into_backlog(connection, silent)

    async def forget(self, conversation: str) -> None:
        """Erase the questions of a deleted conversation."""
        async with self._database.erasing() as connection:
            statement = sa.delete(APPROVALS).where(APPROVALS.c.conversation == conversation)
            await connection.execute(statement)

    async def _insert(self, connection: AsyncConnection, questions: Sequence[Question]) -> None:
        if not questions:
            return
        columns = ("conversation", "asked_of", "asked_at", "expires_at", "request")
        statement = upsert(connection.dialect.name, APPROVALS, replace=columns)
        await connection.execute(statement, [self._row(each) for each in questions])

    async def _into_backlog(self, connection: AsyncConnection, names: Sequence[str]) -> None:
        if names:
            statement = upsert(connection.dialect.name, APPROVAL_BACKLOG, replace=())
            rows = [{"workflow_id": name, "since": self._clock()} for name in names]
            await connection.execute(statement, rows)

    async def rewrap(self) -> int:
        """Bring all questions under the first master key; how many were not before.

        Those whose key is not configured stay. Without master keys it does nothing.
        """
        return await renew_rows(self._database, self._seal, [APPROVALS.c.request], _envelope)

    def _row(self, question: Question) -> dict[str, object]:
        workflow_id, request = question.workflow_id, question.request
        envelope = _envelope(workflow_id, request.id)
        return {
            "workflow_id": workflow_id,
            "request_id": request.id,
            "conversation": request.conversation,
            "asked_of": request.asked_of,
            "asked_at": request.asked_at,
            "expires_at": request.expires_at,
            "request": enclose(self._seal, envelope, request.model_dump_json()),
        }

    def _question(self, row: sa.Row[Any]) -> Question:
        try:
            text = disclose(self._seal, _envelope(row.workflow_id, row.request_id), row.request)
            request = ApprovalRequest.model_validate_json(text)
        except ConversationUnreadableError:  # one lost key must not hide the other questions
            request = ApprovalRequest(
                id=row.request_id,
                conversation=row.conversation,
                asked_of=row.asked_of,
                asked_at=row.asked_at,
                expires_at=row.expires_at,
            )
        return Question(row.workflow_id, request)


def _is(workflow_id: str, request_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(APPROVALS.c.workflow_id == workflow_id, APPROVALS.c.request_id == request_id)


def _envelope(workflow_id: str, request_id: str) -> str:
    return f"approval {json.dumps([workflow_id, request_id])}"


def _name(row: sa.Row[Any]) -> str:
    return json.dumps([row.asked_at, row.workflow_id, row.request_id])


def _place(after: str) -> tuple[float, str, str]:
    match _parse(after):
        case [int() | float() as asked_at, str() as workflow_id, str() as request_id]:
            return float(asked_at), workflow_id, request_id
        case _:
            raise InputError("The place in the list is not one that a page gave.")


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
