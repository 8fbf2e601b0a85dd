from datetime import date
from decimal import Decimal

import pytest
from agents import Usage
from openai.types.responses.response_usage import InputTokensDetails

from segue.llm.prices import cost_usd, price_of


def used(tokens_in=0, tokens_out=0, *, cached=0, written=0):
    return Usage(
        requests=1,
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        total_tokens=tokens_in + tokens_out,
        input_tokens_details=InputTokensDetails(cached_tokens=cached, cache_write_tokens=written),
    )


def test_a_model_that_is_not_in_the_table_has_no_cost():
    assert cost_usd("ollama/qwen3", used(1000, 1000)) is None
    assert price_of("gpt-unheard-of") is None


def test_a_call_without_counted_tokens_has_no_known_cost():
    assert cost_usd("gpt-5", Usage(requests=1)) is None


def test_input_and_output_are_billed_for_a_million_tokens():
    assert cost_usd("gpt-5", used(1_000_000, 1_000_000)) == Decimal("11.25")


def test_cached_and_written_tokens_have_their_own_prices():
    cost = cost_usd("claude-opus-5", used(1_000_000, cached=600_000, written=300_000))
    assert cost == Decimal("0.5") * 1 + Decimal("0.3") + Decimal("1.875")


def test_cached_input_costs_like_any_where_no_lower_price_is_sold():
    assert cost_usd("gpt-5-pro", used(1_000_000, cached=1_000_000)) == Decimal(15)


def test_a_long_call_is_billed_by_the_long_price_all_of_it():
    assert cost_usd("claude-haiku-5-5", used(100_000)) == Decimal("0.01")
    assert cost_usd("claude-haiku-5-5", used(100_001)) == Decimal("0.0500005")


def test_a_long_call_whose_price_is_not_known_has_no_known_cost():
    assert cost_usd("gpt-6-sol", used(200_000)) is not None
    assert cost_usd("gpt-6-sol", used(300_000)) is None


@pytest.mark.parametrize(
    "name",
    ["openai/gpt-5", "gpt-5-2025-08-07", "gpt-5-latest", "openai/gpt-5-2025-08-07"],
)
def test_a_model_has_one_price_by_all_its_names(name):
    assert price_of(name) == price_of("gpt-5")


def test_a_version_with_a_price_of_its_own_keeps_it():
    assert price_of("gpt-4o-2024-05-13") != price_of("gpt-4o")


def test_every_price_has_its_date_and_source():
    from segue.llm.prices import _table  # noqa: PLC0415 - the table itself is the subject

    for price in _table().values():
        assert date(2026, 1, 1) < price.as_of < date(2027, 1, 1)
        assert price.source.startswith("https://")
        assert price.rates.output > price.rates.input > price.rates.cached * Decimal("0.99")
