"""Each pattern of the gallery with its first sample. The offline rules answer.

Where a sample's history would be too long to be kept, a model of fewer words answers.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial

from temporalio.client import WorkflowHistory

from segue.gallery.catalogue import ROWS, Row
from segue.gallery.service.gallery import workflow_type
from segue.llm.offline.replies import Reply, call
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation
from segue.runtime.embedded import Endpoint
from tests.fakes.worlds.gallery import gallery_world
from tests.replay.stage import Histories, Scene, all_runs, new_database


def _one_search() -> AgentRules:
    """A model that looks into its notebook once, in the first of four turns."""
    rules = AgentRules("Research scratchpad")

    @rules.when(lambda s: s.text.startswith("Store"))
    def search(situation: Situation) -> Reply:
        (notebook,) = re.findall(r"notebook is ([\w-]+)", situation.instructions)
        return call("search_nodes", notebook=notebook, observations=[])

    rules.otherwise().reply("There is no note.")
    return rules


BRIEF: Mapping[str, Sequence[AgentRules]] = {"mcp_memory": [_one_search()]}


def histories_of(row: Row) -> tuple[str, ...]:
    """The names of the histories of a pattern's first sample: its own, then its children's."""
    pattern = row.pattern()
    return tuple(f"{workflow_type(each)}.sample" for each in (pattern.workflow, *pattern.children))


async def sample(row: Row, server: Endpoint) -> Histories:
    """The first sample, from its start to its end, and of each kind of its children the first."""
    pattern = row.pattern()
    async with (
        new_database() as database,
        gallery_world(server, database, rows=[row], rules=BRIEF.get(row.slug)) as world,
    ):
        run = await world.client.start_workflow(
            workflow_type(pattern.workflow),
            args=pattern.samples[0].arguments,
            id=f"gallery.{row.slug}",
            task_queue=row.queue,
        )
        await run.result()
        runs = await all_runs(world.client, run.id)
        first = first_children(runs)
        ids = [run.id, *(first[workflow_type(each)] for each in pattern.children)]
        names = histories_of(row)
        return {
            name: await all_runs(world.client, id_) for name, id_ in zip(names, ids, strict=True)
        }


def first_children(runs: Sequence[WorkflowHistory]) -> dict[str, str]:
    """The id of the first child of each type that a workflow has started."""
    ids: dict[str, str] = {}
    for event in (event for run in runs for event in run.events):
        child = event.child_workflow_execution_started_event_attributes
        if child.workflow_execution.workflow_id:
            ids.setdefault(child.workflow_type.name, child.workflow_execution.workflow_id)
    return ids


SCENES = tuple(Scene(histories_of(row), partial(sample, row)) for row in ROWS)
