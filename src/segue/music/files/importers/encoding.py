"""Which text encoding a file has, found by reading all of it once, in pieces."""

import codecs
from typing import BinaryIO

from charset_normalizer import from_bytes

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

# Scripts are told apart well by their bytes; the Latin code pages are not, so there is one.
_WESTERN = "cp1252"
_GUESSES = [_WESTERN, "cp1251", "cp932", "gb18030", "cp949", "big5"]
# A guess must be this much tidier than Western text: on a tie of short samples Western is likelier.
_CLEARLY_TIDIER = 0.02
# At most this share of broken characters still counts as (damaged) UTF-8.
_DAMAGE = 0.1


def detect_encoding(stream: BinaryIO) -> str:
    """Name the text encoding of a seekable stream.

    A byte-order mark decides; then valid, or almost valid, UTF-8; then a guess between Western and
    the common Cyrillic, Japanese, Chinese and Korean code pages, made on the lines that hold
    anything but ASCII.

    Returns:
        A Python codec name. The stream stands anywhere afterwards.
    """
    stream.seek(0)
    start = stream.read(4)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    stream.seek(0)
    sample = _unless_utf8(stream)
    return "utf-8" if sample is None else _guess(sample)


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
    matches = list(from_bytes(sample, cp_isolation=_GUESSES))
    western = next((match for match in matches if match.encoding == _WESTERN), None)
    best = matches[0] if matches else None
    if best and (western is None or best.chaos + _CLEARLY_TIDIER < western.chaos):
        return best.encoding
    return _WESTERN
