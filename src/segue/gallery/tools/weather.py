"""The weather of a city, always the same: sample data, and it says so."""

from dataclasses import dataclass

from temporalio import activity


@dataclass
class Weather:
    """What is told of a city; the fields are those of the public samples."""

    city: str
    temperature_range: str
    conditions: str


@activity.defn(name="get_weather")
async def get_weather(city: str) -> Weather:
    """Get the weather of a city.

    Idempotency: it looks nothing up, and says the same each time.
    """
    return Weather(
        city=city, temperature_range="14-20C", conditions="Sunny with wind (sample data)."
    )
