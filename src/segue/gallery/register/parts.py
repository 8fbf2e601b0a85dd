"""What workers of the gallery serve, and what answers offline, out of its table."""

from collections.abc import Callable, Sequence
from typing import Any

from segue.gallery.catalogue import ROWS, Row
from segue.gallery.tools.toolbox import Toolbox
from segue.llm.offline.rules import AgentRules
from segue.runtime.worker import WorkerParts


def gallery_parts(tools: Toolbox, rows: Sequence[Row] = ROWS) -> list[WorkerParts]:
    """A part for each queue.

    Args:
        tools: What activities stand on.
        rows: The patterns that are served.
    """
    return [
        _part(queue, [row for row in rows if row.queue == queue], tools)
        for queue in dict.fromkeys(row.queue for row in rows)
    ]


def gallery_rules(rows: Sequence[Row] = ROWS) -> tuple[AgentRules, ...]:
    """What the offline model answers for the agents of all patterns."""
    return tuple(rules for row in rows for rules in row.pattern().rules)


def _part(queue: str, rows: Sequence[Row], tools: Toolbox) -> WorkerParts:
    patterns = [row.pattern() for row in rows]
    workflows = [kind for each in patterns for kind in (each.workflow, *each.children)]
    activities: dict[str, Callable[..., Any]] = {}
    for each in patterns:  # several may need the same
        activities |= {name_of(activity): activity for activity in each.activities(tools)}
    return WorkerParts(
        task_queue=queue,
        workflows=list(dict.fromkeys(workflows)),
        activities=list(activities.values()),
        is_plain=True,  # whoever wrote the clients has neither our keys nor our stores
    )


def name_of(activity: Callable[..., Any]) -> str:
    """The type of an activity."""
    definition: Any = getattr(activity, "__temporal_activity_definition")
    return str(definition.name)
