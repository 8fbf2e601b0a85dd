"""The weather of a city: from Open-Meteo, or from a few sample values that say what they are.

Source: Open-Meteo's documentation of 2026, "Geocoding API" and "Weather Forecast API".
"""

from typing import Any, Protocol

import httpx2
from pydantic import BaseModel, ValidationError

from segue.errors.assistant import CityNotFoundError, WeatherUnavailableError

WITHIN_S = 10.0
LONGEST_CITY = 100  # characters

_CURRENT = "temperature_2m,relative_humidity_2m,wind_speed_10m,weather_code"

# WMO code table 4677, in the groups that Open-Meteo documents.
_SKIES = (
    (0, "clear sky"),
    (1, "mainly clear"),
    (2, "partly cloudy"),
    (3, "overcast"),
    (48, "fog"),
    (57, "drizzle"),
    (67, "rain"),
    (77, "snow"),
    (82, "rain showers"),
    (86, "snow showers"),
    (99, "thunderstorm"),
)


class Weather(BaseModel, frozen=True):
    """The weather in one place.

    Attributes:
        place: As the source names it.
        sky: In words.
        celsius: Temperature, °C.
        wind_kmh: Wind speed, km/h.
        humidity: Relative, percent.
        is_sample: Made up, since nobody was asked.
    """

    place: str
    sky: str
    celsius: float
    wind_kmh: float
    humidity: float
    is_sample: bool = False

    def in_words(self) -> str:
        """One line; what is made up says so."""
        sample = " (sample data, not a measurement)" if self.is_sample else ""
        return (
            f"{self.place}: {self.celsius:g} °C, {self.sky}, wind {self.wind_kmh:g} km/h,"
            f" humidity {self.humidity:g} %{sample}"
        )


class WeatherSource(Protocol):
    """Where the weather comes from."""

    async def current(self, city: str) -> Weather:
        """The weather in a city now.

        Raises:
            CityNotFoundError: The source knows no such place.
            WeatherUnavailableError: It did not answer, or not with weather.
        """
        ...


class SampleWeather:
    """Weather for every city without asking anybody: always the same, and marked."""

    async def current(self, city: str) -> Weather:
        """The sample of a city; one that is not among them has the sky of all others.

        Raises:
            CityNotFoundError: The name is empty or too long.
        """
        place = _name(city)
        sky, celsius, wind, humidity = _SAMPLES.get(place.casefold(), _ELSEWHERE)
        return Weather(
            place=place, sky=sky, celsius=celsius, wind_kmh=wind, humidity=humidity, is_sample=True
        )


class OpenMeteo:
    """Open-Meteo over HTTP: where the city is, then the weather there.

    Args:
        client: Its timeouts hold; the caller closes it.
        geocoding_url: Base address of the search for places.
        forecast_url: Base address of the weather.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        *,
        geocoding_url: str,
        forecast_url: str,
    ) -> None:
        self._client = client
        self._geocoding = f"{geocoding_url.rstrip('/')}/v1/search"
        self._forecast = f"{forecast_url.rstrip('/')}/v1/forecast"

    async def current(self, city: str) -> Weather:
        """The weather in the likeliest place of this name.

        Raises:
            CityNotFoundError: There is none.
            WeatherUnavailableError: The service did not answer, or not with weather.
        """
        name = _name(city)
        places = await self._get(
            self._geocoding, _Places, name=name, count=1, language="en", format="json"
        )
        if not places.results:
            raise CityNotFoundError(f"Open-Meteo knows no place {name!r}.")
        place = places.results[0]
        answer = await self._get(
            self._forecast,
            _Forecast,
            latitude=place.latitude,
            longitude=place.longitude,
            current=_CURRENT,
        )
        now = answer.current
        return Weather(
            place=", ".join(filter(None, (place.name, place.country))),
            sky=_sky(now.weather_code),
            celsius=now.temperature_2m,
            wind_kmh=now.wind_speed_10m,
            humidity=now.relative_humidity_2m,
        )

    async def _get(self, url: str, kind: "type[_Answer]", **query: Any) -> Any:  # noqa: ANN401 - of the kind that was given
        try:
            response = await self._client.get(url, params=query)
        except httpx2.RequestError as failure:
            raise WeatherUnavailableError(
                f"Open-Meteo gave no answer ({type(failure).__name__})."
            ) from failure
        if response.status_code != 200:
            raise WeatherUnavailableError(f"Open-Meteo answered {response.status_code}.")
        try:
            return kind.model_validate_json(response.content)
        except ValidationError:
            raise WeatherUnavailableError("Open-Meteo answered with something else.") from None


class _Answer(BaseModel, frozen=True):
    pass


class _Place(BaseModel, frozen=True):
    name: str
    latitude: float
    longitude: float
    country: str = ""


class _Places(_Answer, frozen=True):
    results: tuple[_Place, ...] = ()


class _Now(BaseModel, frozen=True):
    temperature_2m: float
    relative_humidity_2m: float
    wind_speed_10m: float
    weather_code: int


class _Forecast(_Answer, frozen=True):
    current: _Now


def _name(city: str) -> str:
    name = " ".join(city.split())
    if not name or len(name) > LONGEST_CITY:
        raise CityNotFoundError(
            f"Expected a city's name of 1 to {LONGEST_CITY} characters, got {len(name)}."
        )
    return name


def _sky(code: int) -> str:
    return next((words for most, words in _SKIES if code <= most), "unknown sky")


_SAMPLES = {
    "new york": ("partly cloudy", 18.0, 14.0, 58.0),
    "london": ("rain", 12.0, 20.0, 81.0),
    "rome": ("clear sky", 24.0, 9.0, 47.0),
    "tokyo": ("overcast", 21.0, 11.0, 66.0),
}
_ELSEWHERE = ("mainly clear", 20.0, 10.0, 55.0)
