"""XML as a stream of elements, refusing everything that can make a small file huge."""

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from segue.errors.input import UnreadableFileError
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.values import MAX_FIELD

_PIECE = 64 * 1024
# A library file nests seven deep.
_DEEPEST = 64


class Opened(NamedTuple):
    """An element began."""

    tag: str
    depth: int


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

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ParseError(f"elements nest more than {_DEEPEST} deep")
        self.events.append(Opened(_local(tag), self._depth))
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
    """Give the beginning and end of every element, in bounded memory.

    Tags come without their namespace. A document type without entities, as every property list has,
    is allowed.

    Raises:
        UnreadableFileError: Broken XML, or a document that defines or loads entities.
    """
    collector = _Collector()
    parser = DefusedXMLParser(target=collector)
    for piece in _pieces(source.stream):
        _feed(source, parser, piece)
        while collector.events:
            yield collector.events.popleft()
    _feed(source, parser, None)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    # Exporters that write by hand put white space before the declaration, which XML forbids.
    piece = stream.read(_PIECE).lstrip(b" \t\r\n")
    while piece:
        yield piece
        piece = stream.read(_PIECE)


def _feed(source: InputFile, parser: DefusedXMLParser, piece: bytes | None) -> None:
    try:
        parser.close() if piece is None else parser.feed(piece)
    except DefusedXmlException as error:
        raise UnreadableFileError(
            f"{source.label} defines or loads XML entities, which no playlist needs: refused",
            hint="Export the playlist again from the program it comes from.",
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise UnreadableFileError(f"{source.label} is not well-formed XML: {error}") from error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
