"""What machines ask: is it alive, can it work, what has it done."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from segue.runs.service.metrics import CONTENT_TYPE
from segue.web.contracts import Health, Readiness
from segue.web.key_access import MetricsReader
from segue.web.services import Api
from segue.web.shown import problems

router = APIRouter(tags=["operation"])


@router.get("/healthz")
async def alive() -> Health:
    """The process answers; nothing else is asked."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Not ready."}})
async def ready(api: Api, response: Response) -> Readiness:
    """Whether Temporal and the database answer."""
    temporal, database, worker = await asyncio.gather(
        api.parts.temporal_ready(), api.parts.database_ready(), api.parts.worker_ready()
    )
    is_ready = temporal and database
    if not is_ready:
        response.status_code = 503
    return Readiness(ready=is_ready, temporal=temporal, database=database, worker=worker)


@router.get(
    "/metrics",
    response_class=Response,
    responses=problems() | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(_key: MetricsReader, api: Api) -> Response:
    """All metrics in Prometheus' text format."""
    return Response(await api.parts.metrics(), media_type=CONTENT_TYPE)
