"""What the offline model answers with the tools of the finance and IT servers."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from segue.assistant.agents.names import (
    CALCULATE_ROI,
    GET_IP_HISTORY,
    GET_JIRA_METRICS,
    SET_JIRA_PROJECT,
    STOCK_PRICE,
    TRACK_IP,
)
from segue.llm.offline.conditions import matches
from segue.llm.offline.replies import Reply, call
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation

_PRICE = re.compile(
    r"\b(?:price|quote|stock|share)s?\b.*?\b(?:of|for)\s+(?:the\s+)?\$?(?P<ticker>[a-z][a-z0-9.-]*)"
    r"|(?-i:\b(?P<named>[A-Z][A-Z0-9.-]*))(?:'s)?\s+(?:stock\s+|share\s+)?(?:price|quote)\b",
    re.IGNORECASE,
)
_ROI = r"\b(?:roi|return on investment|invest(?:ed|ing|ments?)?)\b"
_RATE = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?:%|percent)", re.IGNORECASE)
_YEARS = re.compile(r"(?P<number>\d+)\s*(?:years?|yrs?)\b", re.IGNORECASE)
_SUM = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)")
_PROJECT = re.compile(
    r"\b(?:set|switch|change|use)\b.*?\bproject\b(?:\s+(?:to|is|as))?:?\s+"
    r"(?P<project>[a-z][a-z0-9_]*(?:-\d+)?)",
    re.IGNORECASE,
)
_METRICS = r"\bmetrics\b"
_TRACK = r"\b(?:track|note|remember|record)\b.*?\b(?:ip|address)\b"
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:])"
)
_HISTORY = r"\bip\b.*?\bhistory\b|\bhistory\b.*?\bip\b|\btracked\b.*?\b(?:ip|address)"
_CALL = re.compile(r'call="(?P<call>[^"]+)"')
_CODE = re.compile(r"^\[[a-z_.]+\] ")


def add_server_rules(rules: AgentRules) -> None:
    """Put them into a set of rules, before those that understand less."""
    rules.when(lambda situation: _roi(situation.text) is not None)(_ask_roi)
    rules.when(lambda situation: _PRICE.search(situation.text) is not None)(_ask_price)
    rules.when(lambda situation: _PROJECT.search(situation.text) is not None)(_ask_project)
    rules.when(matches(_METRICS))(_ask_metrics)
    rules.when(matches(_HISTORY))(_ask_history)
    rules.when(matches(_TRACK))(_ask_track)
    for tool, answer in _ANSWERS.items():
        rules.after(tool)(_telling(tool, answer))


def _ask_price(situation: Situation) -> Reply:
    match = _PRICE.search(situation.text)
    ticker = (match["ticker"] or match["named"]).rstrip(".-") if match else ""
    return _ask(situation, STOCK_PRICE, ticker=ticker.upper())


def _ask_roi(situation: Situation) -> Reply:
    return _ask(situation, CALCULATE_ROI, **_roi(situation.text) or {})


def _ask_project(situation: Situation) -> Reply:
    match = _PROJECT.search(situation.text)
    return _ask(situation, SET_JIRA_PROJECT, project=match["project"].upper() if match else "")


def _ask_metrics(situation: Situation) -> Reply:
    return _ask(situation, GET_JIRA_METRICS)


def _ask_history(situation: Situation) -> Reply:
    return _ask(situation, GET_IP_HISTORY)


def _ask_track(situation: Situation) -> Reply:
    address = _ADDRESS.search(situation.text)
    return _ask(situation, TRACK_IP, **({"address": address[0]} if address else {}))


def _roi(text: str) -> dict[str, float] | None:
    """What is invested, for how long and how well; None: that is not the question."""
    if not re.search(_ROI, text, re.IGNORECASE):
        return None
    rate, years = _RATE.search(text), _YEARS.search(text)
    if rate is None or years is None:
        return None
    not_sums = {rate.start(), years.start()}
    sums = [match for match in _SUM.finditer(text) if match.start() not in not_sums]
    if not sums:
        return None
    return {
        "principal": _number(sums[0]["number"]),
        "rate": _number(rate["number"]),
        "years": int(years["number"]),
    }


def _number(text: str) -> float:
    plain = text.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def _ask(situation: Situation, tool: str, **arguments: str | float) -> Reply:
    """A call of the tool; one that still waited before goes on as the call that it was."""
    if tool not in situation.tools:
        return (
            f"I have no {tool} now: its server is away, or this installation has none."
            " Ask again in a while."
        )
    waiting: str | None = None
    for output in situation.past_outputs:
        if output.tool == tool and _without_call(output.arguments) == arguments:
            match = _CALL.search(_message(output.data) or "")
            waiting = match["call"] if match else None
    return call(tool, **arguments, **({"call": waiting} if waiting else {}))


def _without_call(arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - what a model wrote
    return {name: value for name, value in arguments.items() if name != "call"}


def _message(data: Any) -> str | None:  # noqa: ANN401 - JSON of a tool
    match data:
        case {"error": {"message": str(message)}}:
            return message
        case _:
            return None


def _telling(tool: str, answer: Callable[[Any], str]) -> Callable[[Situation], Reply]:
    def tell(situation: Situation) -> Reply:
        data = situation.output_of(tool).data
        message = _message(data)
        if message is None:
            return answer(data)
        words = _CODE.sub("", message).partition(" Next: ")[0]
        again = " Ask again, and the same call goes on." if _CALL.search(message) else ""
        return f"That did not work: {words}{again}"

    return tell


def _tell_price(data: Any) -> str:  # noqa: ANN401 - JSON of a tool
    sample = " (sample data, no market's price)" if data["offline"] else ""
    price = " ".join(filter(None, (data["price"], data["currency"])))
    return f"The price of {data['ticker']} is {price}{sample}."


def _tell_roi(data: Any) -> str:  # noqa: ANN401 - JSON of a tool
    principal, rate = (
        f"{Decimal(data[name]).normalize():,f}" for name in ("principal", "rate_percent")
    )
    future, gain = (f"{Decimal(data[name]):,}" for name in ("future_value", "gain"))
    return (
        f"{principal} at {rate} % for {data['years']} years grows to {future}, a gain of {gain}"
        " (interest added once a year)."
    )


def _tell_project(data: Any) -> str:  # noqa: ANN401 - JSON of a tool
    return f"The Jira project is {data['project']} now."


def _tell_metrics(data: Any) -> str:  # noqa: ANN401 - JSON of a tool
    sample = " (sample data, nobody's project)" if data["offline"] else ""
    return (
        f"{data['project']} has {data['total']} issues: {data['to_do']} to do,"
        f" {data['in_progress']} in progress, {data['done']} done; in the last week"
        f" {data['created_last_week']} came and {data['resolved_last_week']} were resolved{sample}."
    )


def _tell_tracked(data: Any) -> str:  # noqa: ANN401 - JSON of a tool
    origin = ", where the call came from," if data["seen"] else ""
    return f"Tracked {data['address']}{origin} at {data['at']}."


def _tell_history(data: Any) -> str:  # noqa: ANN401 - JSON of a tool
    lines = [f"- {each['address']} at {each['at']}" for each in data["addresses"]]
    return "\n".join(["Tracked addresses:", *lines]) if lines else "No address was tracked yet."


_ANSWERS: dict[str, Callable[[Any], str]] = {
    STOCK_PRICE: _tell_price,
    CALCULATE_ROI: _tell_roi,
    SET_JIRA_PROJECT: _tell_project,
    GET_JIRA_METRICS: _tell_metrics,
    TRACK_IP: _tell_tracked,
    GET_IP_HISTORY: _tell_history,
}
