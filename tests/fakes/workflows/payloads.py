"""Workflows and activities that make large texts and hand them on."""

from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from segue.runtime.retries import ONCE

_SOON = timedelta(seconds=30)


@activity.defn(name="write-text")
async def write_text(letter: str, size: int) -> str:
    return letter * size


@activity.defn(name="beat-text")
async def beat_text(letter: str, size: int) -> None:
    activity.heartbeat(letter * size)
    await activity.wait_for_worker_shutdown()


@workflow.defn(name="WriteText")
class WriteTextWorkflow:
    """Has a text written, and says how long it is."""

    @workflow.run
    async def run(self, letter: str, size: int) -> int:
        text = await workflow.execute_activity(
            write_text,
            args=[letter, size],
            start_to_close_timeout=_SOON,
            retry_policy=ONCE,
        )
        return len(text)


@workflow.defn(name="EchoText")
class EchoTextWorkflow:
    """Answers with what it was given."""

    @workflow.run
    async def run(self, text: str) -> str:
        return text


@workflow.defn(name="ParentOfText")
class ParentOfTextWorkflow:
    """Has a child make a text from a letter, and waits; then says how long it was."""

    def __init__(self) -> None:
        self.released = False
        self.text = ""

    @workflow.run
    async def run(self, letter: str, size: int) -> int:
        self.text = await workflow.execute_child_workflow(
            MakeTextWorkflow.run, args=[letter, size], id=f"{workflow.info().workflow_id}-child"
        )
        await workflow.wait_condition(lambda: self.released)
        return len(self.text)

    @workflow.query
    def heard(self) -> bool:
        return bool(self.text)

    @workflow.signal
    def release(self) -> None:
        self.released = True


@workflow.defn(name="MakeText")
class MakeTextWorkflow:
    """Answers with a large text, made in the workflow."""

    @workflow.run
    async def run(self, letter: str, size: int) -> str:
        return letter * size


@workflow.defn(name="BeatText")
class BeatTextWorkflow:
    """Waits for an activity that reported a large text and goes on working."""

    @workflow.run
    async def run(self, letter: str, size: int) -> None:
        await workflow.execute_activity(
            beat_text, args=[letter, size], start_to_close_timeout=_SOON, retry_policy=ONCE
        )


WORKFLOWS: Sequence[type] = (
    WriteTextWorkflow,
    EchoTextWorkflow,
    ParentOfTextWorkflow,
    MakeTextWorkflow,
    BeatTextWorkflow,
)
