"""Starting: one song, one song by agents, a playlist."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel

from segue.music.contracts.runs import RunStart
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncRequest
from segue.web.contracts import PlaylistSyncRequest, SongRequest, Started
from segue.web.key_access import Writer
from segue.web.music import music_of
from segue.web.scopes import ApiKey
from segue.web.services import Api, Services
from segue.web.shown import problems

router = APIRouter(prefix="/api/v1", tags=["start"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        description="The same key with the same body is done once and answered alike for a day.",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        examples=["3f0c5a52-7b1e-4ad5-9a0e-2f5d1c9d8e11"],
    ),
]
_STARTED = problems(400, 404, 409, 413, 422)


@router.post("/sync", status_code=202, responses=_STARTED)
async def sync_song(
    body: SongRequest, key: Writer, api: Api, idempotency_key: IdempotencyKey = None
) -> Started:
    """Start one song into one playlist: the matcher chooses.

    The same wish that is running already is joined, not started twice.
    """
    return await _song(api, key, body, Strategy.PIPELINE, idempotency_key)


@router.post("/agent-sync", status_code=202, responses=_STARTED)
async def sync_song_by_agents(
    body: SongRequest, key: Writer, api: Api, idempotency_key: IdempotencyKey = None
) -> Started:
    """Start one song into one playlist: agents choose, those that the service's flags name.

    Where agents are off, it is refused with `run.agent_failed`.
    """
    return await _song(api, key, body, music_of(api).agent_strategy, idempotency_key)


@router.post("/playlist-syncs", status_code=202, responses=_STARTED)
async def sync_playlist(
    body: PlaylistSyncRequest, key: Writer, api: Api, idempotency_key: IdempotencyKey = None
) -> Started:
    """Start an uploaded file into a playlist, or join the sync that does the same already."""

    async def start() -> RunStart:
        await api.owners.check_import(key, body.import_id)
        return await music_of(api).start_playlist(SyncRequest(**body.model_dump()))

    return await _start(api, key, start, ("playlist-syncs", body, idempotency_key))


async def _song(
    api: Services,
    key: ApiKey,
    body: SongRequest,
    strategy: Strategy,
    idempotency_key: str | None,
) -> Started:
    song = SongMetadata(title=body.song_title, artist=body.artist, album=body.album)

    async def start() -> RunStart:
        return await music_of(api).start_song(song, body.playlist_id, strategy)

    route = "sync" if strategy is Strategy.PIPELINE else "agent-sync"
    return await _start(api, key, start, (route, body, idempotency_key))


async def _start(
    api: Services,
    key: ApiKey,
    start: Callable[[], Awaitable[RunStart]],
    request: tuple[str, BaseModel, str | None],
) -> Started:
    async def once() -> str:
        run = await start()
        await api.owners.own_run(key, run)
        url = f"/api/v1/runs/{run.workflow_id}"
        return Started(workflow_id=run.workflow_id, url=url, joined=run.joined).model_dump_json()

    route, body, idempotency_key = request
    if idempotency_key is None:
        return Started.model_validate_json(await once())
    same = f"{route}\n{body.model_dump_json()}"
    answer = await api.answers.once(key, idempotency_key, same, once)
    if not answer.startswith("{"):  # of the release before, which kept the id alone, for a day
        return Started(workflow_id=answer, url=f"/api/v1/runs/{answer}")
    return Started.model_validate_json(answer)
