"""What the offline model says for an agent that has the server of tools."""

import re
from typing import Any

from segue.llm.offline.replies import Reply, call
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation

QUESTIONS = (
    "Add these numbers: 7 and 22.",
    "What's the weather in Tokyo?",
    "What's the secret word?",
)


def result_of(situation: Situation, tool: str) -> Any:  # noqa: ANN401 - JSON is what it is
    """What a tool of a server gave; its own words where it failed."""
    answer = situation.output_of(tool)
    return answer.data["result"] if answer.text.startswith('{"result":') else answer.text


def tools_rules(agent: str) -> AgentRules:
    """Rules that answer ``QUESTIONS`` and their like by the server's tools."""
    rules = AgentRules(agent)

    @rules.when(lambda s: "add" in s.text.lower() and len(_numbers(s)) > 1)
    def add(situation: Situation) -> Reply:
        a, b = _numbers(situation)[:2]
        return call("add", a=a, b=b)

    @rules.when(lambda s: "weather in" in s.text)
    def weather(situation: Situation) -> Reply:
        city = re.split(r"[?.!]", situation.text.partition("weather in ")[2])[0]
        return call("get_current_weather", city=city)

    @rules.when(lambda s: "secret" in s.text and "get_secret_word" in s.tools)
    def secret(_: Situation) -> Reply:
        return call("get_secret_word")

    @rules.after("add")
    def tell_sum(situation: Situation) -> Reply:
        return f"The sum is {result_of(situation, 'add')}."

    @rules.after("get_current_weather")
    def tell_weather(situation: Situation) -> Reply:
        return str(result_of(situation, "get_current_weather"))

    @rules.after("get_secret_word")
    def tell_word(situation: Situation) -> Reply:
        return f"The secret word is {result_of(situation, 'get_secret_word')}."

    rules.otherwise().reply("I have no tool for this.")
    return rules


def _numbers(situation: Situation) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", situation.text)]
