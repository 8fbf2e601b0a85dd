"""Sample prices, so that everything works without a key: made up once, and marked as such."""

from decimal import Decimal

from segue.errors.finance import UnknownTickerError
from segue.finance.contracts import StockPrice

SOURCE = "Segue's sample data, which is no market's price"
PRICES = {
    "AAPL": Decimal("185.50"),
    "AMZN": Decimal("178.20"),
    "GOOGL": Decimal("152.30"),
    "MSFT": Decimal("420.10"),
    "NVDA": Decimal("118.40"),
    "TSLA": Decimal("210.70"),
}


class SampleQuotes:
    """The same few prices at any time."""

    async def price(self, ticker: str) -> StockPrice:
        """A price of the sample.

        Raises:
            UnknownTickerError: The sample has no such share.
        """
        if ticker not in PRICES:
            raise UnknownTickerError(
                f"The sample data has no price of {ticker!r}; it has {', '.join(PRICES)}.",
                hint="Real prices need SEGUE_QUOTES_API_KEY.",
            )
        return StockPrice(
            ticker=ticker, price=PRICES[ticker], currency="USD", source=SOURCE, offline=True
        )
