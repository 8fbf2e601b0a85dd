"""Bring text into one spelling for every way of writing the same words.

Three steps, each a pure function of text: :func:`repair` undoes broken encodings, :func:`fold`
removes what writers vary without meaning it (case, accents, punctuation), and :func:`canonical`
also removes habits of spelling ("Pt. II" and "Part Two", "Lovin'" and "Loving", "U" and "You").
:func:`latin` spells any script in Latin letters.
"""

import re
import unicodedata
from functools import lru_cache

import ftfy
from anyascii import anyascii

# Enough for the strings of one batch; more would make workers grow with the playlists they see.
_CACHE = 1 << 12

_LONGEST = 1_000  # characters; the longest credits of an orchestra have some hundreds
_RUNS = re.compile(r"\s{2,}|[^\S \t]")

# Letters that Unicode does not decompose, in the spelling people type without the key.
_LETTERS = str.maketrans({
    "\u00f8": "o", "\u00e6": "ae", "\u0153": "oe", "\u0142": "l", "\u0111": "d", "\u00f0": "d",
    "\u00fe": "th", "\u0131": "i", "\u0127": "h", "\u00d7": "x", "\u2206": "a", "\u0451": "\u0435",
    # Apostrophes of all kinds join what they stand between.
    "'": None, "`": None, "\u00b4": None, "\u02bb": None, "\u02bc": None, "\u2018": None,
    "\u2019": None, "\u2032": None,
})  # fmt: skip
# Marks on Latin and Greek letters; on others they make another letter (Cyrillic short i, kana).
_MARKS = re.compile("(?<=[a-z\u0370-\u03ff])[\u0300-\u036f]+")
_ACRONYM = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_MONEY_S = re.compile(r"(?<=\w)\$|\$(?=[^\W\d_])")
_STRIKE_I = re.compile(r"(?<=\w)!(?=[^\W_])")
_AND = re.compile(r"[&+]")
_NOT_WORD = re.compile(r"[^\w*]+|_+")
_NO_SIGN = frozenset(
    "-\u2010\u2011\u2012\u2013\u2014\u2015_()[]{}'\"\u2018\u2019\u201c\u201d.,:;/\\|~"
)
_LONE_STARS = re.compile(r"(?<![\w*])\*+(?![\w*])")
_CJK = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
# What UTF-8 read as Latin-1 or Windows-1252 leaves behind.
_BROKEN = re.compile(
    "[\u00c2\u00c3\u00e2\u00ef\u00d0\u00d1\u00c4\u00c5][\u0080-\u00bf\u2018-\u2122\u0152-\u0178]"
)
_REPLACED = re.compile("(?:\ufffd|\u00ef\u00bf\u00bd)+|\u00ef\u00bf$|\u00ef$")

_WORDS = {
    "pt": "part", "pts": "part", "parts": "part", "vol": "volume", "no": "no", "op": "opus",
    "u": "you", "ur": "your", "r": "are", "n": "and", "thru": "through", "tho": "though",
    "luv": "love", "nite": "night", "tonite": "tonight", "lite": "light", "cuz": "cause",
    "coz": "cause", "cos": "cause", "because": "cause", "til": "till", "until": "till",
    "ya": "you", "yo": "your", "em": "them", "mr": "mister", "mrs": "missus", "dr": "doctor",
    "st": "saint", "ste": "saint", "jr": "junior", "sr": "senior", "wanna": "want to",
    "gonna": "going to", "gotta": "got to", "ok": "okay", "w": "with", "versus": "vs", "y": "and",
    "da": "the", "dat": "that", "dis": "this", "dem": "them",
    "fck": "fuck", "fxck": "fuck", "fxxk": "fuck", "sht": "shit", "btch": "bitch",
    "colour": "color",
    "colours": "colors", "rumour": "rumor", "rumours": "rumors", "favourite": "favorite",
    "grey": "gray", "centre": "center", "honour": "honor", "alright": "all right",
    "to": "2", "too": "2", "two": "2", "for": "4", "four": "4", "one": "1", "three": "3",
    "eleven": "11", "twelve": "12", "thirteen": "13", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30",
    "forty": "40", "fifty": "50", "hundred": "100",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11",
    "xii": "12",
}  # fmt: skip
# Words after which a single Roman letter is a number.
_COUNTED = {"part", "volume", "chapter", "no", "act", "book", "symphony", "movement"}
_ROMAN_LETTERS = {"i": "1", "v": "5", "x": "10"}


def repair(text: str) -> str:
    """Undo text that was decoded with the wrong encoding; sound text comes back as it is."""
    if not text.isascii() and _BROKEN.search(text):
        return ftfy.fix_encoding(text)
    return text


