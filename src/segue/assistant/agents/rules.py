"""What the offline model answers for the assistant: by its own tools, and those of its servers."""

import re

from segue.assistant.agents.names import ASSISTANT, CALCULATOR, WEATHER
from segue.assistant.agents.server_rules import add_server_rules
from segue.llm.offline.conditions import matches
from segue.llm.offline.replies import Reply, call
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation

_SUM = re.compile(
    r"(?:calculate|compute|what is|what's|how much is)\s+(?P<sum>[-+(\d].*?)[?.!]*$", re.IGNORECASE
)
_BARE_SUM = re.compile(r"^(?P<sum>[-+(\d][-+*/%^().\d\s]*[-+*/%^][-+*/%^().\d\s]*)=?\??$")
_CITY = re.compile(r"weather\b.*?\b(?:in|for|at|of)\s+(?P<city>[^?!.]+)", re.IGNORECASE)
_FIRST = (
    r"what (?:did i|was the first thing i) (?:say|said|tell you|told you|ask|asked)(?: you)?"
    r"(?: first)?"
)

HELP = (
    "I answer without a model, by rules. Ask me to calculate something (Calculate 15 * 23), for the"
    " weather in a city, the price of AAPL, the ROI of 10000 at 5 % for 10 years, the IP history;"
    " to set the Jira project to DEMO-123 and for its metrics; to track your IP address; or what"
    " you said first."
)


def assistant_rules() -> tuple[AgentRules, ...]:
    """All sets of rules."""
    rules = AgentRules(ASSISTANT)
    rules.when(matches(_FIRST))(_first)
    add_server_rules(rules)
    rules.when(lambda situation: _sum(situation) is not None)(_calculate)
    rules.when(lambda situation: _CITY.search(situation.text) is not None)(_ask_weather)
    rules.after(CALCULATOR)(_tell_sum)
    rules.after(WEATHER)(_tell_weather)
    rules.otherwise().reply(HELP)
    return (rules,)


def _first(situation: Situation) -> Reply:
    return f"You said first: {situation.user_texts[0]}"


def _sum(situation: Situation) -> str | None:
    text = situation.text.strip()
    match = _BARE_SUM.search(text) or _SUM.search(text)
    return match["sum"].strip() if match else None


def _calculate(situation: Situation) -> Reply:
    return call(CALCULATOR, expression=_sum(situation) or "")


def _ask_weather(situation: Situation) -> Reply:
    match = _CITY.search(situation.text)
    return call(WEATHER, city=match["city"].strip() if match else "")


def _tell_sum(situation: Situation) -> Reply:
    answer = situation.output_of(CALCULATOR)
    return _failure(answer.data) or f"The result is {answer.text}."


def _tell_weather(situation: Situation) -> Reply:
    answer = situation.output_of(WEATHER)
    return _failure(answer.data) or f"The weather in {answer.text}."


def _failure(data: object) -> str | None:
    """What went wrong, where a tool's answer says that something did."""
    match data:
        case {"error": {"message": str(message)}}:
            return f"That did not work: {message}"
        case _:
            return None
