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

from rapidfuzz.distance import OSA

from segue.music.matching.normalise import fold

Role = Literal["version", "cut", "guests", "label", "subtitle"]

# Version words and the kind of recording they name. Kinds must agree, or it is another recording.
# Order matters: the first pattern that fits a segment names it, and a segment may have several.
_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("karaoke", r"karaoke|sing ?along|in the style of|made famous by|originally performed"
                r"|backing track|minus one"),
    ("cover", r"tribute (?:to|version)|cover version|cover(?: of| by)?$|^cover\b|covered by"
              r"|rendition of|as made popular by|lullaby (?:version|rendition)"),
    ("live", r"live|unplugged|recorded (?:at|live|on|\d+)|in concert|en vivo|en directo|ao vivo"
             r"|en concert|dal vivo|concierto|sessions?|bbc|peel|a colors show|tiny desk|livestream"
             r"|spotify (?:singles?|studio)|(?:early|late|first|second|1st|2nd|3rd) show"
             r"|(?:january|february|march|april|may|june|july|august|september|october|november"
             r"|december) (?:\d{1,2} )?(?:19|20)\d\d"),
    ("acoustic", r"acoustic|unplugged|acustic[oa]|acustica|acoustique|akustik|stripped|campfire"),
    ("a cappella", r"a ?capp?ella|vocals? only|isolated vocals?"),
    ("instrumental", r"instrumental|strumentale|without vocals|no vocals|beat only"),
    ("demo", r"demos?|maqueta|home tape|rough mix|work tape|home recording|sketch"),
    ("outtake", r"(?:studio )?jam(?: \d)?$|unfinished|lost tapes?|outtakes?|alternat(?:e|ive)|rehearsal|early take|take \d+|unreleased|false start"),
    ("sped up", r"sped ?up|speed(?:ed)? up|nightcore|fast version|spedup"),
    ("slowed", r"slowed(?: down)?|reverb|daycore|chopped|screwed"),
    ("re-recorded", r"re ?record(?:ed|ing)?|revisited|taylors version|new recording"
                    r"|newly recorded|re ?imagined|new version|^(?:19|20)\d\d(?: (?:version|recording))?$"
                    r"|^version (?:19|20)\d\d$"),
    ("arrangement", r"^arr|arranged|8 ?bit|chiptune|emulation|music box|marching band"),
    ("orchestral", r"orchestral|with .*(?:orchestra|philharmonic|symphony)|symphonic|philharmonic|strings? version|string quartet"),
    ("piano", r"piano (?:version|solo|cover)|solo piano|guitar version|ukulele version"
              r"|^(?:\w+ )?(?:piano|guitar|ukulele|violin|cello|organ|harp|voice|vox)(?: rendition)?$"),
    ("commentary", r"commentary|interview|track by track|spoken"),
    ("8d", r"8d|lo ?fi"),
    ("interlude", r"interlude|intro|outro|skit|prelude|epilogue"),
    ("remix", r"remix(?:es|ed)?|rmx|re ?work(?:ed)?|remezcla|bootleg|mash ?up|flip|vip|refix|re ?edit|dub"
              r"|remode|remake|redux|reprise|megamix|medley|mixed|re ?rub|re ?fix|re ?touch|hardstyle"
              r"|phonk"),
)  # fmt: skip
_LANGUAGES: Final = (
    "english|spanish|espanol|french|francais|german|deutsch|italian|italiano|portuguese|japanese"
    "|korean|chinese|mandarin|cantonese|russian|hindi|tamil|telugu|arabic|swedish|dutch|turkish"
    "|spanglish|polish|greek|hebrew|thai|indonesian"
)
_KIND: Final = tuple((kind, re.compile(rf"(?<!\w)(?:{words})\b")) for kind, words in _KINDS)
_KIND_LANGUAGE: Final = re.compile(
    rf"\b({_LANGUAGES})\b(?= (?:version|ver|mix)\b)|^({_LANGUAGES})$"
)
_MIX: Final = re.compile(r"\b(?:mix|edit|version|ver|versao|versione|fassung|cut|take|edition)\b")
_NAMED_MIX: Final = re.compile(r"\b(?:mix|edit|edition)\b")
_SHORT: Final = re.compile(
    r"\b(?:radio|single|short|video|7|tv)\b.*\b(?:edit|mix|cut|version|ver)\b"
    r"|^(?:\w+ )?edit(?:ed)?$|\bedit(?:ed)?(?: version)?$|\bshort\b|^radio$|^excerpts?$"
)
_LONG: Final = re.compile(
    r"\b(?:extended|extendida|estendida)\b|\b12(?: inch)?\b.*\b(?:mix|version|single)?|\blong\b|full length|^maxi\b|\bclub (?:edit|version)\b"
)
_REMASTER: Final = re.compile(
    r"\b(?:(?:19|20)\d\d )?(?:(?:digital|stereo|mono|original|new) )*(?:remaster\w*|master)"
    r"(?: version| edition| recording)?(?: in)?(?: (?:19|20)\d\d)?\b|\b(?:bonus|hidden) track\b"
)
# The same recording in another wrapping.
_LABEL: Final = re.compile(
    r"^(?:the |original |official |full |new )*(?:"
    r"(?:lp|album|single|original|standard|main|main|full|studio|explicit|clean|dirty|uncensored"
    r"|censored|stereo|mono|us|uk|international|soundtrack|movie|film|hit|lyrics?|audio|video|music"
    r"|hd|hq|4k|8k|uhd|1080p|720p|60fps|visuali[sz]er|mv|m v|clip|videoclip|clip officiel|bonus"
    r"|track|deluxe|edition|expanded|special|anniversary|version|ver|mix|song|with|on|screen"
    r"|color coded|prod|digital|ep|cd|vinyl|7|inch|visual|remaster\w*|and|in|promo|release|album"
    r"|oficial|officiel|amended|edited|videoclipe|letra|legendado|sub|subtitles|english|lyric|topic|vevo|premiere"
    r"|\d{4}|\d+th)(?: |$))+$"
)
_SOURCE: Final = re.compile(
    r"^(?:taken |music |theme |song |songs |inspired by |as heard |featured )*from (?:the )?.+"
    r"|^(?:ost|bof|original (?:motion picture )?soundtrack|soundtrack|main (?:title|theme))\b.*"
    r"|^(?:prod|produced|written|directed|dir|shot|mixed|mastered|arr)(?: by)? .+"
    r"|.+ exclusive$|^(?:aus|de la pelicula|bande originale|extrait de|bof|b side|cara b)\b.*"
    r"|^.+ (?:original (?:motion picture )?)?soundtrack$|^(?:love|opening|ending) theme from .+"
)  # fmt: skip
_GUESTS: Final = re.compile(
    r"^(?:with|w|con|duet with|and|avec|mit|starring|participacao especial de) +(.+)$"
    r"|^(?:.* )?(?:feat|ft|featuring) +(.+)$"
)
_FILLER: Final = {
    "versao", "versione", "extendida", "estendida", "the", "a", "at", "in", "on", "from", "of", "for", "version", "ver", "mix", "edit", "remix", "live",
    "recorded", "recording", "remaster", "remastered", "official", "by", "and", "acoustic", "rmx",
    "original", "originally", "performed", "karaoke", "style", "instrumental", "demo", "take",
    "single", "album", "session", "sessions", "video", "audio", "studio", "music", "remixed",
    "feat", "ft", "with", "radio", "extended", "full", "track", "bonus", "mono", "stereo",
    "en", "vivo", "concert", "digital", "show", "tour", "sped", "up", "slowed", "down", "reverb",
    "ao", "directo", "edited", "length", "maxi", "excerpt", "excerpts", "bonus", "12", "7", "inch", "alternate", "alternative", "outtake", "unplugged", "made", "famous",
}  # fmt: skip
_YEAR: Final = re.compile(r"^(?:19|20)\d\d$")
_CUT_WORDS: Final = {"short": "edit", "long": "extended"}