def bound_length(text: str) -> str:
    """``text`` in single spaces and tabs, and no longer than anything that is a name.

    Patterns that look for what stands between words take the square of a run of spaces, and titles
    are written by strangers.
    """
    if len(text) <= _LONGEST and not _RUNS.search(text):
        return text
    single_spaces = _RUNS.sub(lambda run: "\t" if "\t" in run[0] else " ", text[: 4 * _LONGEST])
    return single_spaces[:_LONGEST]


def remains(text: str) -> list[str]:
    """The pieces between the places where letters were lost for good; one piece for sound text."""
    return [text] if text.isascii() else _REPLACED.split(text)


@lru_cache(maxsize=_CACHE)
def fold(text: str) -> str:
    """Lower-case words without accents and punctuation, parted by single spaces.

    ``&`` and ``+`` read as "and"; stars stay, because they censor letters ("f**k").
    """
    if text.isascii():
        text = text.lower().replace("'", "").replace("`", "")
    else:
        text = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
        text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))
    if "." in text:
        text = _ACRONYM.sub(lambda hit: hit[0].replace(".", "") + " ", text)
    if "$" in text:
        text = _MONEY_S.sub("s", text)
    if "!" in text:
        text = _STRIKE_I.sub("i", text)
    if "&" in text or "+" in text:
        text = _AND.sub(" and ", text)
    text = _NOT_WORD.sub(" ", text)
    if "*" in text:
        text = _LONE_STARS.sub(" ", text)
    return " ".join(text.split())


def symbols(text: str) -> str:
    """The signs of a text ("÷", "???", "💔"), which are all that some titles have; else empty.

    White space, dashes, brackets and quotation marks alone are nobody's title, nor is one dot.
    """
    signs = unicodedata.normalize("NFKC", text)
    return "".join(
        sign for sign in signs if sign not in _NO_SIGN and unicodedata.category(sign)[0] in "SP"
    )


@lru_cache(maxsize=_CACHE)
def canonical(text: str) -> str:
    """The folded text in one spelling: numerals as digits, contractions and abbreviations open."""
    words: list[str] = []
    for word in fold(text).split():
        if words and word in _ROMAN_LETTERS and words[-1] in _COUNTED:
            words.append(_ROMAN_LETTERS[word])
        elif len(word) > 5 and word.endswith("ing"):
            words.append(word[:-1])
        else:
            words.append(_WORDS.get(word, word))
    return " ".join(words)


@lru_cache(maxsize=_CACHE)
def latin(text: str) -> str:
    """The folded text in Latin letters, whatever its script ("Сияй" gives "siyay")."""
    return fold(text if text.isascii() else anyascii(text))


def search_words(text: str) -> list[str]:
    """Folded words as a full-text index wants them: each Han or kana letter is a word."""
    letters = fold(text).replace("*", "")
    if not letters.isascii():
        letters = _CJK.sub(r" \1 ", letters)
    return letters.split()


def censored_alike(one: str, other: str) -> bool:
    """Whether two texts are equal where no letter is hidden behind a star.

    Each run of stars stands for that many letters, give or take what writers do: two stars in
    "f**k" are exact, one star ("f*k") may hide several.
    """
    words, others = one.split(), other.split()
    return len(words) == len(others) and all(
        word == mate or _uncensored(word, mate) or _uncensored(mate, word)
        for word, mate in zip(words, others, strict=True)
    )


def _uncensored(masked_text: str, plain: str) -> bool:
    if "*" not in masked_text or "*" in plain:
        return False
    pattern = re.sub(
        r"(?:\\\*)+", lambda run: rf"\w{{1,{len(run[0]) // 2 + 3}}}", re.escape(masked_text)
    )
    return re.fullmatch(pattern, plain) is not None


# Words that are censored in practice; a starred word that fits one of them is that word.
_CENSORED = (
    "fuck", "fucking", "fuckin", "fucked", "fucker", "fucks", "motherfucker", "motherfuckin",
    "motherfucking", "shit", "shits", "bullshit", "bitch", "bitches", "ass", "asshole", "nigga",
    "niggas", "niggaz", "pussy", "dick", "cock", "cunt", "damn", "goddamn", "hell", "hoe", "hoes",
    "whore", "slut", "sex", "tits", "drugs", "cocaine", "weed", "kill",
)  # fmt: skip


def uncensor(text: str) -> str:
    """Spell starred words out where they can only be one of the usual ones."""
    if "*" not in text:
        return text
    return " ".join(_spell_out(word) for word in text.split())


def _spell_out(word: str) -> str:
    masked_text = fold(word)
    if "*" not in masked_text or not masked_text.strip("*"):
        return word
    exact = re.compile(re.escape(masked_text).replace(r"\*", r"\w"))
    return next((plain for plain in _CENSORED if exact.fullmatch(plain)), word)
