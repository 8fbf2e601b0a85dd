"""Each pattern of the gallery with its first sample. The offline rules answer.

Where a sample's history would be too long to be kept, a model of fewer words answers.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial

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


def history_of(row: Row) -> str:
    """The name of the history of a pattern's first sample."""
    return f"{workflow_type(row.pattern().workflow)}.sample"


async def sample(row: Row, server: Endpoint) -> Histories:
    """The first sample, from its start to its end."""
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
        return {history_of(row): await all_runs(world.client, run.id)}


SCENES = tuple(Scene((history_of(row),), partial(sample, row)) for row in ROWS)
