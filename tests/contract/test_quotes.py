"""Every source of stock prices: a service over real HTTP, faults included, and the sample."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from segue.errors.finance import UnknownTickerError
from segue.errors.service import (
    ServiceAnswerError,
    ServiceRateLimitedError,
    ServiceRefusedError,
    ServiceUnavailableError,
)
from segue.finance.quotes.finnhub import KEY_HEADER, FinnhubQuotes
from segue.finance.quotes.port import Quotes
from segue.finance.quotes.sample import SampleQuotes
from segue.platform.json_service import LARGEST_ANSWER, open_json_service
from tests.fakes.doubles.scripted_http import Answer, Line, Reply, ScriptedServer, scripted_server

QUOTE = {"c": 261.74, "h": 263.31, "l": 260.68, "o": 261.07, "pc": 259.45, "t": 1_582_641_000}
NONE = {"c": 0, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 0}
KEY = "a-key-of-the-service"


@asynccontextmanager
async def served(*answers: Answer) -> AsyncGenerator[tuple[Quotes, ScriptedServer]]:
    async with (
        scripted_server(*answers) as server,
        open_json_service(
            "The quote service", f"{server.url}/api/v1", headers={KEY_HEADER: KEY}
        ) as service,
    ):
        yield FinnhubQuotes(service), server


@pytest.fixture(params=["service", "sample"])
async def quotes(request):
    if request.param == "sample":
        yield SampleQuotes()
        return
    async with served(Reply(body=QUOTE), Reply(body=NONE)) as (service, _):
        yield service


async def test_a_known_share_has_a_price_and_who_says_so(quotes: Quotes):
    price = await quotes.price("AAPL")

    assert price.ticker == "AAPL"
    assert price.price > 0
    assert price.source


async def test_an_unknown_share_is_said_to_be_unknown(quotes: Quotes):
    await quotes.price("AAPL")

    with pytest.raises(UnknownTickerError, match="'NOSUCH'"):
        await quotes.price("NOSUCH")


async def test_only_the_sample_is_marked_as_offline():
    async with served(Reply(body=QUOTE)) as (service, server):
        real = await service.price("BRK.B")

    sample = await SampleQuotes().price("AAPL")
    assert (sample.offline, real.offline) == (True, False)
    assert "no market's price" in sample.source
    assert real.price == Decimal("261.74")  # the digits that were sent, and no others
    assert real.as_of == "2020-02-25T14:30:00+00:00"
    assert server.received[0].target == "/api/v1/quote?symbol=BRK.B"
    assert server.received[0].headers[KEY_HEADER.lower()] == KEY


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reply(401), ServiceRefusedError),
        (Reply(403), ServiceRefusedError),
        (Reply(429), ServiceRateLimitedError),
        (Reply(500), ServiceUnavailableError),
        (Reply(503), ServiceUnavailableError),
        (Line.CUT, ServiceUnavailableError),
        (Reply(302, headers={"Location": "http://127.0.0.1:9/"}), ServiceAnswerError),
        (Reply(404), ServiceAnswerError),
        (Reply(body=b"<html>"), ServiceAnswerError),
        (Reply(body=b"\xff\xfe"), ServiceAnswerError),
        (Reply(body=[]), ServiceAnswerError),
        (Reply(body={"c": "much"}), ServiceAnswerError),
        (Reply(body={"c": -1}), ServiceAnswerError),
        (Reply(body=b'{"c": NaN}'), ServiceAnswerError),
        (Reply(body={"c": 1, "t": 10**18}), ServiceAnswerError),
        (Reply(body=b" " * (LARGEST_ANSWER + 1)), ServiceAnswerError),
    ],
)
async def test_what_goes_wrong_is_told_as_what_it_is_and_never_with_the_key(fault, error):
    async with served(fault) as (service, _):
        with pytest.raises(error) as failure:
            await service.price("AAPL")

    assert KEY not in f"{failure.value} {failure.value.hint}"


async def test_the_wait_that_the_service_asks_for_is_told():
    async with served(Reply(429, headers={"Retry-After": "7"}), Reply(429)) as (service, _):
        with pytest.raises(ServiceRateLimitedError) as named:
            await service.price("AAPL")
        with pytest.raises(ServiceRateLimitedError) as unnamed:
            await service.price("AAPL")

    assert named.value.retry_after == timedelta(seconds=7)
    assert unnamed.value.retry_after > timedelta()


async def test_a_service_that_is_not_there_is_unavailable():
    async with served(Reply()) as (_, server):
        url = server.url
    async with open_json_service("The quote service", url) as gone:
        with pytest.raises(ServiceUnavailableError):
            await FinnhubQuotes(gone).price("AAPL")
