"""The assistant's tools cannot do what was asked."""

from segue.errors.base import SegueError


class AssistantError(SegueError):
    """A tool of the assistant cannot do what was asked."""

    code = "assistant.error"
    status = 422
    exit_code = 3


class CalculationError(AssistantError):
    """What should be calculated is no arithmetic, or more than a calculator takes."""

    code = "assistant.not_calculable"
    default_hint = "Write numbers, + - * / // % **, brackets, sqrt, abs, round, min, max, pi, e."


class CityNotFoundError(AssistantError):
    """The weather service knows no place of this name."""

    code = "assistant.city_not_found"
    status = 404
    default_hint = "Name a city as maps do, without street or postcode."


class WeatherUnavailableError(AssistantError):
    """The weather service did not answer, or not with weather."""

    code = "assistant.weather_unavailable"
    status = 502
    retryable = True
    default_hint = "It is asked again by itself; look at SEGUE_WEATHER if this stays."
