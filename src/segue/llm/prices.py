"""What a model call costs, by a table with date and source (``prices.csv``).

A model that the table does not know has no known price; it never costs zero.
"""

import csv
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from agents import Usage

_MILLION = Decimal(1_000_000)
# Models are billed like the name without the date of their version.
_VERSION_DATE = re.compile(r"(-\d{4}-\d{2}-\d{2}|-\d{8}|-latest)$")
_SERVICES = re.compile(r"^(openai|anthropic|gemini)/")


@dataclass(frozen=True, kw_only=True)
class Rates:
    """US dollars for a million tokens.

    Attributes:
        cached: Input that was read from the service's prompt cache.
        cache_write: Input that was written to it.
        output: Includes reasoning.
    """

    input: Decimal
    cached: Decimal
    cache_write: Decimal
    output: Decimal


@dataclass(frozen=True, kw_only=True)
class Price:
    """One row of the table.

    Attributes:
        long_from: A call with more input tokens than this is billed by ``long``, all of it.
        long: None where that price is not known.
        as_of: When the price was read at the source.
    """

    model: str
    rates: Rates
    long_from: int | None
    long: Rates | None
    as_of: date
    source: str


def price_of(model: str) -> Price | None:
    """The price of a model by any of the names it goes by; None: unknown."""
    name = _SERVICES.sub("", model)
    table = _table()
    return table.get(name) or table.get(_VERSION_DATE.sub("", name))


def cost_usd(model: str, usage: Usage) -> Decimal | None:
    """What a call cost. None: its price is unknown, or the service counted no tokens."""
    rates = _rates_for(model, usage.input_tokens)
    if rates is None or not usage.total_tokens:
        return None
    cache_reads = usage.input_tokens_details.cached_tokens
    cache_writes = usage.input_tokens_details.cache_write_tokens
    dollars = (
        rates.input * max(0, usage.input_tokens - cache_reads - cache_writes)
        + rates.cached * cache_reads
        + rates.cache_write * cache_writes
        + rates.output * usage.output_tokens
    )
    return dollars / _MILLION


def _rates_for(model: str, input_tokens: int) -> Rates | None:
    price = price_of(model)
    if price is None:
        return None
    is_long = price.long_from is not None and input_tokens > price.long_from
    return price.long if is_long else price.rates


@cache
def _table() -> dict[str, Price]:
    text = files("segue.llm").joinpath("prices.csv").read_text(encoding="utf-8")
    return {row["model"]: _price(row) for row in csv.DictReader(text.splitlines())}


def _price(row: dict[str, str]) -> Price:
    return Price(
        model=row["model"],
        rates=_rates(row, ""),
        long_from=int(row["long_from"]) if row["long_from"] else None,
        long=_rates(row, "long_") if row["long_input"] else None,
        as_of=date.fromisoformat(row["as_of"]),
        source=row["source"],
    )


def _rates(row: dict[str, str], prefix: str) -> Rates:
    whole = Decimal(row[f"{prefix}input"])
    # A service that sells no cheaper cache bills cached input like any other.
    return Rates(
        input=whole,
        cached=Decimal(row[f"{prefix}cached"] or whole),
        cache_write=Decimal(row[f"{prefix}cache_write"] or whole),
        output=Decimal(row[f"{prefix}output"]),
    )
