"""The tools that the assistant's agent has of its own; read in workflows."""

from agents import Tool
from pydantic import Field

from segue.assistant.activities import AssistantActivities
from segue.assistant.agents.names import CALCULATOR, OWN_TOOLS, WEATHER
from segue.assistant.wire.options import CALCULATION, WEATHER_CALL
from segue.assistant.wire.payloads import (
    Calculation,
    WeatherQuestion,
)
from segue.runs.workflow.tools import Adapter, ToolArguments, activity_tool


class CalculatorArguments(ToolArguments):
    """What the model says to ``calculator``."""

    expression: str = Field(description="Arithmetic: numbers, + - * / // % **, brackets, sqrt.")


class WeatherArguments(ToolArguments):
    """What the model says to ``weather``."""

    city: str = Field(description="A city's name, such as New York.")


def own_tools() -> list[Tool]:
    """All of them."""
    return [
        activity_tool(
            AssistantActivities.calculate,
            name=CALCULATOR,
            description=OWN_TOOLS[CALCULATOR],
            limits=CALCULATION,
            adapter=Adapter[CalculatorArguments, Calculation, str](
                arguments=CalculatorArguments,
                request=lambda call: Calculation(expression=call.expression),
                answer=str,
            ),
        ),
        activity_tool(
            AssistantActivities.current_weather,
            name=WEATHER,
            description=OWN_TOOLS[WEATHER],
            limits=WEATHER_CALL,
            heartbeat=True,
            adapter=Adapter[WeatherArguments, WeatherQuestion, str](
                arguments=WeatherArguments,
                request=lambda call: WeatherQuestion(city=call.city),
                answer=str,
            ),
        ),
    ]
