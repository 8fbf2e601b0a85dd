"""Everything of ours that Prometheus is told by a process: what it counted, and what is stored."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from temporalio.client import Client

from segue.errors.storage import StorageError
from segue.observability.process_metrics import process_metrics
from segue.platform.feature import Measure
from segue.runs.service.metrics import exposition
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import ApprovalStore
from segue.runtime.builds import build_id
from segue.runtime.polling import backlog
from segue.storage.database import Database
from segue.wiring.platform import OpenPlatform

ANSWER_WITHIN_S = 3.0  # whoever scrapes waits no longer

# A client and the names of its namespace's queues.
Queues = Sequence[tuple[Client, str]]


class Numbers:
    """The numbers of an opened process.

    Args:
        platform: Whose features have measures.
        database: The same for all processes.
        queues: Whose backlogs are told; the same from every process.
    """

    def __init__(self, platform: OpenPlatform, database: Database, queues: Queues) -> None:
        self._platform = platform
        self._database = database
        self._accounts = Accounts(database)
        self._approvals = ApprovalStore(database)
        self._queues = queues

    async def text(self) -> bytes:
        """All of it in Prometheus' text format.

        What the database or Temporal does not say in time is left out; ``segue_database_up`` tells
        of the first.
        """
        totals, waiting = await asyncio.gather(self._totals(), self._backlogs())
        return b"".join((
            _text_of(self._own(is_up=totals is not None)),
            _text_of([waiting]),
            process_metrics(),
            totals or b"",
        ))

    def _own(self, *, is_up: bool) -> list[Measure]:
        connections = {(state,): n for state, n in self._database.connections().items()}
        return [
            Measure("segue_database_up", "Whether it answered just now.", (), {(): float(is_up)}),
            Measure(
                "segue_database_connections",
                "Connections of this process; state: used, idle.",
                ("state",),
                connections,
            ),
            Measure(
                "segue_build_info",
                "Always 1; which build runs here.",
                ("version", "build"),
                {(version("segue"), build_id()): 1.0},
            ),
        ]

    async def _totals(self) -> bytes | None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                measures = [
                    measure
                    for feature in self._platform.features
                    for measure in await feature.measures(self._platform)
                ]
                measures += await self._questions()
                return await exposition(self._accounts) + _text_of(measures)
        except (StorageError, TimeoutError):
            return None

    async def _questions(self) -> list[Measure]:
        waiting = await self._approvals.waiting()
        return [
            Measure(
                "segue_questions_waiting",
                "Questions of agents that wait for a person's decision.",
                (),
                {(): float(waiting.questions)},
            ),
            Measure(
                "segue_questions_oldest_seconds",
                "Since the oldest of them was asked; 0: none waits.",
                (),
                {(): waiting.oldest_s},
            ),
        ]

    async def _backlogs(self) -> Measure:
        values: dict[tuple[str, ...], float] = {}
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                async for queue, waiting in self._each_backlog():
                    values |= {(queue, kind): float(count) for kind, count in waiting.items()}
        except TimeoutError:
            pass
        return Measure(
            "segue_queue_backlog",
            "Tasks that wait for a worker, about; kind: workflow, activity.",
            ("task_queue", "kind"),
            values,
        )

    async def _each_backlog(self) -> AsyncGenerator[tuple[str, Mapping[str, int]]]:
        for client, queue in self._queues:
            yield queue, await backlog(client, queue)


class _Measures(Collector):
    """Measures as Prometheus' own types."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        """Each measure with its values."""
        for measure in self._measures:
            kind = CounterMetricFamily if measure.only_grows else GaugeMetricFamily
            family = kind(measure.name, measure.text, labels=measure.labels)
            for labels, value in measure.values.items():
                family.add_metric(labels, value)
            yield family


def _text_of(measures: Sequence[Measure]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Measures(measures))
    return generate_latest(registry)
