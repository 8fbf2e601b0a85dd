"""Patterns of agents: list them, run one, see how it ended."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Security
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from segue.gallery.contracts import PatternRun, PatternView
from segue.gallery.service.gallery import GalleryService
from segue.web.key_access import caller
from segue.web.scopes import ApiKey, Scope
from segue.web.services import Api, Services
from segue.web.shown import problems, retry_later

router = APIRouter(prefix="/api/v1/patterns", tags=["patterns"])

PatternReader = Annotated[ApiKey, Security(caller, scopes=[Scope.PATTERNS_READ])]
PatternWriter = Annotated[ApiKey, Security(caller, scopes=[Scope.PATTERNS_WRITE])]
Slug = Annotated[
    str, Path(description="From the list.", pattern=r"^[a-z0-9_]{1,80}$", examples=["hello_world"])
]
WorkflowId = Annotated[
    str, Path(description="From the answer that started it.", pattern=r"^[0-9A-Za-z._-]{1,200}$")
]

_LONGEST_WAIT_S = 30
_MOST_ARGUMENTS = 8


class PatternList(BaseModel, frozen=True):
    """All patterns."""

    patterns: tuple[PatternView, ...]


class PatternWish(BaseModel):
    """A pattern to run.

    Attributes:
        arguments: By position; those that are not given are the sample's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    arguments: list[Any] = Field(default_factory=list[Any], max_length=_MOST_ARGUMENTS)


@router.get("", responses=problems())
async def list_patterns(_key: PatternReader, api: Api) -> PatternList:
    """All patterns, with what each is for and what it takes."""
    return PatternList(patterns=tuple(_gallery(api).patterns()))


@router.post("/{slug}/runs", status_code=202, responses=problems(400, 404, 413, 422))
async def run_pattern(slug: Slug, body: PatternWish, key: PatternWriter, api: Api) -> PatternRun:
    """Start a pattern."""
    return await _gallery(api).start(slug, body.arguments, owner=key.id)


@router.get(
    "/{slug}/runs/{workflow_id}",
    responses=problems(404, 422) | retry_later("It has not ended; ask again.", PatternRun),
    response_model=PatternRun,
)
async def show_pattern_run(
    slug: Slug,
    workflow_id: WorkflowId,
    key: PatternReader,
    api: Api,
    wait: Annotated[
        int, Query(ge=0, le=_LONGEST_WAIT_S, description="Seconds to wait for the end.")
    ] = 0,
) -> Response:
    """How a run of a pattern ended, of the key's own; 202 while it has not.

    A run that failed is answered with 200: the question was answered.
    """
    run = await _gallery(api).run(
        slug,
        workflow_id,
        owner=None if key.is_admin else key.id,
        within=timedelta(seconds=wait),
    )
    is_running = run.status == "running"
    return Response(
        run.model_dump_json(),
        202 if is_running else 200,
        {"Retry-After": "1"} if is_running else {},
        media_type="application/json",
    )


def _gallery(api: Services) -> GalleryService:
    return api.service("gallery", GalleryService)
