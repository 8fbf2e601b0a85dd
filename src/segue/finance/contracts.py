"""What faces see of finance: fields are never renamed, because clients and histories hold them."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class StockPrice(BaseModel):
    """The price of one share.

    Attributes:
        ticker: As the exchange writes it, in capitals.
        currency: ISO 4217; None: the source does not say.
        as_of: When the price was made, ISO 8601; None: the source does not say.
        source: Who says so.
        offline: It is sample data and no market's price.
    """

    model_config = ConfigDict(frozen=True)

    ticker: str
    price: Decimal
    currency: str | None = None
    as_of: str | None = None
    source: str
    offline: bool = False


class ReturnOnInvestment(BaseModel):
    """What a sum grows to with compound interest.

    Attributes:
        rate_percent: Interest a year.
        future_value: The sum with all interest, rounded half up to cents.
        gain: The interest alone.
        computes: What was computed, in words.
    """

    model_config = ConfigDict(frozen=True)

    principal: Decimal
    rate_percent: Decimal
    years: int
    future_value: Decimal
    gain: Decimal
    computes: str
