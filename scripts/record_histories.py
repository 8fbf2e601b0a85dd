"""Record how runs of every workflow go, in all their ways, for the tests of replay.

python -m scripts.record_histories

Histories of released versions are never changed or deleted: runs that began under them go on under
the next release. So only scenes of which no version has a history are played; delete a file by hand
to record it again while its version is still unreleased. Needs the packages of the tests.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from segue.runtime.embedded import TUNING, Endpoint, server_program
from tests.replay.stage import HISTORIES, Scene, all_scenes, numbered, recorded

NEUTRAL = "segue"


async def main(folder: Path = HISTORIES) -> None:
    """Play the scenes that have no history yet."""
    missing = [
        scene for scene in all_scenes() if not all(recorded(name, folder) for name in scene.names)
    ]
    for limit in {scene.continue_after for scene in missing}:
        await record([scene for scene in missing if scene.continue_after == limit], limit, folder)


async def record(scenes: Sequence[Scene], continue_after: int | None, folder: Path) -> None:
    """Play scenes on a real server and write how they went.

    Args:
        scenes: Of one server.
        continue_after: Events after which the server suggests to continue as new.
        folder: Where every version has its folder.
    """
    suggestion = f"limit.historyCount.suggestContinueAsNew={continue_after}"
    limits = [] if continue_after is None else ["--dynamic-config-value", suggestion]
    async with await WorkflowEnvironment.start_local(
        identity=NEUTRAL,
        dev_server_existing_path=str(server_program()),
        dev_server_extra_args=[*TUNING, *limits],
    ) as server:
        endpoint = Endpoint(address=server.client.service_client.config.target_host, ui_url="")
        for scene in scenes:
            for name, runs in (await scene.play(endpoint)).items():
                for label, history in numbered(name, runs):
                    write(folder / version("segue") / f"{label}.json", history)


def write(file: Path, history: WorkflowHistory) -> None:
    """Write a history, unless the file is there."""
    if file.exists():
        print(f"{file.name} is there already")
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    events = json.loads(history.to_json(), object_hook=_scrubbed)
    file.write_text(json.dumps(events, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{file.name}: {len(history.events)} events, {file.stat().st_size:,} bytes")


def _scrubbed(part: dict[str, Any]) -> dict[str, Any]:
    """Without what tells on which machine, by whom and from which files it was recorded."""
    neutral = {"identity": NEUTRAL, "buildId": NEUTRAL, "binaryChecksum": NEUTRAL}
    if part.get("kind") == "TASK_QUEUE_KIND_STICKY":
        neutral["name"] = NEUTRAL
    return {key: neutral.get(key, value) for key, value in part.items() if key != "stackTrace"}


if __name__ == "__main__":
    asyncio.run(main())
    time.sleep(0.1)  # the SDK's threads end; see segue.runtime.client
