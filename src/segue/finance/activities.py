"""What finance does outside of workflows."""

from temporalio import activity

from segue.finance.contracts import StockPrice
from segue.finance.quotes.port import Quotes
from segue.finance.wire.names import FETCH_QUOTE
from segue.finance.wire.payloads import StockPriceRequest


class FinanceActivities:
    """Asking for prices.

    Args:
        quotes: Where prices come from.
    """

    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes

    @activity.defn(name=FETCH_QUOTE)
    async def fetch_quote(self, request: StockPriceRequest) -> StockPrice:
        """The newest price of a share.

        Idempotency: it only reads; a second run may see a newer price.
        """
        return await self._quotes.price(request.ticker)