# Version words worth recognising with a slip in them, and letters needed to be sure of it.
_OFTEN: Final = (
    "remix", "acoustic", "instrumental", "karaoke", "version", "remaster", "remastered", "extended",
    "original", "edition", "recorded",
)  # fmt: skip
_LONG_ENOUGH: Final = 5


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
    segment = _classify(text)
    if segment.role == "subtitle" and (respelt := _respell(text)) != text:
        return _classify(respelt)
    return segment


def _respell(text: str) -> str:
    """A misspelt version word still names the version ("Reemix", "Accoustic")."""
    return " ".join(
        next((known for known in _OFTEN if OSA.distance(word, known, score_cutoff=1) <= 1), word)
        if len(word) >= _LONG_ENOUGH
        else word
        for word in text.split()
    )


def _classify(whole: str) -> Segment:
    text = " ".join(_REMASTER.sub(" ", whole).split())
    kinds, cut, year = frozenset(_kinds_in(text)), _cut(text), _year(text)
    if (guests := _GUESTS.match(text)) and "orchestral" not in kinds:
        return Segment("guests", guests[1] or guests[2])
    names = tuple(word for word in text.split() if word not in _FILLER and not _YEAR.match(word))
    if not kinds and (not text or _LABEL.match(text + " ") or _SOURCE.match(text)):
        return Segment("label", whole, year=_year(whole))
    if not kinds and not cut and not _MIX.search(text):
        return Segment("subtitle", text)
    if not kinds and names:
        kinds = frozenset({"remix" if _NAMED_MIX.search(text) else "version"})
    return Segment("version" if kinds else "cut", text, kinds, cut, names, year)


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
    ("live", re.compile(r"\blive (?:at|in|from|on)\b|\blive$|\bunplugged\b|\bin concert\b|\bbbc\b|\bpeel sessions?\b|\bao vivo\b|\ben vivo\b")),
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
