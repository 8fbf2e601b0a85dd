"""What one attempt of a model call came to: its row, its sums, its counters."""

from bisect import bisect_left
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import sqlalchemy as sa

from segue.runs.contracts import Spent
from segue.runs.store.counters import Counter
from segue.runs.store.tables import MODEL_ATTEMPTS

OK = "ok"
STARTED = "started"  # the attempt runs, or its worker died and no other attempt followed
LOST = "lost"  # the worker died: another attempt followed
PICO = Decimal(10) ** 12  # prices per million tokens have at most six decimals: sums are exact

# Counters, by the labels they have.
MODEL_CALLS = "model"  # model, status
TOKENS = "tokens"  # model, direction
COST = "cost"  # model
AGENTS = "agent"  # agent, status
AGENT_SECONDS = "agent_seconds"  # agent
AGENT_BUCKETS = "agent_bucket"  # agent, upper bound in seconds
HANDED = "handoff"  # from agent, to agent

# From a cached answer to a run that waited for a person; seconds, upper bounds.
DURATION_BOUNDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True, kw_only=True)
class Payer:
    """On whose account something goes.

    Attributes:
        workflow_id: The workflow that runs the agent.
        conversation: The one with the budget: for a sub-agent that of the run that started it.
        agent: Name of the agent.
    """

    workflow_id: str
    conversation: str
    agent: str


@dataclass(frozen=True, kw_only=True)
class ModelUse:
    """What one attempt of a model call came to.

    Attributes:
        model: Who answered; where none did, who was asked last.
        status: ``ok``, or the code of the error.
        passed_over: Models that were asked before and failed, each with its error's code.
        input_tokens: With the cached ones.
        cost_usd: None: not known. An answer of the offline rules or of the cache costs 0.
    """

    model: str
    status: str = OK
    passed_over: tuple[tuple[str, str], ...] = ()
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None
    duration_s: float = 0.0
    offline: bool = False
    from_cache: bool = False


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """What one agent used of one model in one workflow.

    Attributes:
        calls: Of the model.
        attempts: Calls with every retry and every model that was passed over.
        unpriced_calls: Attempts whose price is not known; not in ``cost_usd``.
        failed: Attempts that ended with an error or with their worker.
        seconds: All attempts together.
    """

    agent: str
    model: str
    calls: int
    attempts: int
    failed: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal
    unpriced_calls: int
    offline: int
    from_cache: int
    seconds: float


def new_attempt(op: str, attempt: int, payer: Payer, model: str) -> dict[str, Any]:
    """The row of an attempt that was begun and has used nothing yet."""
    return vars(payer) | {
        "op": op,
        "attempt": attempt,
        "model": model,
        "status": STARTED,
        "requests": 1,
        "input_tokens": 0,
        "cached_tokens": 0,
        "output_tokens": 0,
        "cost_pico_usd": None,
        "duration_s": None,
        "offline": False,
        "from_cache": False,
    }


def columns_of(use: ModelUse) -> dict[str, Any]:
    """The columns that an outcome fills."""
    columns = {name: value for name, value in vars(use).items() if name in MODEL_ATTEMPTS.c}
    return columns | {"requests": 1 + len(use.passed_over), "cost_pico_usd": _pico(use.cost_usd)}


def spent_at_once(use: ModelUse) -> Spent:
    """What a model call has used whose first attempt was its last, without reading its row."""
    is_unpriced = use.cost_usd is None and (use.status == OK or use.output_tokens > 0)
    return Spent(
        model_calls=1,
        attempts=1 + len(use.passed_over),
        input_tokens=use.input_tokens,
        cached_tokens=use.cached_tokens,
        output_tokens=use.output_tokens,
        cost_usd=dollars(_pico(use.cost_usd) or 0),
        unpriced_calls=int(is_unpriced),
    )


def _pico(cost: Decimal | None) -> int | None:
    return None if cost is None else int((cost * PICO).to_integral_value(ROUND_HALF_EVEN))


def counts(use: ModelUse, *, again: bool) -> dict[Counter, float]:
    """What an outcome adds to the counters; ``again``: the attempt itself was counted before."""
    increments: dict[Counter, float] = {}
    own = () if again else ((use.model, label(use.status)),)
    for model, status in (*use.passed_over, *own):
        counter = Counter(MODEL_CALLS, model, status)
        increments[counter] = increments.get(counter, 0) + 1
    tokens = {
        "input": use.input_tokens,
        "cached": use.cached_tokens,
        "output": use.output_tokens,
    }
    increments |= {
        Counter(TOKENS, use.model, name): number for name, number in tokens.items() if number
    }
    if use.cost_usd:
        increments[Counter(COST, use.model)] = float(use.cost_usd)
    return increments


def label(status: str) -> str:
    """The status as the metrics have it."""
    return "success" if status == OK else status


def bucket(seconds: float) -> str:
    """Upper bound of the histogram's bucket that a duration falls into."""
    position = bisect_left(DURATION_BOUNDS, seconds)
    return f"{DURATION_BOUNDS[position]:g}" if position < len(DURATION_BOUNDS) else "+Inf"


def total(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The sum of a column, 0 of nothing."""
    return sa.func.coalesce(sa.func.sum(column), 0)


def sums() -> list[sa.ColumnElement[Any]]:
    """The columns of every sum over attempts; ``dollars`` turns ``cost`` into money."""
    table = MODEL_ATTEMPTS.c
    # What was refused is not charged for, unless tokens were counted; whether a lost call was,
    # nobody knows.
    may_be_owed = sa.or_(table.status.in_((OK, STARTED, LOST)), table.output_tokens > 0)
    is_unpriced = sa.and_(table.cost_pico_usd.is_(None), may_be_owed)
    return [
        sa.func.count(sa.distinct(table.op)).label("calls"),
        total(table.requests).label("attempts"),
        total(table.input_tokens).label("input_tokens"),
        total(table.cached_tokens).label("cached_tokens"),
        total(table.output_tokens).label("output_tokens"),
        total(table.cost_pico_usd).label("cost"),
        total(sa.case((is_unpriced, 1), else_=0)).label("unpriced"),
    ]


def dollars(pico: int | Decimal) -> Decimal:
    """Money from whole 1e-12 dollars."""
    return (Decimal(pico) / PICO).normalize() if pico else Decimal(0)


def report_line(row: sa.Row[Any]) -> ReportLine:
    """A line from its row."""
    return ReportLine(
        agent=row.agent,
        model=row.model,
        calls=row.calls,
        attempts=row.attempts,
        failed=row.failed,
        input_tokens=row.input_tokens,
        cached_tokens=row.cached_tokens,
        output_tokens=row.output_tokens,
        cost_usd=dollars(row.cost),
        unpriced_calls=row.unpriced,
        offline=row.offline,
        from_cache=row.from_cache,
        seconds=row.seconds,
    )
