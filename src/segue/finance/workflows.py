"""Finance's workflows: each is one call of a tool."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.finance.activities import FinanceActivities
    from segue.finance.contracts import ReturnOnInvestment, StockPrice
    from segue.finance.growth import growth
    from segue.finance.wire.names import CALCULATE_ROI, STOCK_PRICE
    from segue.finance.wire.options import QUOTE_CALL
    from segue.finance.wire.payloads import RoiRequest, StockPriceRequest


@workflow.defn(name=STOCK_PRICE)
class GetStockPriceWorkflow:
    """The price of one share."""

    @workflow.run
    async def run(self, request: StockPriceRequest) -> StockPrice:
        """Ask once for the newest price."""
        return await workflow.execute_activity_method(
            FinanceActivities.fetch_quote, request, **QUOTE_CALL
        )


@workflow.defn(name=CALCULATE_ROI)
class CalculateROIWorkflow:
    """What a sum grows to."""

    @workflow.run
    async def run(self, request: RoiRequest) -> ReturnOnInvestment:
        """Compute it."""
        return growth(request.principal, request.rate_percent, request.years)


FINANCE_WORKFLOWS = (GetStockPriceWorkflow, CalculateROIWorkflow)
