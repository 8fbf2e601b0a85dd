"""Each pattern of the gallery with its first sample. The offline rules answer."""

from functools import partial

from segue.gallery.catalogue import ROWS, Row
from segue.gallery.service.gallery import workflow_type
from segue.runtime.embedded import Endpoint
from tests.fakes.worlds.gallery import gallery_world
from tests.replay.stage import Histories, Scene, all_runs, new_database


def history_of(row: Row) -> str:
    """The name of the history of a pattern's first sample."""
    return f"{workflow_type(row.pattern().workflow)}.sample"


async def sample(row: Row, server: Endpoint) -> Histories:
    """The first sample, from its start to its end."""
    pattern = row.pattern()
    async with new_database() as database, gallery_world(server, database, rows=[row]) as world:
        run = await world.client.start_workflow(
            workflow_type(pattern.workflow),
            args=pattern.samples[0].arguments,
            id=f"gallery.{row.slug}",
            task_queue=row.queue,
        )
        await run.result()
        return {history_of(row): await all_runs(world.client, run.id)}


SCENES = tuple(Scene((history_of(row),), partial(sample, row)) for row in ROWS)
