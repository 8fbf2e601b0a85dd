"""What can go wrong with the model of an agent: every fault of the scripted server."""

from dataclasses import replace

from tests.fakes.programs.openai_server.faults import FAULTS
from tests.faults.agent_fault import (
    ACTIVITIES,
    AFTER_RETRIES,
    EVERY_TOOL,
    EVERYWHERE,
    LONG_STREAM,
    NOTHING,
    Fault,
)


def _served(name: str, title: str, sees: str, **more: object) -> Fault:
    """A fault of the scripted server's table, wherever in a run a model is asked."""
    row = Fault(name=title, sees=sees, steps=(FAULTS[name],), places=EVERYWHERE, tools=EVERY_TOOL)
    return replace(row, **more)  # pyright: ignore[reportArgumentType] - fields of Fault, by name


def _passing(name: str, title: str, sees: str, **more: object) -> Fault:
    """One that the next try does not meet."""
    return _served(
        name, title, sees, **{"calls": 2, "does": NOTHING, "within": AFTER_RETRIES, **more}
    )


def _for_ever(name: str, title: str, sees: str, **more: object) -> Fault:
    """One that every try meets; two tries are enough to see it."""
    row = _served(name, title, sees, **{"calls": 2, "attempts": 2, "within": AFTER_RETRIES, **more})
    return replace(
        row,
        steps=(FAULTS[name].model_copy(update={"times": 2}),),
        places=("alone", "in a sub-agent"),
    )


_LATER = "the answer, a little later"

MODEL: tuple[Fault, ...] = (
    _passing(
        "rate limit (429), Retry-After in seconds",
        "The service says 429, and in how many seconds to come back",
        "the answer, after that wait",
    ),
    _passing(
        "rate limit (429), retry-after-ms",
        "The service says 429, and in how many milliseconds to come back",
        "the answer, after that wait",
    ),
    _passing(
        "rate limit (429), Retry-After as a date",
        "The service says 429, and the date to come back at",
        "the answer, after that wait",
    ),
    _passing(
        "rate limit (429), no hint", "The service says 429, and not when to come back", _LATER
    ),
    _passing("server error (500)", "The service has an error of its own (500)", _LATER),
    _passing("proxy page (502)", "A proxy before the service answers (502)", _LATER),
    _passing("overloaded (503)", "The service is overloaded (503)", _LATER),
    _served(
        "slow first byte", "The service is slow to begin", "the answer, when it comes", does=NOTHING
    ),
    _passing(
        "no answer at all",
        "The service takes the question and never says a word",
        "the answer, once the silence has been too long and it was asked again",
        impatient=True,
    ),
    _passing(
        "silence mid-answer",
        "The service falls silent in the middle of its answer",
        "what was shown of it is taken back; then the whole answer",
        impatient=True,
    ),
    _passing("cut before the headers", "The connection ends before any answer", _LATER),
    _passing(
        "cut mid-answer",
        "The connection ends in the middle of an answer",
        "what was shown of it is taken back; then the whole answer",
    ),
    _passing("invalid JSON", "The service sends broken JSON", _LATER),
    _passing("not JSON (200)", "A login page comes instead of an answer", _LATER),
    _passing("error mid-stream", "The service breaks off with an error", _LATER),
    _passing("response failed", "The service calls its own answer failed", _LATER),
    _passing("empty output", "The model answers with nothing, once", _LATER),
    _for_ever(
        "server error (500)",
        "The service fails every time",
        "after the last try, the turn ends",
        ends="model.unavailable",
        does="look at the service's status page, or name a model in LLM_FALLBACK_MODELS; ask again",
    ),
    _for_ever(
        "rate limit (429), no hint",
        "The service says 429 every time",
        "after the last try, the turn ends",
        ends="model.rate_limited",
        does="wait, or name a model in LLM_FALLBACK_MODELS",
    ),
    _for_ever(
        "empty output",
        "The model answers with nothing, every time",
        "after the last try, the turn ends",
        ends="model.unusable_answer",
        does="ask in other words, or use another model",
    ),
    _served(
        "bad request (400)",
        "The service calls the request malformed (400)",
        "the turn ends at once",
        ends="model.invalid_request",
        does="look at the agent's model settings",
    ),
    _served(
        "wrong key (401)",
        "The key is wrong (401)",
        "the turn ends at once",
        ends="model.unauthorized",
    ),
    _served(
        "unknown model (404)",
        "The service has no such model (404)",
        "the turn ends at once",
        ends="model.invalid_request",
        does="correct the model's name",
    ),
    _served(
        "quota used up (429)",
        "The account has no credit left (429 `insufficient_quota`)",
        "the turn ends at once; nothing is tried in vain",
        ends="model.quota_exceeded",
    ),
    _served(
        "prompt filtered (400)",
        "A content filter stops the question",
        "the turn ends at once",
        ends="model.content_filtered",
        does="ask in other words",
    ),
    _served(
        "answer filtered",
        "A content filter stops the answer in its middle",
        "the turn ends; half an answer is never taken for a whole one",
        ends="model.content_filtered",
        does="ask in other words",
    ),
    _served(
        "context too long (400)",
        "The conversation is longer than the model can read",
        "the turn ends at once",
        ends="model.context_too_long",
    ),
    _served(
        "answer at its token limit",
        "The answer reaches its limit of tokens",
        "the turn ends; half an answer is never taken for a whole one",
        ends="model.invalid_request",
        does="raise `max_tokens` in the agent's model settings",
    ),
    _served(
        "refusal",
        "The model declines to answer",
        "the turn ends and says so",
        ends="run.refused",
        does="ask in other words",
    ),
    _served(
        "structured output of another shape",
        "A structured answer has another shape than was asked for",
        "the turn ends",
        scene="structured",
        ends="run.invalid_output",
        does="ask again; if it happens often, use a model that knows structured output",
    ),
    _served(
        "structured output that is no JSON",
        "A structured answer is not even JSON",
        "the turn ends",
        scene="structured",
        ends="run.invalid_output",
        does="ask again; if it happens often, use a model that knows structured output",
    ),
    _served(
        "5 MB reply",
        "The model answers with 5 MB of text",
        "the answer; its text stays in the database, not in the history",
        does=NOTHING,
        places=("alone",),
        tools=ACTIVITIES,
    ),
    _served(
        "50,000-token answer",
        "The model answers with 50,000 tokens",
        "the answer, of one call of the model",
        does=NOTHING,
        within=LONG_STREAM,
        places=("alone",),
        tools=ACTIVITIES,
        ways=(False,),  # tests/workflow/test_agent_streams.py has twelve who watch it
    ),
)
