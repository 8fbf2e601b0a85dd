"""A workflow whose activity finds something away, as often as its input says."""

from collections import Counter
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from segue.errors.tree import known_errors

SOON = timedelta(milliseconds=1)
TRIES: Counter[str] = Counter()  # by workflow id


@activity.defn
async def need(code: str, failures: int) -> str:
    """Fail so often, then answer."""
    TRIES[activity.info().workflow_id or ""] += 1
    if TRIES[activity.info().workflow_id or ""] <= failures:
        raise known_errors()[code]("it is away")
    return "here"


@workflow.defn
class NeedWorkflow:
    """One activity, tried up to ``attempts`` times in a row."""

    @workflow.run
    async def run(self, code: str, failures: int, attempts: int, local: bool) -> str:
        execute = workflow.execute_local_activity if local else workflow.execute_activity
        return await execute(
            need,
            args=[code, failures],
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(
                initial_interval=SOON, maximum_interval=SOON, maximum_attempts=attempts
            ),
        )
