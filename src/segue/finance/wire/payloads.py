"""Payloads of workflows and activities of finance."""

from decimal import Decimal

from pydantic import BaseModel


class StockPriceRequest(BaseModel, frozen=True):
    """Input of ``GetStockPriceWorkflow``; the ticker is in capitals."""

    ticker: str


class RoiRequest(BaseModel, frozen=True):
    """Input of ``CalculateROIWorkflow``; the rate is in percent a year."""

    principal: Decimal
    rate_percent: Decimal
    years: int
