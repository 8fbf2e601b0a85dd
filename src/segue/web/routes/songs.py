"""Songs as JSON, for who has no file."""

import io
import json

from fastapi import APIRouter

from segue.music.contracts.imports import ImportReport
from segue.web.contracts import SongList
from segue.web.key_access import Writer
from segue.web.music import music_of
from segue.web.routes.imports import read_within_quota
from segue.web.services import SONG_LISTS, Api
from segue.web.shown import problems

router = APIRouter(prefix=SONG_LISTS, tags=["start"])


@router.post("", status_code=201, responses=problems(400, 413, 415, 422))
async def import_songs(body: SongList, key: Writer, api: Api) -> ImportReport:
    """Store a list of songs as an upload is stored; the same list gives the same import."""
    rows = [song.model_dump(exclude_none=True) for song in body.songs]
    imports = music_of(api).imports.within(api.limits.imports)

    async def read() -> ImportReport:
        return await imports.read(None, stdin=io.BytesIO(json.dumps(rows).encode()), format="json")

    with api.reading.take(key.id):
        return await read_within_quota(api, key, read)
