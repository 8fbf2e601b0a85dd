"""XML as a stream of elements, refusing everything that can make a small file huge."""

import codecs
import re
from collections import deque
from collections.abc import Iterator, Mapping
from html.entities import html5
from types import MappingProxyType
from typing import IO, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from segue.errors.input import UnreadableFileError
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.values import MAX_FIELD

_PIECE = 64 * 1024
# A library file nests seven deep.
_DEEPEST = 64
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([\w.-]+)""")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST_REFERENCE = 40
# "&name;", "&#1;", and a "&" that begins neither.
_REFERENCE = re.compile(rb"&(?:(#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|\w{1,31});)?")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


class Opened(NamedTuple):
    """An element began; ``attributes`` have their names in lower case and without namespaces."""

    tag: str
    depth: int
    attributes: Mapping[str, str] = MappingProxyType({})


class Closed(NamedTuple):
    """An element ended; ``text`` is what stood directly in it, cut where no field is that long."""

    tag: str
    depth: int
    text: str


class _Collector:
    """Parser target: keeps the text of the innermost open element and nothing else."""

    def __init__(self) -> None:
        self.events: deque[Opened | Closed] = deque()
        self._depth = 0
        self._text: list[str] = []
        self._length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ParseError(f"elements nest more than {_DEEPEST} deep")
        names = {
            _local(name).casefold(): value[: MAX_FIELD + 1] for name, value in attributes.items()
        }
        self.events.append(Opened(_local(tag), self._depth, names))
        self._forget()

    def data(self, data: str) -> None:
        if self._length <= MAX_FIELD:
            self._text.append(data)
            self._length += len(data)

    def end(self, tag: str) -> None:
        self.events.append(Closed(_local(tag), self._depth, "".join(self._text)))
        self._depth -= 1
        self._forget()

    def close(self) -> None:
        """Return nothing at the end of the document: the events were taken on the way."""

    def _forget(self) -> None:
        self._text, self._length = [], 0


def read_elements(source: InputFile) -> Iterator[Opened | Closed]:
    """Give the beginning and end of every element of a file; see :func:`elements_of`."""
    return elements_of(source.stream, source.label)


def elements_of(stream: IO[bytes], label: str) -> Iterator[Opened | Closed]:
    """Give the beginning and end of every element, in bounded memory.

    Tags come without their namespace. A document type without entities, as every property list has,
    is allowed.

    Raises:
        UnreadableFileError: Broken XML, or a document that defines or loads entities.
    """
    collector = _Collector()
    parser = DefusedXMLParser(target=collector)
    for piece in _pieces(stream):
        _feed(label, parser, piece)
        while collector.events:
            yield collector.events.popleft()
    _feed(label, parser, None)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """The document in pieces, without what XML forbids and programs write nevertheless.

    White space before the declaration, control characters, references to them, a lone "&", HTML's
    entities, bytes that are no UTF-8: each costs itself and not the document.
    """
    stream.seek(0)
    piece = stream.read(_PIECE).lstrip(b" \t\r\n")
    is_utf_16 = piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in piece[:4]
    declaration = _ENCODING.search(piece[:200])
    is_utf_8 = not is_utf_16 and (declaration is None or declaration.group(1).lower() == b"utf-8")
    decoder = codecs.getincrementaldecoder("utf-8")("replace") if is_utf_8 else None
    rest = b""
    while piece:
        following = stream.read(_PIECE)
        if decoder is not None:
            piece = decoder.decode(piece, not following).encode()
        if not is_utf_16:
            piece = rest + piece
            cut = max(piece.rfind(b"&", -_LONGEST_REFERENCE), 0) if following else 0
            piece, rest = (piece[:cut], piece[cut:]) if cut else (piece, b"")
            piece = _REFERENCE.sub(_legal_reference, _CONTROL.sub(b" ", piece))
        yield piece
        piece = following


def _legal_reference(reference: re.Match[bytes]) -> bytes:
    """A reference as XML allows it; what none of them can be is a letter, or a mere "&"."""
    name = (reference.group(1) or b"").decode()
    if name in _XML_ENTITIES or (name.startswith("#") and _is_legal(name[1:])):
        return reference.group()
    if name.startswith("#"):
        return b" "
    letters = html5.get(f"{name};", "")
    return letters.encode("ascii", "xmlcharrefreplace") or b"&amp;" + reference.group()[1:]


def _is_legal(number: str) -> bool:
    """Whether XML allows the character. Source: XML 1.0, production 2, Char."""
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xDFFF < code <= 0x10FFFF


def _feed(label: str, parser: DefusedXMLParser, piece: bytes | None) -> None:
    try:
        parser.close() if piece is None else parser.feed(piece)
    except DefusedXmlException as error:
        raise UnreadableFileError(
            f"{label} defines or loads XML entities, which no playlist needs: refused",
            hint="Export the playlist again from the program it comes from.",
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise UnreadableFileError(f"{label} is not well-formed XML: {error}") from error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
