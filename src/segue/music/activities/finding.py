"""Search a catalogue for a song, and decide: the one place where searches are spent."""

from segue.errors.catalogue import NotFoundError
from segue.music.activities.searching import Searching
from segue.music.catalogues.port import SEARCH_LIMIT
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge
from segue.music.matching.policy import STANDARD, MatchPolicy
from segue.music.matching.queries import search_queries
from segue.music.wire.tracks import SearchResult

_TRACK_URI = "spotify:track:"


async def find(song: SongMetadata, catalogue: Searching, policy: MatchPolicy = STANDARD) -> Verdict:
    """Find the song in the catalogue, or say why not.

    A Spotify track URI in the source is looked up first; its track is still compared. Then the
    query forms are searched one after another until a candidate is accepted, more searching cannot
    help, or the policy's budget is spent. ``searches`` counts lookups, too.

    Raises:
        CatalogueError: Whatever the catalogue raised; nothing is retried here.
    """
    verdict, _ = await _search(song, catalogue, policy)
    return verdict


async def gather(
    song: SongMetadata, catalogue: Searching, policy: MatchPolicy = STANDARD
) -> SearchResult:
    """The candidates that :func:`find` would decide on, for deciding elsewhere.

    Raises:
        CatalogueError: Whatever the catalogue raised.
    """
    verdict, tracks = await _search(song, catalogue, policy)
    return SearchResult(candidates=tuple(tracks.values()), searches=verdict.searches)


async def _search(
    song: SongMetadata, catalogue: Searching, policy: MatchPolicy
) -> tuple[Verdict, dict[str, Track]]:
    tracks: dict[str, Track] = {}
    searches = 0
    forms = search_queries(song)
    verdict = judge(song, (), policy)
    if (forms or song.is_address) and song.uri and song.uri.startswith(_TRACK_URI):
        searches += 1
        if track := await _look_up(song.uri, catalogue):
            tracks[track.uri] = track
            verdict = judge(song, (track,), policy)
            if verdict.decision == "accept":
                return _with_searches(verdict, searches, by_source=True), tracks
    for query in forms[: policy.most_searches]:
        page = await catalogue.search(query, limit=SEARCH_LIMIT)
        searches += 1
        fresh = [track for track in page if track.uri not in tracks]
        tracks.update((track.uri, track) for track in page)
        if not fresh and searches > 1:
            continue
        verdict = judge(song, tuple(tracks.values()), policy)
        if verdict.decision == "accept":
            break
    return _with_searches(verdict, searches), tracks


async def _look_up(uri: str, catalogue: Searching) -> Track | None:
    try:
        return await catalogue.get_track(uri)
    except NotFoundError:
        return None


def _with_searches(verdict: Verdict, searches: int, *, by_source: bool = False) -> Verdict:
    decided_by = "source" if by_source else verdict.decided_by
    return verdict.model_copy(update={"searches": searches, "decided_by": decided_by})
