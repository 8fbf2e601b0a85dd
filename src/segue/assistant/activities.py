"""The assistant's own tools, outside of workflows."""

from temporalio import activity

from segue.assistant.weather import WeatherSource
from segue.assistant.wire.names import CALCULATE, CURRENT_WEATHER
from segue.assistant.wire.payloads import (
    Calculation,
    WeatherQuestion,
)
from segue.platform.calculating import calculate
from segue.runtime.heartbeats import heartbeating


class AssistantActivities:
    """What the assistant can do by itself.

    Args:
        weather: Asked for the weather; shared by all calls of the worker.
    """

    def __init__(self, weather: WeatherSource) -> None:
        self._weather = weather

    @activity.defn(name=CALCULATE)
    async def calculate(self, calculation: Calculation) -> str:
        """Evaluate an arithmetic expression.

        Raises:
            CalculationError: It is none, or more than a calculator takes.

        Idempotency: the same expression has the same value.
        """
        return calculate(calculation.expression)

    @activity.defn(name=CURRENT_WEATHER)
    async def current_weather(self, question: WeatherQuestion) -> str:
        """The weather in a city, in one line.

        Raises:
            CityNotFoundError: There is no such city.
            WeatherUnavailableError: The service did not answer.

        Idempotency: reads only.
        """
        async with heartbeating():
            return (await self._weather.current(question.city)).in_words()
