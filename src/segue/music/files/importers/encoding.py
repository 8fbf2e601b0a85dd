"""Which text encoding a file has, found by reading all of it once, in pieces."""

import codecs
import re
from typing import BinaryIO

import chardet

from segue.errors.input import InputError

_PIECE = 1 << 20
_SAMPLE = 32 * 1024
_LONGEST_LINE = 64 * 1024

# UTF-32 first: its little-endian mark begins with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKLESS = 4 * 1024  # bytes at the beginning that tell UTF-16 without a mark
_ASCII_SHARE = 0.2  # of any list's characters: spaces, dashes and line ends at least
# At most this share of broken characters still counts as (damaged) UTF-8.
_DAMAGE = 0.1

# Code pages of other scripts: each is told by what its letters are followed by.
_SCRIPTS = (
    "cp1251", "koi8-r", "cp866", "cp1256", "cp1253", "cp1255", "cp932", "euc-jp", "gb18030",
    "big5", "cp949", "cp1252",
)  # fmt: skip
# Those that short Chinese text is taken for: two bytes a letter, and no letter of theirs repeats.
_TAKEN_FOR_CHINESE = frozenset({"cp1256", "cp1253", "cp1255", "cp949"})
_SURE = 0.15  # of chardet's answer, whose numbers for a few words are small
_LAST_HANGUL = 0xC8  # Source: KS X 1001; from 0xCA on are Chinese characters, which no title has
# Latin text is ASCII letters with a marked one here and there. Likeliest first.
_LATIN_LETTERS = re.compile(rb"[A-Za-z]")
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_MOST_MARKED = 0.35  # share of a Latin text's letters that are no ASCII
_LATIN = ("cp1252", "mac_roman", "cp1250", "cp850", "cp1254")
_IN_WORD = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][a-z]")
_COMMON = frozenset("áàâäãåæçéèêëíìîïñóòôöõøúùûüßÉÖÄÜÅØÁÓ’‘“”„–—")  # noqa: RUF001 - these very signs
_LONE_RETURN = re.compile(rb"\r(?!\n)")  # the line end of classic Mac OS


def check_encoding(name: str) -> str:
    """Give the codec's own name.

    Raises:
        InputError: No codec for text is called so.
    """
    try:
        b"a".decode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise InputError(
            f"there is no text encoding {name[:40]!r}",
            hint="For example utf-8, utf-16, cp1251, koi8-r, cp1256, mac-roman, shift-jis, big5.",
        ) from error


def detect_encoding(stream: BinaryIO) -> str:
    """Name the text encoding of a seekable stream.

    A byte-order mark decides; then zeros at every other place (UTF-16); then valid, or almost
    valid, UTF-8; then a guess among code pages, made on the lines that hold anything but ASCII.

    Returns:
        A Python codec name. The stream stands anywhere afterwards.
    """
    stream.seek(0)
    start = stream.read(_MARKLESS)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if utf_16 := _markless_utf_16(start):
        return utf_16
    stream.seek(0)
    sample = _unless_utf8(stream)
    return "utf-8" if sample is None else _guess(sample)


def is_guess(encoding: str) -> bool:
    """Whether a file's encoding was told by its letters alone."""
    return not encoding.startswith("utf-")


def _markless_utf_16(start: bytes) -> str | None:
    """The byte order of UTF-16 whose zeros stand where ASCII has them; None for other content."""
    zeros = start[0::2].count(0), start[1::2].count(0)
    if sum(zeros) < 2:
        return None
    name = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    text = start[: len(start) // 2 * 2].decode(name, errors="replace")
    ascii_letters = sum(" " <= letter <= "~" or letter in "\t\r\n" for letter in text)
    return name if ascii_letters >= _ASCII_SHARE * len(text) and "\0" not in text else None


def _unless_utf8(stream: BinaryIO) -> bytes | None:
    """Read to the end; None for UTF-8, else the first lines that are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    replacements = special = 0
    sample = b""
    final = False
    while not final:
        piece = stream.read(_PIECE)
        final = len(piece) < _PIECE
        piece += stream.readline(_LONGEST_LINE)
        text = decoder.decode(piece, final)
        damage = text.count("\ufffd") - piece.count("\ufffd".encode())
        replacements += damage
        special += len(text) - len(text.encode("ascii", "ignore"))
        if damage > 0 and not sample:
            sample = _sample(piece)
    return sample if sample and replacements > _DAMAGE * special else None


def _sample(piece: bytes) -> bytes:
    lines = b"\n".join(line for line in piece.split(b"\n") if not line.isascii())
    if len(lines) <= _SAMPLE:
        return lines
    # Cut after a space or line end: neither is ever the second half of a character.
    cut = max(lines.rfind(b" ", 0, _SAMPLE), lines.rfind(b"\n", 0, _SAMPLE))
    return lines[: cut if cut > 0 else _SAMPLE]


def _guess(sample: bytes) -> str:
    letters, others = len(_LATIN_LETTERS.findall(sample)), len(_HIGH.findall(sample))
    longest = max(map(len, _HIGH_RUN.findall(sample)), default=0)
    if longest < 3 and len(_IN_WORD.findall(sample)) and others < _MOST_MARKED * (letters + others):
        return max(_LATIN, key=lambda name: _latin_worth(sample, name))
    if japanese := next((name for name in ("cp932", "euc-jp") if _is_kana(sample, name)), None):
        return japanese
    pairs = _pairs(sample)
    answer = chardet.detect(
        sample, include_encodings=_SCRIPTS, prefer_superset=True, compat_names=False
    )
    guess = answer["encoding"] or _LATIN[0]
    doubtful = guess == "cp949" or answer["confidence"] < _SURE
    if pairs and doubtful and guess in _TAKEN_FOR_CHINESE and _LAST_HANGUL < max(pairs) < 0xF8:
        return "gb18030"
    return guess


def _is_kana(sample: bytes, name: str) -> bool:
    """Whether most letters of a text are kana under this encoding, as in any Japanese list."""
    try:
        letters = [letter for letter in sample.decode(name) if not letter.isascii()]
    except UnicodeDecodeError:
        return False
    return sum("\u3041" <= letter <= "\u30fe" for letter in letters) > len(letters) / 2


def _pairs(sample: bytes) -> list[int]:
    """The first bytes of all letters where each has two bytes in the upper half; else nothing."""
    runs = _HIGH_RUN.findall(sample)
    if any(len(run) % 2 or min(run) < 0xA1 for run in runs):
        return []
    return [byte for run in runs for byte in run[::2]]


def _latin_worth(sample: bytes, name: str) -> float:
    """How well a code page's letters fit into the words that they stand in."""
    text = sample.decode(name, errors="replace")
    worth = 1.0 if name == "mac_roman" and _LONE_RETURN.search(sample) else 0.0
    text_between_spaces = f" {text} "
    for before, letter, after in zip(
        text_between_spaces, text, text_between_spaces[2:], strict=False
    ):
        if letter.isascii():
            continue
        in_word = before.isalpha() or after.isalpha()
        if not letter.isalpha():
            worth -= in_word and letter not in _COMMON
        elif before.islower() and letter.isupper():
            worth -= 1
        worth += 0.2 * (letter in _COMMON) - (letter == "\ufffd")
    return worth
