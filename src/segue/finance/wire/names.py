"""Names, queue and namespace of finance; every command reads them, so they load nothing."""

FINANCE_NAMESPACE = "finance-namespace"
FINANCE_QUEUE = "finance-tools-queue"
STOCK_PRICE = "GetStockPriceWorkflow"
CALCULATE_ROI = "CalculateROIWorkflow"
FETCH_QUOTE = "finance-fetch-quote"
