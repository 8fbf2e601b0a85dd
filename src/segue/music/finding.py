"""Search a catalogue for a song and decide."""

from segue.errors import NotFoundError
from segue.music.catalogues.port import SEARCH_LIMIT, Catalogue
from segue.music.contracts import SongMetadata, Track, Verdict
from segue.music.matching.decide import judge
from segue.music.matching.policy import STANDARD, MatchPolicy
from segue.music.matching.queries import search_queries


async def find(song: SongMetadata, catalogue: Catalogue, policy: MatchPolicy = STANDARD) -> Verdict:
    """Search and decide."""
    searches = 0
    seen: dict[str, Track] = {}
    if song.uri and song.uri.startswith("spotify:track:"):
        searches += 1
        try:
            track = await catalogue.get_track(song.uri)
            verdict = judge(song, [track], policy)
            if verdict.decision == "accept":
                return verdict.model_copy(update={"searches": searches, "decided_by": "source"})
        except NotFoundError:
            pass
    verdict = judge(song, [], policy)
    for query in search_queries(song):
        for track in await catalogue.search(query, limit=SEARCH_LIMIT):
            seen[track.uri] = track
        searches += 1
        verdict = judge(song, list(seen.values()), policy)
        if verdict.decision == "accept":
            break
    return verdict.model_copy(update={"searches": searches})
