"""Compound interest, to the cent."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

from segue.finance.contracts import ReturnOnInvestment

_CENT = Decimal("0.01")
_DIGITS = 128  # the largest sum at the highest rate for the longest time has 117, and two more
COMPUTES = (
    "future value with interest compounded once a year, principal * (1 + rate/100) ** years;"
    " the gain is the future value less the principal"
)


def growth(principal: Decimal, rate_percent: Decimal, years: int) -> ReturnOnInvestment:
    """What a sum grows to.

    Args:
        principal: The sum, > 0.
        rate_percent: Interest a year, > -100.
        years: For how long, >= 0.
    """
    with localcontext(prec=_DIGITS):
        exact = principal * (1 + rate_percent / 100) ** years
        future_value = exact.quantize(_CENT, rounding=ROUND_HALF_UP)
        gain = (exact - principal).quantize(_CENT, rounding=ROUND_HALF_UP)
    return ReturnOnInvestment(
        principal=principal,
        rate_percent=rate_percent,
        years=years,
        future_value=future_value,
        gain=gain,
        computes=COMPUTES,
    )
