"""Small pictures that code draws: what stands in, offline, for a model that makes pictures."""

import re
import struct
import zlib
from collections.abc import Iterator

SIZE = 160  # pixels, in width and height
Colour = tuple[int, int, int]

_PAPER: Colour = (244, 240, 228)
_INK: Colour = (40, 40, 48)
_GREEN: Colour = (86, 160, 72)
_CRUST: Colour = (214, 150, 66)
_CHEESE: Colour = (250, 210, 90)
_TOMATO: Colour = (200, 52, 40)
# Rows of five pixels, from the top: the letters of the word that marks the picture.
_LETTERS = {
    "O": (14, 17, 17, 17, 17, 17, 14),
    "F": (31, 16, 16, 30, 16, 16, 16),
    "L": (16, 16, 16, 16, 16, 16, 31),
    "I": (14, 4, 4, 4, 4, 4, 14),
    "N": (17, 25, 25, 21, 19, 19, 17),
    "E": (31, 16, 16, 30, 16, 16, 31),
}
_MARK = "OFFLINE"


class _Canvas:
    """A square of pixels."""

    def __init__(self) -> None:
        self.rows = [[_PAPER] * SIZE for _ in range(SIZE)]

    def disc(self, x: int, y: int, radius: int, colour: Colour) -> None:
        """Fill a circle around a point."""
        for row in range(max(y - radius, 0), min(y + radius + 1, SIZE)):
            half = int((radius**2 - (row - y) ** 2) ** 0.5)
            self.line(row, x - half, x + half, colour)

    def line(self, row: int, first: int, last: int, colour: Colour) -> None:
        """Fill a part of a row, both ends included; what is outside is left out."""
        first, last = max(first, 0), min(last, SIZE - 1)
        self.rows[row][first : last + 1] = [colour] * (last + 1 - first)

    def word(self, text: str, x: int, y: int) -> None:
        """Write letters, two pixels for each of theirs."""
        for place, letter in enumerate(text):
            for row, bits in enumerate(_LETTERS[letter]):
                for column in (at for at in range(5) if bits >> (4 - at) & 1):
                    left, top = x + 2 * (6 * place + column), y + 2 * row
                    for line in (top, top + 1):
                        self.line(line, left, left + 1, _INK)


def subjects_of(prompt: str) -> tuple[str, ...]:
    """What of a prompt can be drawn."""
    return tuple(name for name in ("frog", "pizza") if re.search(rf"\b{name}s?\b", prompt.lower()))


def draw(prompt: str) -> bytes:
    """A picture as PNG, marked as offline: a frog, a pizza, both, or rings where neither is named.

    Args:
        prompt: What it should show; the same prompt has the same picture.
    """
    canvas, subjects = _Canvas(), subjects_of(prompt)
    if "frog" in subjects:
        _frog(canvas)
    if "pizza" in subjects:
        _pizza(canvas)
    if not subjects:
        _rings(canvas, zlib.crc32(prompt.encode()))
    canvas.word(_MARK, 38, 142)
    return b"".join(_png(canvas.rows, f"Drawn offline by rules, not by a model: {prompt[:200]}"))


def _frog(canvas: _Canvas) -> None:
    canvas.disc(80, 76, 46, _GREEN)
    for x in (52, 108):
        canvas.disc(x, 34, 17, _GREEN)
        canvas.disc(x, 34, 10, (255, 255, 255))
        canvas.disc(x, 36, 5, _INK)
    canvas.disc(80, 88, 22, _INK)


def _pizza(canvas: _Canvas) -> None:
    for row in range(78, 134):
        half = (134 - row) // 2
        canvas.line(row, 80 - half, 80 + half, _CRUST if row < 84 else _CHEESE)
    for x, y in ((70, 92), (90, 96), (79, 110)):
        canvas.disc(x, y, 5, _TOMATO)


def _rings(canvas: _Canvas, seed: int) -> None:
    for number, radius in enumerate(range(60, 10, -10)):
        shade = seed >> (4 * number)
        canvas.disc(80, 72, radius, (shade & 255, shade >> 8 & 255, shade >> 16 & 255))


def _png(rows: list[list[Colour]], comment: str) -> Iterator[bytes]:
    """The parts of a PNG file. Source: https://www.w3.org/TR/png-3/."""
    yield b"\x89PNG\r\n\x1a\n"
    yield _chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0))
    text = comment.encode("latin-1", "replace")
    yield _chunk(b"tEXt", b"Comment\0" + text)
    pixels = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in rows)
    yield _chunk(b"IDAT", zlib.compress(pixels, 9))
    yield _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
