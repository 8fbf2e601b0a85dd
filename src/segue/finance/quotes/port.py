"""What a source of stock prices can do."""

from typing import Protocol

from segue.finance.contracts import StockPrice


class Quotes(Protocol):
    """A source of stock prices."""

    async def price(self, ticker: str) -> StockPrice:
        """The newest price of a share.

        Args:
            ticker: In capitals.

        Raises:
            UnknownTickerError: The source has no such share.
            ServiceError: The source refused, failed, or answered with nonsense.
        """
        ...
