"""The numbers of the matcher, each with its reason.

Distances run from 0 (the song itself) to 1. A penalty marked "veto" in the ledger forbids an
acceptance however small the sum is; its amount only says how near a miss it was.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """How much each disagreement counts, and where acceptance and doubt end.

    Attributes:
        accept: Distance up to which a track is added. Two slips in a title of ten letters, or one
            slip in title and artist each, still pass; a wrong song costs more than a missing one.
        review: Distance up to which a track is worth showing to a person.
        gap: Lead over a differently named runner-up that a misspelt wish needs: with two targets
            equally near, nobody knows which was meant.
        most_searches: Searches per song; Spotify counts every one (docs/matching.md).

        title: Weight of misspelling in a title, per share of its letters.
        other_title: Share of letters beyond which titles are not compared further.
        word: For a word that stands on one side only: usually another song.
        subtitle: For a bracket on one side only: usually the same song, more fully named.
        tail: For an unknown text behind a dash on one side only: catalogues put versions there.
        number: For another part, volume or movement.

        artist: Weight of disagreement between artists.
        other_artist: Disagreement beyond which it is another artist.
        no_artist: For a wish that names nobody: many songs share a title.
        absent: For artists asked for whom the track does not name, at their share of all but the
            main one: without them it is another recording.
        guests: For artists on the track who were not asked for, likewise: more than what breaks
            ties together, and less than another cut, for sources leave guests out.
        misspelt_artist: Disagreement up to which an artist is misspelt rather than another.
        both_misspelt: What is left of an artist's misspelling beside a misspelt title: two slips
            tell of the typist; another song would hardly be near in both.
        agreed: What is left of spelling penalties where length or release agree.

        version: For another kind of recording (live, remix, karaoke…).
        version_name: For another one of its kind (another remixer, another concert).
        unnamed_remix: For "Remix" without a name against one with it: there are many.
        unnamed_version: The same for other kinds, where there is mostly one.
        unplugged: For live against acoustic where both fit.
        album_version: For a track that only its release calls live, karaoke…
        release: For a kind of recording that only the release asked for tells: certain, but worth
            a word.
        cut: For a radio edit or extended cut of the recording asked for.

        duration_grace_ms: Difference that pressings of one recording show.
        duration_grace_share: The same, for long recordings.
        duration_agreed_ms: Difference up to which a length is evidence for the track.
        duration: Weight of a difference beyond the grace, at the veto's mark.
        duration_veto_ms: Difference from which it is another cut or recording.
        duration_veto_share: The same, for long recordings.

        album: For another release of the same recording: it only breaks ties.
        soundtrack: For another release than the soundtrack or cast recording asked for: songs are
            recorded anew for those.
        year: For another year, ten years or more apart: it only breaks ties.
        isrc: For another ISRC: pressings have their own, so it only breaks ties.
        label: For "Remastered" and the like on one side only: it only breaks ties.
    """

    accept: float = 0.20
    review: float = 0.55
    gap: float = 0.05
    most_searches: int = 2

    title: float = 0.8
    other_title: float = 0.6
    word: float = 0.25
    subtitle: float = 0.04
    tail: float = 0.22
    number: float = 0.4

    artist: float = 0.9
    other_artist: float = 0.5
    no_artist: float = 0.3
    absent: float = 0.1
    guests: float = 0.05
    misspelt_artist: float = 0.27
    both_misspelt: float = 0.4
    agreed: float = 0.7

    version: float = 0.6
    version_name: float = 0.4
    unnamed_remix: float = 0.3
    unnamed_version: float = 0.02
    unplugged: float = 0.05
    album_version: float = 0.22
    release: float = 0.01
    cut: float = 0.06

    duration_grace_ms: int = 6_000
    duration_grace_share: float = 0.03
    duration_agreed_ms: int = 3_000
    duration: float = 0.15
    duration_veto_ms: int = 25_000
    duration_veto_share: float = 0.12

    album: float = 0.03
    soundtrack: float = 0.1
    year: float = 0.01
    isrc: float = 0.005
    label: float = 0.004


STANDARD: Final = MatchPolicy()
