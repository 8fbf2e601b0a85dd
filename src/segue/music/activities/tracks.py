"""The five activities of a single song."""

from temporalio import activity

from segue.errors.catalogue import WriteNotShownError
from segue.music.activities.doubts import settle_doubt
from segue.music.activities.finding import gather
from segue.music.activities.playlist_writer import PlaylistWriter
from segue.music.activities.reading import read_slots
from segue.music.activities.searching import PacedSearches
from segue.music.catalogues.port import Catalogue
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge
from segue.music.store.music_store import MusicStore
from segue.music.store.verdicts import wish_key
from segue.music.wire.agents import AnsweredDoubt
from segue.music.wire.names import (
    ADD_TO_PLAYLIST,
    AI_DISAMBIGUATE,
    FUZZY_MATCH,
    SPOTIFY_SEARCH,
    VERIFY_TRACK_ADDED,
)
from segue.music.wire.tracks import AddInput, AddResult, MatchInput, SearchResult
from segue.runtime.heartbeats import heartbeating


class TrackActivities:
    """Search, match, ask, add, verify.

    Args:
        catalogue: Where playlists are.
        searches: Those of this worker.
        store: Decisions and the review queue.
        writer: Of this worker.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        searches: PacedSearches,
        store: MusicStore,
        writer: PlaylistWriter,
    ) -> None:
        self._catalogue = catalogue
        self._writer = writer
        self._searches = searches
        self._store = store

    @activity.defn(name=SPOTIFY_SEARCH)
    async def spotify_search(self, song: SongMetadata) -> SearchResult:
        """Candidates for a song; at most a few dozen, about 300 bytes each.

        Idempotency: reads only.
        """
        async with heartbeating(), self._searches.own_turn():
            return await gather(song, self._searches)

    @activity.defn(name=FUZZY_MATCH)
    async def fuzzy_match(self, request: MatchInput) -> Verdict:
        """Choose among candidates; what the user decided for this song before wins.

        Idempotency: reads only.
        """
        async with heartbeating():
            decisions = await self._store.verdicts.decisions_for([request.song])
        return decisions.get(wish_key(request.song)) or judge(request.song, request.candidates)

    @activity.defn(name=AI_DISAMBIGUATE)
    async def ai_disambiguate(self, doubt: AnsweredDoubt) -> Verdict:
        """Apply a model's choice under the vetoes; what stays in doubt waits for a person.

        Idempotency: a second run comes to the same verdict, and finds its question queued.
        """
        verdict = settle_doubt(doubt)
        if verdict.decision == "review" and doubt.record:
            async with heartbeating():
                await self._store.verdicts.ask({wish_key(doubt.song): (doubt.song, verdict)})
        return verdict

    @activity.defn(name=ADD_TO_PLAYLIST)
    async def add_to_playlist(self, request: AddInput) -> AddResult:
        """Put a track at the playlist's end, unless the playlist holds it already.

        Idempotency: the playlist's writer adds only what is missing; after a write that ended
        without an answer it waits until that would show, and reads anew.
        """
        owner = activity.info().workflow_id or ""
        async with heartbeating():
            return await self._writer.add(request.playlist_id, request.uri, owner)

    @activity.defn(name=VERIFY_TRACK_ADDED)
    async def verify_track_added(self, request: AddInput) -> int:
        """The track's 0-based place in the playlist, read back.

        Idempotency: reads only.

        Raises:
            WriteNotShownError: The playlist does not hold it, or does not show it yet.
        """
        async with heartbeating():
            if request.position is not None:
                page = await self._catalogue.read_items(
                    request.playlist_id, offset=request.position, limit=1
                )
                if page.uris == (request.uri,):
                    return request.position
            uris = await self._uris(request.playlist_id)
        if request.uri not in uris:
            raise WriteNotShownError(
                f"The playlist {request.playlist_id} was read back and does not hold {request.uri}."
            )
        return uris.index(request.uri)

    async def _uris(self, playlist_id: str) -> list[str | None]:
        return list(await read_slots(self._catalogue, playlist_id))
