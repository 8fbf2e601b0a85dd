"""The weather from Open-Meteo, spoken to over HTTP, and from samples."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest

from segue.assistant.register.weather import open_weather
from segue.assistant.weather import LONGEST_CITY, OpenMeteo, SampleWeather, Weather
from segue.errors.assistant import CityNotFoundError, WeatherUnavailableError
from segue.wiring.features import read_settings
from tests.fakes.doubles.scripted_http import Answer, Line, Reply, ScriptedServer, scripted_server

ROME = {"results": [{"name": "Rome", "country": "Italy", "latitude": 41.9, "longitude": 12.5}]}
SUNNY = {
    "current": {
        "time": "2026-11-29T12:00",
        "temperature_2m": 24.1,
        "relative_humidity_2m": 47,
        "wind_speed_10m": 9.4,
        "weather_code": 0,
    }
}


@asynccontextmanager
async def open_meteo(*answers: Answer) -> AsyncGenerator[tuple[OpenMeteo, ScriptedServer]]:
    """A source that asks a loopback server."""
    async with scripted_server(*answers) as server, httpx2.AsyncClient(timeout=0.5) as client:
        yield OpenMeteo(client, geocoding_url=server.url, forecast_url=f"{server.url}/"), server


async def test_a_city_is_looked_up_and_its_weather_told_in_words():
    async with open_meteo(Reply(body=ROME), Reply(body=SUNNY)) as (source, server):
        weather = await source.current("  Rome ")
    assert weather.in_words() == "Rome, Italy: 24.1 °C, clear sky, wind 9.4 km/h, humidity 47 %"
    places, forecast = [request.target for request in server.received]
    assert places.startswith("/v1/search?name=Rome&")
    assert forecast.startswith("/v1/forecast?latitude=41.9&longitude=12.5&current=")


@pytest.mark.parametrize("code", [3, 45, 61, 75, 95, 99, 120])
async def test_every_code_of_the_sky_has_words(code: int):
    current = SUNNY["current"] | {"weather_code": code}
    async with open_meteo(Reply(body=ROME), Reply(body={"current": current})) as (source, _):
        assert (await source.current("Rome")).sky


@pytest.mark.parametrize("body", [{}, {"results": []}])
async def test_a_place_that_nobody_knows_is_said_to_be_unknown(body: dict[str, object]):
    async with open_meteo(Reply(body=body)) as (source, _):
        with pytest.raises(CityNotFoundError):
            await source.current("Atlantis")


@pytest.mark.parametrize("city", ["", " ", "x" * (LONGEST_CITY + 1)])
async def test_nobody_is_asked_about_what_is_no_name(city: str):
    async with open_meteo(Reply(body=ROME)) as (source, server):
        with pytest.raises(CityNotFoundError):
            await source.current(city)
        with pytest.raises(CityNotFoundError):
            await SampleWeather().current(city)
    assert not server.received


@pytest.mark.parametrize(
    "answers",
    [
        (Reply(500),),
        (Reply(429),),
        (Line.CUT,),
        (Line.HANG,),
        (Reply(body=b"<html>"),),
        (Reply(body=ROME), Reply(body={"current": None})),
        (Reply(body=ROME), Reply(body=json.dumps(SUNNY)[:40].encode())),
    ],
)
async def test_a_service_that_fails_or_lies_is_said_to_be_away(answers: tuple[Answer, ...]):
    async with open_meteo(*answers) as (source, _):
        with pytest.raises(WeatherUnavailableError) as failure:
            await source.current("Rome")
    assert failure.value.retryable


async def test_samples_say_that_they_are_none():
    weather = await SampleWeather().current("New York")
    elsewhere = await SampleWeather().current("Ulm")
    assert weather.in_words().startswith("New York: 18 °C, partly cloudy")
    assert "sample data, not a measurement" in weather.in_words()
    assert elsewhere.is_sample


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, SampleWeather),
        ({"LLM_MODEL": "gpt-5"}, OpenMeteo),
        ({"LLM_MODEL": "gpt-5", "SEGUE_WEATHER": "sample"}, SampleWeather),
        ({"SEGUE_WEATHER": "open-meteo"}, OpenMeteo),
    ],
)
async def test_somebody_is_asked_only_where_a_model_is_or_the_setting_says_so(
    environment: dict[str, str], kind: type, monkeypatch: pytest.MonkeyPatch
):
    for name in ("LLM_MODEL", "SEGUE_WEATHER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEGUE_ENV_FILE", "/nowhere")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with open_weather(read_settings()) as source:
        assert isinstance(source, kind)


def test_weather_without_a_sample_mark_is_not_marked():
    weather = Weather(place="X", sky="fog", celsius=1, wind_kmh=2, humidity=3)
    assert "sample" not in weather.in_words()
