"""The tools that the assistant's agent has of its own; read in workflows."""

from agents import Tool
from pydantic import Field

from segue.assistant.activities import AssistantActivities
from segue.assistant.agents.names import CALCULATOR, WEATHER
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
            description="The value of an arithmetic expression.",
            adapter=Adapter[CalculatorArguments, Calculation, str](
                arguments=CalculatorArguments,
                request=lambda said: Calculation(expression=said.expression),
                answer=str,
            ),
        ),
        activity_tool(
            AssistantActivities.current_weather,
            name=WEATHER,
            description="The weather in a city now.",
            adapter=Adapter[WeatherArguments, WeatherQuestion, str](
                arguments=WeatherArguments,
                request=lambda said: WeatherQuestion(city=said.city),
                answer=str,
            ),
        ),
    ]
