"""The toy's agent."""

from collections.abc import Sequence
from typing import Any

from agents import Agent, Tool

COUNTER = "Counter"


def counter(tools: Sequence[Tool]) -> Agent[Any]:
    """The agent that has words counted."""
    return Agent[Any](name=COUNTER, instructions="Have the words counted.", tools=list(tools))
