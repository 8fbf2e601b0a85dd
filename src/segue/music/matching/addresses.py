"""Decide for a song of which the source gives the address or the ISRC, and no words."""

from collections.abc import Sequence
from typing import Final

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import ScoredTrack, Verdict
from segue.music.matching.titles import read_title

_ALTERNATIVES: Final = 5  # what a verdict may carry; see contracts.Verdict
_UNDATED: Final = "9999"  # sorts behind every release date


def judge_address(song: SongMetadata, tracks: Sequence[Track]) -> Verdict:
    """Take the track at the address; of several pressings with one ISRC the earliest.

    Different songs under one ISRC, which services hold by mistake, are for a person to tell apart.
    """
    distinct = {track.uri: track for track in tracks}
    if song.uri in distinct:
        hits = [distinct[song.uri]]
    else:
        hits = [track for track in distinct.values() if song.isrc and track.isrc == song.isrc]
    if not hits:
        return Verdict(decision="none", reason=f"The catalogue has no track {song.title}.")
    hits.sort(key=lambda track: (track.release_date or _UNDATED, track.uri))
    same_song = len({(read_title(track.title).base, track.artists[:1]) for track in hits}) == 1
    return Verdict(
        decision="accept" if same_song else "review",
        track=hits[0],
        confidence=1.0 if same_song else 0.5,
        reason="The source names this very track."
        if same_song
        else f"Several songs have the ISRC {song.isrc}.",
        alternatives=tuple(
            ScoredTrack(track=track, confidence=1.0 if same_song else 0.5)
            for track in hits[:_ALTERNATIVES]
        ),
    )
