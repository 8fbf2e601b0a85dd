"""Prices from a service that speaks Finnhub's quote API.

Source: https://finnhub.io/docs/api/quote: ``c`` is the current price, ``t`` its time in epoch
seconds; a share that the service does not have gets zeros.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from segue.errors.finance import UnknownTickerError
from segue.errors.service import ServiceAnswerError
from segue.finance.contracts import StockPrice
from segue.platform.json_service import JsonService

NAME = "The quote service"
KEY_HEADER = "X-Finnhub-Token"
_LAST_TIME = 253_402_300_799  # the end of the year 9999


class _Quote(BaseModel):
    c: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
    t: Annotated[int, Field(ge=0, le=_LAST_TIME)] = 0


class FinnhubQuotes:
    """A quote service.

    Args:
        service: Of the API's address, with the key.
    """

    def __init__(self, service: JsonService) -> None:
        self._service = service

    async def price(self, ticker: str) -> StockPrice:
        """The newest price of a share.

        Raises:
            UnknownTickerError: The service has no such share.
            ServiceAnswerError: It answered with something that is no quote.
            ServiceError: It refused or failed.
        """
        try:
            quote = _Quote.model_validate(await self._service.get("quote", {"symbol": ticker}) or 0)
        except ValidationError as failure:
            raise ServiceAnswerError(f"{NAME} answered with no quote.") from failure
        if quote.c == 0:
            raise UnknownTickerError(f"{NAME} has no price of {ticker!r}.")
        as_of = datetime.fromtimestamp(quote.t, UTC).isoformat() if quote.t else None
        return StockPrice(ticker=ticker, price=quote.c, as_of=as_of, source="Finnhub")
