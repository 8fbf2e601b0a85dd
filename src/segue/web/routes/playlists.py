"""The playlists of the account that all keys share."""

from typing import Annotated

from fastapi import APIRouter, Query

from segue.web.contracts import PlaylistList
from segue.web.key_access import Reader
from segue.web.music import music_of
from segue.web.services import Api
from segue.web.shown import problems

router = APIRouter(prefix="/api/v1/playlists", tags=["start"])


@router.get("", responses=problems(422, 502))
async def list_playlists(
    _key: Reader,
    api: Api,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> PlaylistList:
    """The playlists of the account, in the catalogue's order."""
    playlists = await music_of(api).playlists()
    following = offset + limit
    return PlaylistList(
        playlists=tuple(playlists[offset:following]),
        next_offset=following if following < len(playlists) else None,
    )
