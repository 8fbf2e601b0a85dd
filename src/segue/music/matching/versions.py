"""What the words beside a title say about the recording.

"Live at Leeds", "Remastered 2011", "Radio Edit", "feat. Nelly", "Official Video": each such segment
is a version (another recording), a cut (the same recording, another length), a guest list, a mere
label, or simply part of the title.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from segue.music.matching.normalise import fold

Role = Literal["version", "cut", "guests", "label", "subtitle"]

# Version words and the kind of recording they name. Kinds must agree, or it is another recording.
# Order matters: the first pattern that fits a segment names it, and a segment may have several.
_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("karaoke", r"karaoke|sing ?along|in the style of|made famous by|originally performed"
                r"|backing track|minus one"),
    ("cover", r"tribute (?:to|version)|cover version|cover(?: of| by)?$|^cover\b|covered by"
              r"|rendition of|as made popular by|lullaby (?:version|rendition)"),
    ("live", r"live|unplugged|recorded at|in concert|en vivo|en directo|ao vivo|en concert|dal vivo|concierto"
             r"|sessions?|bbc|peel|a colors show|tiny desk|in the live lounge|livestream"),
    ("acoustic", r"acoustic|unplugged|acustic[oa]|acustica|acoustique|akustik|stripped|campfire"),
    ("a cappella", r"a ?capp?ella|vocals? only|isolated vocals?"),
    ("instrumental", r"instrumental|without vocals|no vocals|beat only"),
    ("demo", r"demos?|rough mix|work tape|home recording|sketch"),
    ("outtake", r"outtakes?|alternat(?:e|ive)|rehearsal|early take|take \d+|unreleased|false start"),
    ("sped up", r"sped ?up|speed(?:ed)? up|nightcore|fast version|spedup"),
    ("slowed", r"slowed(?: down)?|reverb|daycore|chopped|screwed"),
    ("re-recorded", r"re ?record(?:ed|ing)|rerecord(?:ed|ing)|taylors version|new recording"
                    r"|newly recorded|re ?imagined|reimagined"),
    ("orchestral", r"orchestral|symphonic|philharmonic|strings? version|string quartet"),
    ("piano", r"piano (?:version|solo|cover)|solo piano|guitar version|ukulele version"),
    ("commentary", r"commentary|interview|track by track|spoken"),
    ("8d", r"8d|lo ?fi"),
    ("interlude", r"interlude|intro|outro|skit|prelude|epilogue"),
    ("remix", r"remix(?:es|ed)?|rmx|rework(?:ed)?|bootleg|mash ?up|flip|vip|refix|re ?edit|dub"
              r"|remode|remake|redux|reprise|megamix|medley|mixed"),
)  # fmt: skip
_LANGUAGES: Final = (
    "english|spanish|espanol|french|francais|german|deutsch|italian|italiano|portuguese|japanese"
    "|korean|chinese|mandarin|cantonese|russian|hindi|tamil|telugu|arabic|swedish|dutch|turkish"
    "|spanglish|polish|greek|hebrew|thai|indonesian"
)
_KIND: Final = tuple((kind, re.compile(rf"\b(?:{words})\b")) for kind, words in _KINDS)
_KIND_LANGUAGE: Final = re.compile(
    rf"\b({_LANGUAGES})\b(?= (?:version|ver|mix)\b)|^({_LANGUAGES})$"
)
_MIX: Final = re.compile(r"\b(?:mix|edit|version|ver|cut|take)\b")
_SHORT: Final = re.compile(
    r"\b(?:radio|single|short|video|7|tv)\b.*\b(?:edit|mix|cut|version|ver)\b"
    r"|^(?:\w+ )?edit(?:ed)?$|\bedit(?:ed)?(?: version)?$|\bshort\b|^radio$"
)
_LONG: Final = re.compile(
    r"\bextended\b|\b12(?: inch)?\b.*\b(?:mix|version|single)?|\blong\b|full length|\bclub (?:edit|version)\b"
)
_REMASTER: Final = re.compile(r"\bremaster\w*\b|\bremasteriz\w+\b|\bdigital master\b")
# The same recording in another wrapping.
_LABEL: Final = re.compile(
    r"^(?:the |original |official |full |new )*(?:"
    r"(?:lp|album|single|original|standard|main|main|full|studio|explicit|clean|dirty|uncensored"
    r"|censored|stereo|mono|us|uk|international|soundtrack|movie|film|hit|lyrics?|audio|video|music"
    r"|hd|hq|4k|8k|uhd|1080p|720p|60fps|visuali[sz]er|mv|m v|clip|videoclip|clip officiel|bonus"
    r"|track|deluxe|edition|expanded|special|anniversary|version|ver|mix|song|with|on|screen"
    r"|color coded|prod|digital|ep|cd|vinyl|7|inch|visual|remaster\w*|and|in|promo|release|album"
    r"|oficial|officiel|videoclipe|letra|legendado|sub|subtitles|english|lyric|topic|vevo|premiere"
    r"|\d{4}|\d+th)(?: |$))+$"
)
_SOURCE: Final = re.compile(
    r"^(?:taken |music |theme |song |songs |inspired by |as heard |featured )*from (?:the )?.+"
    r"|^(?:ost|bof|original (?:motion picture )?soundtrack|soundtrack|main (?:title|theme))\b.*"
    r"|^(?:prod|produced|written|directed|dir|shot|mixed|mastered|arr)(?: by)? .+"
    r"|^(?:bonus|hidden) track.*|.+ (?:bonus track|exclusive)$"
)  # fmt: skip
_GUESTS: Final = re.compile(
    r"^(?:feat|ft|featuring|with|w|con|duet with|and|avec|mit|starring)\s+(.+)$"
)
_FILLER: Final = {
    "the", "a", "at", "in", "on", "from", "of", "for", "version", "ver", "mix", "edit", "remix", "live",
    "recorded", "recording", "remaster", "remastered", "official", "by", "and", "acoustic", "rmx",
    "original", "originally", "performed", "karaoke", "style", "instrumental", "demo", "take",
    "single", "album", "session", "sessions", "video", "audio", "studio", "music", "remixed",
    "feat", "ft", "with", "radio", "extended", "full", "track", "bonus", "mono", "stereo",
    "en", "vivo", "concert", "digital", "show", "tour", "sped", "up", "slowed", "down", "reverb",
    "12", "7", "inch", "alternate", "alternative", "outtake", "unplugged", "made", "famous",
}  # fmt: skip
_YEAR: Final = re.compile(r"^(?:19|20)\d\d$")
_CUT_WORDS: Final = {"short": "edit", "long": "extended"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A bracket or a dash-tail of a title.

    Attributes:
        text: Folded.
        kinds: Kinds of recording it names; of versions only.
        cut: ``edit`` or ``extended`` where it names another length.
        names: The words that tell this version from others of its kind: remixer, place.
        year: A year it names ("Live 1972", "2011 Remaster").
    """

    role: Role
    text: str
    kinds: frozenset[str] = frozenset()
    cut: str = ""
    names: tuple[str, ...] = ()
    year: int | None = None


