"""The metrics of all agents, for Prometheus: read from the ledger, not counted in a process.

They are the same from whichever process they are asked, survive restarts, and a replay cannot count
twice: ``segue.runs.store.counters`` says how. The names and labels of the first five are those that
dashboards for OpenAI's agents on Temporal use.
"""

from collections.abc import Iterator, Mapping
from math import inf

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from segue.runs.store.accounting import Accounts
from segue.runs.store.counters import Counter
from segue.runs.store.effects import TOOL_CALLS
from segue.runs.store.usage import (
    AGENT_BUCKETS,
    AGENT_SECONDS,
    AGENTS,
    COST,
    DURATION_BOUNDS,
    HANDED,
    MODEL_CALLS,
    TOKENS,
)

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

# Counter of the ledger, name, what it is, labels.
_COUNTERS = (
    (
        AGENTS,
        "openai_agent_invocations_total",
        "Runs of agents; status: success, or the error's code.",
        ("agent_name", "status"),
    ),
    (
        HANDED,
        "openai_agent_handoffs_total",
        "Conversations that one agent gave to another.",
        ("from_agent", "to_agent"),
    ),
    (
        MODEL_CALLS,
        "openai_model_invocations_total",
        "Attempts of model calls; status: success, the error's code, or lost with its worker.",
        ("model", "status"),
    ),
    (
        TOOL_CALLS,
        "openai_tool_invocations_total",
        "Tool calls whose outcome is known; status: success or error.",
        ("tool_name", "status"),
    ),
    (
        TOKENS,
        "segue_tokens_total",
        "Tokens; direction: input (with the cached ones), cached, output.",
        ("model", "direction"),
    ),
    (COST, "segue_cost_usd_total", "US dollars, where the price is known.", ("model",)),
)


async def exposition(accounts: Accounts) -> bytes:
    """All metrics in Prometheus' text format; serve it as ``CONTENT_TYPE``.

    Raises:
        StorageError: The database is away.
    """
    registry = CollectorRegistry()
    registry.register(LedgerCollector(await accounts.counters()))
    return generate_latest(registry)


class LedgerCollector(Collector):
    """What the ledger's counters said at one moment."""

    def __init__(self, counters: Mapping[Counter, float]) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """Every metric, also those of which there is nothing yet."""
        for kind, name, text, labels in _COUNTERS:
            family = CounterMetricFamily(name, text, labels=labels)
            for counter, value in self._of(kind):
                family.add_metric((counter.first, counter.second)[: len(labels)], value)
            yield family
        yield self._durations()

    def _durations(self) -> Metric:
        family = HistogramMetricFamily(
            "openai_agent_duration_seconds", "Wall time of runs of agents.", labels=("agent_name",)
        )
        buckets: dict[str, dict[float, float]] = {}
        for counter, value in self._of(AGENT_BUCKETS):
            buckets.setdefault(counter.first, {})[float(counter.second)] = value
        for counter, seconds in self._of(AGENT_SECONDS):
            family.add_metric((counter.first,), _cumulative(buckets[counter.first]), seconds)
        return family

    def _of(self, kind: str) -> Iterator[tuple[Counter, float]]:
        return (
            (counter, value) for counter, value in self._counters.items() if counter.name == kind
        )


def _cumulative(counts: Mapping[float, float]) -> list[tuple[str, float]]:
    """How many took no longer than each bound, as Prometheus counts: shorter ones included."""
    bounds = [(str(float(limit)), limit) for limit in DURATION_BOUNDS]
    return [
        (name, sum(count for upper, count in counts.items() if upper <= limit))
        for name, limit in (*bounds, ("+Inf", inf))
    ]
