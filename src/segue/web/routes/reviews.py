"""Doubtful matches: one queue for the whole catalogue, so whoever may see it sees everybody's."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from segue.errors.sync import RunNotFoundError
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.web.contracts import DecisionRequest, ReviewPage
from segue.web.key_access import ReviewReader, ReviewWriter
from segue.web.music import music_of
from segue.web.paging import Offset, Place
from segue.web.services import Api, Services
from segue.web.shown import problems

router = APIRouter(prefix="/api/v1/reviews", tags=["review"])

Key = Annotated[str, Path(description="From the list.", pattern=r"^[0-9A-Za-z]{1,40}$")]


@router.get("", responses=problems(422))
async def list_reviews(
    _key: ReviewReader,
    api: Api,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    cursor: Place = None,
    offset: Offset = 0,
) -> ReviewPage:
    """What waits for a person, oldest first; what was decided meanwhile has left the list."""
    page = await music_of(api).reviews(limit=limit, after=cursor, offset=offset)
    return ReviewPage(
        items=page.items,
        next_cursor=page.next,
        next_offset=offset + limit if page.next and not cursor else None,
    )


@router.post("/{key}/decision", responses=problems(400, 404, 409, 422, 502))
async def decide_review(
    key: Key, body: DecisionRequest, _key: ReviewWriter, api: Api
) -> ReviewDecision:
    """Settle a doubt for this and every later run of everybody."""
    return await music_of(api).decide(await _waiting(api, key), body.uri)


async def _waiting(api: Services, key: str) -> ReviewItem:
    """What waits under this key.

    Raises:
        RunNotFoundError: Nothing does.
    """
    item = await music_of(api).review(key)
    if item is None:
        raise RunNotFoundError(f"Nothing under {key!r} waits for a decision.", hint="")
    return item
