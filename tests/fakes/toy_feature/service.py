"""What the toy does for its faces."""

from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError
from temporalio.service import RPCError

from segue.runtime.faults import from_failure
from tests.fakes.toy_feature.contracts import Tally
from tests.fakes.toy_feature.wire import TALLY, TALLY_QUEUE, TallyRequest


class TallyService:
    """Counts.

    Args:
        client: Of the toy's namespace.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def count(self, text: str) -> Tally:
        """Count the words of a text.

        Raises:
            TallyError: There is none, or there are too many.
            SegueError: What else stopped it.
        """
        try:
            return await self._client.execute_workflow(
                TALLY,
                TallyRequest(text=text),
                result_type=Tally,
                id=f"tally-{uuid4().hex}",
                task_queue=TALLY_QUEUE,
            )
        except (WorkflowFailureError, RPCError) as failure:
            raise from_failure(failure) from failure
