"""Finance cannot answer."""

from segue.errors.base import SegueError


class FinanceError(SegueError):
    """Finance cannot answer."""

    code = "finance.error"
    status = 422
    exit_code = 2


class UnknownTickerError(FinanceError):
    """There is no share with this ticker."""

    code = "finance.unknown_ticker"
    status = 404
    default_hint = "Check the ticker: the short name of the share at its exchange, such as AAPL."
