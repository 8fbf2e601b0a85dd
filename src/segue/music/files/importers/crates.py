"""Serato's crates as M3U: a list of paths in records of a tag, a length and a value."""

from collections.abc import Iterator
from typing import BinaryIO

from segue.music.files.importers.unpacking import PlainText, temporary_file

_MARK = b"vrsn\x00\x00\x00"
_LONGEST_RECORD = 1 << 20


def is_crate(stream: BinaryIO) -> bool:
    """Whether this is a crate of Serato's."""
    stream.seek(0)
    return stream.read(len(_MARK)) == _MARK


def read_crate(stream: BinaryIO, _label: str, _playlist: str | None) -> PlainText:
    """Give a crate's paths as an M3U.

    Source: the records that Serato DJ writes: ``otrk`` holds a track, ``ptrk`` in it the path in
    UTF-16.
    """
    stream.seek(0)

    def write(target: BinaryIO) -> None:
        target.write(b"#EXTM3U\n")
        for tag, value in _records(stream):
            for inner, path in _inner_records(value) if tag == b"otrk" else ():
                if inner == b"ptrk":
                    text = " ".join(path.decode("utf-16-be", "replace").split())
                    target.write(f"{text}\n".encode())

    return PlainText(temporary_file(write), ".m3u8")


def _records(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while len(head := stream.read(8)) == 8:
        length = int.from_bytes(head[4:], "big")
        if length > _LONGEST_RECORD:
            return
        yield head[:4], stream.read(length)


def _inner_records(value: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(value):
        length = int.from_bytes(value[place + 4 : place + 8], "big")
        yield value[place : place + 4], value[place + 8 : place + 8 + length]
        place += 8 + length