@lru_cache(maxsize=1 << 14)
def read_segment(raw: str) -> Segment:
    """Say what a bracket or a dash-tail is about."""
    text = fold(raw)
    if guests := _GUESTS.match(text):
        return Segment("guests", guests[1])
    if not text or _LABEL.match(text + " ") or _YEAR.match(text):
        return Segment("label", text, year=_year(text))
    kinds = frozenset(_kinds_in(text))
    names = tuple(word for word in text.split() if word not in _FILLER and not _YEAR.match(word))
    cut = _cut(text)
    if kinds:
        return Segment("version", text, kinds, cut, names, _year(text))
    if _SOURCE.match(text) or _REMASTER.search(text):
        return Segment("label", text, year=_year(text))
    if cut and len(names) == 0:
        return Segment("cut", text, cut=cut)
    if _MIX.search(text):
        kind = "remix" if re.search(r"\b(?:mix|edit)\b", text) else "version"
        return Segment(
            "version", text, frozenset({kind}) if names else frozenset(), cut, names, _year(text)
        )
    return Segment("subtitle", text)


def _kinds_in(text: str) -> Iterator[str]:
    for kind, pattern in _KIND:
        if pattern.search(text):
            yield kind
    if language := _KIND_LANGUAGE.search(text):
        yield f"{language[1] or language[2]} language"


def _cut(text: str) -> str:
    if _LONG.search(text):
        return "extended"
    return "edit" if _SHORT.search(text) else ""


def _year(text: str) -> int | None:
    return next((int(word) for word in text.split() if _YEAR.match(word)), None)


_ALBUM_KINDS: Final = (
    ("live", re.compile(r"\blive (?:at|in|from|on)\b|\blive$|\bunplugged\b|\bin concert\b|\bao vivo\b|\ben vivo\b")),
    ("karaoke", re.compile(r"\bkaraoke\b")),
    ("instrumental", re.compile(r"\binstrumentals?\b")),
    ("acoustic", re.compile(r"\bacoustic\b")),
    ("demo", re.compile(r"\bdemos\b")),
    ("sped up", re.compile(r"\bsped up\b")),
)


@lru_cache(maxsize=1 << 14)
def album_kinds(folded: str) -> frozenset[str]:
    """Kinds of recording that a release's name promises for all its tracks."""
    return frozenset(kind for kind, pattern in _ALBUM_KINDS if pattern.search(folded))
