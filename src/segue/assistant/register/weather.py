"""Who is asked for the weather, as the settings say."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2

from segue.assistant.weather import WITHIN_S, OpenMeteo, SampleWeather, WeatherSource
from segue.settings.assistant import AssistantSettings
from segue.settings.load import Settings


@asynccontextmanager
async def open_weather(settings: Settings) -> AsyncGenerator[WeatherSource]:
    """Where the weather comes from, as the settings say."""
    ours = settings.of(AssistantSettings)
    if ours.weather == "sample" or (ours.weather == "auto" and settings.llm.model is None):
        yield SampleWeather()
        return
    async with httpx2.AsyncClient(timeout=WITHIN_S) as client:
        yield OpenMeteo(client, geocoding_url=ours.geocoding_url, forecast_url=ours.forecast_url)
