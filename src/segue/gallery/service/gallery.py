"""The gallery as faces use it: list patterns, run one, follow it, check all."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.base import SegueError
from segue.errors.sync import RunNotFoundError
from segue.gallery.catalogue import ROWS, Row, row_of
from segue.gallery.contracts import PatternCheck, PatternRun, PatternStep, PatternView
from segue.gallery.service.arguments import arguments_of, parameters_of
from segue.gallery.service.steps import steps_of
from segue.runs.contracts import Failure
from segue.runs.service.records import AgentRecords
from segue.runtime.faults import from_failure

CHECK_WITHIN = timedelta(seconds=60)  # a sample takes one or two; a machine may be busy
_CHECKER = "check"


class GalleryService:
    """Patterns and their runs.

    Args:
        client: Of the namespace where they run.
        records: Says who answered.
        rows: The patterns that there are.
    """

    def __init__(self, client: Client, records: AgentRecords, rows: Sequence[Row] = ROWS) -> None:
        self._client = client
        self._records = records
        self._rows = rows

    def patterns(self) -> list[PatternView]:
        """All of them, in the table's order."""
        return all_patterns(self._rows)

    async def start(self, slug: str, values: Sequence[Any] = (), *, owner: str) -> PatternRun:
        """Start a run.

        Args:
            slug: Of the pattern.
            values: Arguments by position; those that are not given are the first sample's.
            owner: Who starts it; the run's id says so.

        Raises:
            UnknownPatternError: There is no such pattern.
            InputError: An argument does not fit.
            SegueError: Temporal did not take it.
        """
        row = row_of(slug, self._rows)
        pattern = row.pattern()
        try:
            handle: WorkflowHandle[Any, Any] = await self._client.start_workflow(
                workflow_type(pattern.workflow),
                args=arguments_of(pattern, values),
                id=f"{_beginning(slug, owner)}{uuid4().hex[:16]}",
                task_queue=row.queue,
            )
        except RPCError as failure:
            raise from_failure(failure) from failure
        return PatternRun(workflow_id=handle.id, pattern=slug)

    async def run(
        self, slug: str, workflow_id: str, *, owner: str | None, within: timedelta | None
    ) -> PatternRun:
        """A run of a pattern as it is, or as it is when it ends.

        Args:
            slug: Of the pattern.
            workflow_id: Of the run.
            owner: Who asks; None: somebody who sees all runs.
            within: How long to wait for its end; None: for ever.

        Raises:
            RunNotFoundError: There is none, or it is somebody else's.
            SegueError: Temporal did not answer.
        """
        row_of(slug, self._rows)
        if not workflow_id.startswith(_beginning(slug, owner)):
            raise _no_run(workflow_id)
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            async with asyncio.timeout(within.total_seconds() if within is not None else None):
                return await self._ending(slug, handle)
        except TimeoutError:
            return PatternRun(workflow_id=workflow_id, pattern=slug)

    async def follow(self, workflow_id: str) -> AsyncGenerator[PatternStep]:
        """The steps of a run from its beginning on, until it ends.

        Raises:
            SegueError: Temporal did not answer.
        """
        try:
            async for step in steps_of(self._client, self._client.get_workflow_handle(workflow_id)):
                yield step
        except RPCError as failure:
            raise from_failure(failure) from failure

    async def check(self) -> AsyncGenerator[PatternCheck]:
        """Run every sample of every pattern; each as soon as it has ended.

        What samples expect is what the offline model answers.
        """
        for row in self._rows:
            for number in range(len(row.pattern().samples)):
                yield await self._check(row, number)

    async def _check(self, row: Row, number: int) -> PatternCheck:
        sample, began = row.pattern().samples[number], time.monotonic()
        try:
            start = await self.start(row.slug, sample.arguments, owner=_CHECKER)
            run = await self.run(row.slug, start.workflow_id, owner=_CHECKER, within=CHECK_WITHIN)
        except SegueError as error:
            problem = f"{error.code}: {error.message}"
        else:
            problem = _problem(run, sample.lacks(run.result))
        seconds = time.monotonic() - began
        return PatternCheck(slug=row.slug, sample=number + 1, problem=problem, seconds=seconds)

    async def _ending(self, slug: str, handle: WorkflowHandle[Any, Any]) -> PatternRun:
        result, failure, status = None, None, "completed"
        try:
            result = await handle.result()
        except WorkflowFailureError as ending:
            error = from_failure(ending)
            failure = Failure(code=error.code, message=error.message, hint=error.hint)
            status = await self._status(handle)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise _no_run(handle.id) from None
            raise from_failure(error) from error
        return PatternRun(
            workflow_id=handle.id,
            pattern=slug,
            status=status,
            result=result,
            failure=failure,
            offline=await self._was_offline(handle.id),
        )

    async def _status(self, handle: WorkflowHandle[Any, Any]) -> str:
        status = (await handle.describe()).status
        return status.name.lower() if status else ""

    async def _was_offline(self, workflow_id: str) -> bool:
        """Whether the rules answered at least once."""
        try:
            usage = await self._records.usage(workflow_id)
        except RunNotFoundError:  # no model was asked
            return False
        return any(line.offline for line in usage.lines)


def all_patterns(rows: Sequence[Row] = ROWS) -> list[PatternView]:
    """Patterns as faces see them."""
    return [view_of(row) for row in rows]


def view_of(row: Row) -> PatternView:
    """A pattern as faces see it."""
    pattern = row.pattern()
    return PatternView(
        slug=row.slug,
        title=pattern.title,
        shows=pattern.shows,
        when=pattern.when,
        when_not=pattern.when_not,
        workflow=workflow_type(pattern.workflow),
        queue=row.queue,
        parameters=parameters_of(pattern),
        sample=pattern.samples[0].arguments,
    )


def workflow_type(workflow: type) -> str:
    """The name under which clients start a workflow."""
    definition: Any = getattr(workflow, "__temporal_workflow_definition")
    return str(definition.name)


def _beginning(slug: str, owner: str | None) -> str:
    """How the ids of an owner's runs begin; None: of everybody's."""
    return f"gallery.{slug}." if owner is None else f"gallery.{slug}.{owner}."


def _no_run(workflow_id: str) -> RunNotFoundError:
    return RunNotFoundError(f"There is no run {workflow_id!r} of this pattern.", hint="")


def _problem(run: PatternRun, lacking: Sequence[str]) -> str:
    if run.failure:
        return f"{run.failure.code}: {run.failure.message}"
    if run.status != "completed":
        return f"it has not ended within {CHECK_WITHIN.total_seconds():g} s"
    return f"the answer has no {' and no '.join(lacking)}" if lacking else ""
