"""What finance does for its faces: every call is one workflow, found again under its id."""

from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from segue.errors.tools import KeyTakenError
from segue.finance.contracts import ReturnOnInvestment, StockPrice
from segue.finance.wire.names import CALCULATE_ROI, FINANCE_QUEUE, STOCK_PRICE
from segue.finance.wire.payloads import RoiRequest, StockPriceRequest
from segue.runtime.faults import from_failure

_Answer = TypeVar("_Answer", bound=BaseModel)


class FinanceService:
    """Prices and returns.

    Args:
        client: Of finance's namespace.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def stock_price(self, request: StockPriceRequest, run_id: str) -> StockPrice:
        """The price of a share.

        Args:
            request: Which.
            run_id: Id of the workflow; one that answered under it before answers the same again.

        Raises:
            KeyTakenError: The id is of another request.
            SegueError: What stopped it; the same id may be tried again.
        """
        answer = await self._run(STOCK_PRICE, request, StockPrice, run_id)
        _check_key(request.ticker == answer.ticker)
        return answer

    async def return_on_investment(self, request: RoiRequest, run_id: str) -> ReturnOnInvestment:
        """What a sum grows to.

        Args:
            request: Sum, rate and time.
            run_id: As ``stock_price`` takes it.

        Raises:
            KeyTakenError: The id is of another request.
            SegueError: What stopped it; the same id may be tried again.
        """
        answer = await self._run(CALCULATE_ROI, request, ReturnOnInvestment, run_id)
        _check_key(
            (request.principal, request.rate_percent, request.years)
            == (answer.principal, answer.rate_percent, answer.years)
        )
        return answer

    async def _run(
        self, workflow: str, request: BaseModel, answer: type[_Answer], run_id: str
    ) -> _Answer:
        try:
            try:
                handle: Any = await self._client.start_workflow(
                    workflow,
                    request,
                    result_type=answer,
                    id=run_id,
                    task_queue=FINANCE_QUEUE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                )
            except WorkflowAlreadyStartedError:  # it has answered
                handle = self._client.get_workflow_handle(run_id, result_type=answer)
            return await handle.result()
        except (WorkflowFailureError, RPCError) as failure:
            raise from_failure(failure) from failure


def _check_key(is_same: bool) -> None:  # noqa: FBT001 - it says what it is
    if not is_same:
        raise KeyTakenError("The idempotency key stands for a call with other arguments.")
