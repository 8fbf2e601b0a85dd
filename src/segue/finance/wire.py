"""Names, queue, namespace, payloads and options of finance; frozen, because histories hold them."""

from datetime import timedelta
from decimal import Decimal
from typing import TypedDict

from pydantic import BaseModel
from temporalio.common import RetryPolicy

from segue.runtime.retries import ANSWERED_SOON

FINANCE_NAMESPACE = "finance-namespace"
FINANCE_QUEUE = "finance-tools-queue"
STOCK_PRICE = "GetStockPriceWorkflow"
CALCULATE_ROI = "CalculateROIWorkflow"
FETCH_QUOTE = "finance-fetch-quote"


class StockPriceRequest(BaseModel, frozen=True):
    """Input of ``GetStockPriceWorkflow``; the ticker is in capitals."""

    ticker: str


class RoiRequest(BaseModel, frozen=True):
    """Input of ``CalculateROIWorkflow``; the rate is in percent a year."""

    principal: Decimal
    rate_percent: Decimal
    years: int


class CallOptions(TypedDict):
    """What a call of an activity says besides its name and argument."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    retry_policy: RetryPolicy


# One request, which the client bounds at ten seconds of silence. The whole leaves time for a worker
# that is away to come back.
QUOTE_CALL: CallOptions = {
    "start_to_close_timeout": timedelta(seconds=20),
    "schedule_to_close_timeout": timedelta(minutes=10),
    "retry_policy": ANSWERED_SOON,
}
