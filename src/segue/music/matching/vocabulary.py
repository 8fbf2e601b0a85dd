"""The words that titles use for versions, cuts, pressings and guests, as patterns of folded text.

Facts of the trade in several languages, not of any catalogue; docs/matching.md says what follows
from each group.
"""

import re
from typing import Final

_YEAR: Final = r"(?:19|20)\d\d"
_MONTH: Final = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
)

# Kinds of recording. They must agree on both sides: each is another recording of the song.
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "karaoke": (
        "karaoke", "sing ?along", "in the style of", "made famous by", "originally performed",
        "backing track", "minus one",
    ),
    "cover": (
        "tribute (?:to|version)", "cover version", "cover(?: of| by)?$", "^cover", "covered by",
        "rendition of", "as made popular by", "lullaby (?:version|rendition)",
    ),
    "live": (
        "live", "unplugged", r"recorded (?:at|live|on|\d+)", "in concert", "en concert", "en vivo",
        "en directo", "ao vivo", "dal vivo", "concierto", "sessions?", "bbc", "peel", "tiny desk",
        "a colors show", "livestream", "spotify (?:singles?|studio)",
        "(?:early|late|first|second|1st|2nd|3rd) show", rf"(?:{_MONTH}) (?:\d{{1,2}} )?{_YEAR}",
    ),
    "acoustic": (
        "acoustic", "unplugged", "acustic[oa]", "acoustique", "akustik", "stripped", "campfire",
    ),
    "a cappella": ("a ?capp?ella", "vocals? only", "isolated vocals?"),
    "instrumental": ("instrumental", "strumentale", "without vocals", "no vocals", "beat only"),
    "demo": (
        "demos?", "maqueta", "home tape", "home recording", "rough mix", "work tape", "sketch",
    ),
    "outtake": (
        "outtakes?", "alternat(?:e|ive)", "rehearsal", "early take", r"take \d+", "unreleased",
        "unfinished", "false start", "lost tapes?", r"(?:studio )?jam(?: \d)?$",
    ),
    "sped up": ("sped ?up", "speed(?:ed)? up", "nightcore", "fast version"),
    "slowed": ("slowed", "reverb", "daycore", "chopped", "screwed"),
    "re-recorded": (
        "re ?record(?:ed|ing)?", "revisited", "taylors version", "new(?:ly)? record(?:ed|ing)",
        "new version", "re ?imagined", rf"^{_YEAR}(?: (?:version|recording))?$",
        rf"^version {_YEAR}$",
    ),
    "arrangement": ("^arr", "arranged", "8 ?bit", "chiptune", "emulation", "music box"),
    "orchestral": (
        "orchestral", "symphonic", "philharmonic", "strings? version", "string quartet",
        "with .*(?:orchestra|philharmonic|symphony)",
    ),
    "solo instrument": (
        "piano (?:version|solo|cover)", "solo piano", "(?:guitar|ukulele) version",
        r"^(?:\w+ )?(?:piano|guitar|ukulele|violin|cello|organ|harp|voice|vox)(?: rendition)?$",
    ),
    "commentary": ("commentary", "interview", "track by track", "spoken"),
    "8d": ("8d", "lo ?fi"),
    "interlude": ("interlude", "intro", "outro", "skit", "prelude", "epilogue"),
    "remix": (
        "remix(?:es|ed)?", "rmx", "re ?work(?:ed)?", "remezcla", "bootleg", "mash ?up", "flip",
        "vip", "re ?fix", "re ?edit", "dub", "remode", "remake", "redux", "reprise", "megamix",
        "medley", "mixed", "re ?rub", "re ?touch", "hardstyle", "phonk",
    ),
}  # fmt: skip

_LANGUAGE: Final = (
    "english|spanish|espanol|french|francais|german|deutsch|italian|italiano|portuguese|japanese"
    "|korean|chinese|mandarin|cantonese|russian|hindi|tamil|telugu|arabic|swedish|dutch|turkish"
    "|spanglish|polish|greek|hebrew|thai|indonesian"
)
LANGUAGE: Final = re.compile(rf"\b({_LANGUAGE}) (?:version|ver|mix)\b|^({_LANGUAGE})$")

# What a release's name promises for all its tracks; narrower, for "Live" is a word of many names.
ALBUM_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "live": (
        "live (?:at|in|from|on)", "live$", "unplugged", "in concert", "bbc", "peel sessions?",
        "ao vivo", "en vivo",
    ),
    "karaoke": ("karaoke",),
    "instrumental": ("instrumentals?",),
    "acoustic": ("acoustic",),
    "demo": ("demos",),
    "sped up": ("sped up",),
    "re-recorded": ("taylors version", "re ?record(?:ed|ings?)"),
}  # fmt: skip

# Releases with recordings made for a film, a play or a series.
SOUNDTRACK: Final = re.compile(
    r"\b(?:soundtrack|motion picture|ost|bande originale|colonna sonora|banda sonora|trilha sonora"
    r"|(?:original|broadway|london|studio) cast|cast recording|music from the)\b"
)

