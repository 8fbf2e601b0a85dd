"""What people decided for doubtful matches: for the whole catalogue, as the queue is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from segue.errors.sync import RunNotFoundError
from segue.web.contracts import DecisionList
from segue.web.key_access import ReviewReader, ReviewWriter
from segue.web.music import music_of
from segue.web.paging import Offset, Place
from segue.web.services import Api, Services
from segue.web.shown import problems

router = APIRouter(prefix="/api/v1/decisions", tags=["review"])

Key = Annotated[str, Path(description="From the list.", pattern=r"^[0-9A-Za-z]{1,40}$")]


@router.get("", responses=problems(422))
async def list_decisions(
    _key: ReviewReader,
    api: Api,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Place = None,
    offset: Offset = 0,
) -> DecisionList:
    """The decisions in force, newest first."""
    page = await music_of(api).decisions(limit=limit, after=cursor, offset=offset)
    return DecisionList(
        decisions=page.items,
        next_cursor=page.next,
        next_offset=offset + limit if page.next and not cursor else None,
    )


@router.delete("/{key}", status_code=204, responses=problems(404, 422))
async def forget_decision(key: Key, _key: ReviewWriter, api: Api) -> Response:
    """Undo a decision: the next sync of everybody matches the song anew."""
    await _forget(api, key)
    return Response(status_code=204)


async def _forget(api: Services, key: str) -> None:
    """Forget the decision under a key.

    Raises:
        RunNotFoundError: There is none.
    """
    if not await music_of(api).forget_decision(key):
        raise RunNotFoundError(f"Nothing was decided under {key!r}.", hint="")
