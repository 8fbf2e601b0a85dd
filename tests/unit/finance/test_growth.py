"""Compound interest: to the cent, whatever the numbers."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given, strategies as st

from segue.finance.growth import growth


@pytest.mark.parametrize(
    ("principal", "rate", "years", "future_value", "gain"),
    [
        ("10000", "5", 10, "16288.95", "6288.95"),
        ("10000", "0", 10, "10000.00", "0.00"),
        ("10000", "5", 0, "10000.00", "0.00"),
        ("100", "-50", 2, "25.00", "-75.00"),
        ("0.01", "50", 1, "0.02", "0.01"),  # half a cent goes up
        ("0.1", "200", 1, "0.30", "0.20"),  # binary fractions would say 0.30000000000000004
    ],
)
def test_interest_is_added_once_a_year(principal, rate, years, future_value, gain):
    result = growth(Decimal(principal), Decimal(rate), years)

    assert (str(result.future_value), str(result.gain)) == (future_value, gain)
    assert "compounded once a year" in result.computes


@given(
    st.decimals("0.000001", 10**12, places=6),
    st.decimals("-99.9999", 1000, places=4),
    st.integers(0, 100),
)
def test_no_sum_that_the_tool_takes_is_too_large(principal, rate, years):
    result = growth(principal, rate, years)

    assert result.future_value.as_tuple().exponent == -2
    with localcontext(prec=200):
        assert abs(result.future_value - principal - result.gain) <= Decimal("0.01")
