"""How much a worker takes on, and where it says how it is."""

from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class WorkerSettings(Room):
    """How much a worker takes on, and where it says how it is."""

    max_concurrent_workflow_tasks: Annotated[
        int,
        Field(
            alias="SEGUE_MAX_CONCURRENT_WORKFLOW_TASKS",
            ge=2,
            le=10_000,
            description="Workflow tasks at once, per worker.",
        ),
    ] = 100
    max_concurrent_activities: Annotated[
        int,
        Field(
            alias="SEGUE_MAX_CONCURRENT_ACTIVITIES",
            ge=1,
            le=10_000,
            description=(
                "Activities at once, per worker and queue; searches: SEGUE_SEARCH_CONCURRENCY."
            ),
        ),
    ] = 200
    probe_host: Annotated[
        str,
        Field(alias="SEGUE_PROBE_HOST", description="Address of probes and metrics of a worker."),
    ] = "127.0.0.1"
    probe_port: Annotated[
        int | None,
        Field(
            alias="SEGUE_PROBE_PORT",
            ge=0,
            le=65535,
            description="Their port; 0: any free one; unset: none.",
        ),
    ] = None