# Another length of the same recording.
SHORT: Final = re.compile(
    r"\b(?:radio|single|short|video|7|tv)\b.*\b(?:edit|mix|cut|version|ver)\b"
    r"|^(?:\w+ )?edit(?:ed)?$|\bedit(?:ed)?(?: version)?$|^short$|^radio$|^excerpts?$"
)
LONG: Final = re.compile(
    r"\b(?:extended|extendida|estendida)\b|\b12\b.*\b(?:mix|version|single|inch)\b|^12$|^maxi\b"
    r"|\blong (?:version|mix|edit)\b|\bfull length\b|\bclub (?:edit|version)\b"
)

# A mix or version of somebody or something: the other words name it.
MIX: Final = re.compile(r"\b(?:mix|edit|version|ver|versao|versione|fassung|cut|take|edition)\b")
NAMED_MIX: Final = re.compile(r"\b(?:mix|edit|edition)\b")

# The same recording in another wrapping.
PRESSING: Final = re.compile(
    rf"\b(?:{_YEAR} )?(?:(?:digital|stereo|mono|original|new) )*(?:remaster\w*|master)"
    rf"(?: version| edition| recording)?(?: in)?(?: {_YEAR})?\b|\b(?:bonus|hidden) track\b"
)
_LABEL_WORDS: Final = (
    "the", "original", "official", "full", "new", "lp", "ep", "cd", "vinyl", "album", "single",
    "standard", "main", "studio", "explicit", "clean", "dirty", "uncensored", "censored", "amended",
    "edited", "stereo", "mono", "us", "uk", "international", "soundtrack", "movie", "film", "hit",
    "lyric", "lyrics", "audio", "video", "music", "hd", "hq", "4k", "8k", "uhd", "1080p", "720p",
    "60fps", "visual", "visualizer", "visualiser", "mv", "m", "v", "clip", "videoclip", "bonus",
    "track", "deluxe", "edition", "expanded", "special", "anniversary", "version", "ver", "mix",
    "song", "with", "on", "screen", "color", "coded", "prod", "digital", "7", "inch", "and", "in",
    "promo", "release", "oficial", "officiel", "videoclipe", "letra", "legendado", "sub",
    "subtitles", "english", "topic", "vevo", "premiere", r"\d{4}", r"\d+th",
)  # fmt: skip
LABEL: Final = re.compile(rf"(?:(?:{'|'.join(_LABEL_WORDS)})(?: |$))+$")
SOURCE: Final = re.compile(
    r"^(?:(?:taken|music|theme|song|songs|inspired by|as heard|featured) )*from .+"
    r"|^(?:ost|bof|original (?:motion picture )?soundtrack|soundtrack|main (?:title|theme))\b.*"
    r"|^(?:prod|produced|written|directed|dir|shot|mixed|mastered)(?: by)? .+"
    r"|^(?:aus|de la pelicula|bande originale|extrait de|b side|cara b)\b.*"
    r"|^.+ (?:original (?:motion picture )?)?soundtrack$|^(?:love|opening|ending) theme from .+"
    r"|.+ exclusive$"
)

GUESTS: Final = re.compile(
    r"^(?:with|w|con|duet with|and|avec|mit|starring|participacao especial de) +(.+)$"
    r"|^(?:(.+) )?(?:feat|ft|featuring) +(.+)$"
)

# Words of version texts that tell no version from another of its kind.
FILLER: Final = frozenset({
    "the", "a", "at", "in", "on", "from", "of", "for", "by", "and", "with", "feat", "ft", "up",
    "fassung",
    "version", "versao", "versione", "ver", "mix", "edit", "edited", "edition", "remix", "remixed",
    "rmx", "live", "recorded", "recording", "remaster", "remastered", "official", "acoustic",
    "unplugged", "original", "originally", "performed", "karaoke", "style", "made", "famous",
    "instrumental", "demo", "take", "alternate", "alternative", "outtake", "single", "album",
    "session", "sessions", "video", "audio", "studio", "music", "radio", "extended", "extendida",
    "estendida", "full", "length", "maxi", "excerpt", "excerpts", "track", "bonus", "mono",
    "stereo", "en", "ao", "vivo", "directo", "concert", "digital", "show", "tour", "sped", "slowed",
    "down", "reverb", "12", "7", "inch", "short", "long",
})  # fmt: skip

# Version words worth recognising with a slip in them.
OFTEN: Final = (
    "remix", "acoustic", "instrumental", "karaoke", "version", "remaster", "remastered", "extended",
    "original", "edition", "recorded",
)  # fmt: skip


def compile_kinds(kinds: dict[str, tuple[str, ...]]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """One pattern a kind, for whole words."""
    return tuple(
        (kind, re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)"))
        for kind, phrases in kinds.items()
    )
