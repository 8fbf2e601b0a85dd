"""The stream of a workflow that clients follow while it runs: its topics and its end."""

from datetime import timedelta

from temporalio import workflow
from temporalio.contrib.workflow_streams import WorkflowStream

ITEMS = "items"  # what a run has done, step by step
DONE = "done"  # nothing follows

# A stream lives in the memory of its workflow, and subscribers poll every 100 ms.
DRAIN = timedelta(milliseconds=500)


async def end_stream(stream: WorkflowStream) -> None:
    """Publish that nothing follows, and wait until subscribers have read the rest."""
    stream.topic(DONE, type=bool).publish(value=True)
    await workflow.sleep(DRAIN)
    stream.detach_pollers()
    await workflow.wait_condition(workflow.all_handlers_finished)
