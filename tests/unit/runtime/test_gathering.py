"""What a workflow gathers, where no workflow runs any more."""

import asyncio

from segue.runtime.gathering import gather_whole


async def test_a_gathering_that_is_thrown_out_of_memory_asks_its_workflow_nothing():
    work = asyncio.create_task(asyncio.sleep(60))
    gathering = gather_whole([work])
    gathering.send(None)

    gathering.close()  # as Python does when a worker evicts the workflow

    work.cancel()
