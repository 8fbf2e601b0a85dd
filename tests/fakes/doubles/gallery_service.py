"""The gallery's service without an engine, for the API and the commands."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from segue.errors.sync import RunNotFoundError
from segue.gallery.catalogue import row_of
from segue.gallery.contracts import PatternCheck, PatternRun, PatternStep, PatternView
from segue.gallery.service.gallery import all_patterns
from segue.runs.contracts import Failure

SLOW = "slow"  # what begins so is still running
BROKEN = "broken"


@dataclass
class FakeGallery:
    """Runs of patterns in memory; each answers with its first argument.

    Attributes:
        checks: What a check finds.
    """

    runs: dict[str, PatternRun] = field(default_factory=dict[str, PatternRun])
    checks: list[PatternCheck] = field(default_factory=list[PatternCheck])

    def patterns(self) -> list[PatternView]:
        return all_patterns()

    async def start(self, slug: str, values: Sequence[Any] = (), *, owner: str) -> PatternRun:
        row_of(slug)
        word = values[0] if values else "sample"
        start = PatternRun(workflow_id=f"gallery.{slug}.{owner}.{len(self.runs)}", pattern=slug)
        failure = Failure(code="run.refused", message="No.", hint="Ask for less.")
        ending = start
        if word == BROKEN:
            ending = start.model_copy(update={"status": "failed", "failure": failure})
        elif word != SLOW:
            ending = start.model_copy(
                update={"status": "completed", "result": word, "offline": True}
            )
        self.runs[start.workflow_id] = ending
        return start

    async def run(
        self, slug: str, workflow_id: str, *, owner: str | None, within: timedelta | None
    ) -> PatternRun:
        run = self.runs.get(workflow_id)
        if run is None or not workflow_id.startswith(f"gallery.{slug}.{owner or ''}"):
            raise RunNotFoundError(f"There is no run {workflow_id!r} of this pattern.")
        return run

    async def follow(self, workflow_id: str) -> AsyncGenerator[PatternStep]:
        yield PatternStep(kind="answer", name="Agent", text="Done.")
        yield PatternStep(kind="activity", name=workflow_id)

    async def check(self) -> AsyncGenerator[PatternCheck]:
        for each in self.checks:
            yield each
