"""JSON Lines: one object a line, as ListenBrainz and others export what was heard."""

import json
from collections.abc import Iterator
from typing import cast

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.delimited import physical_lines
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.json_entries import Entry
from segue.music.files.importers.json_songs import JsonSongs
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import excerpt


def read_json_lines(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read one song a line; a line that is no JSON is refused, and the rest read."""
    songs = JsonSongs(source.columns)
    with source.text() as text:
        for line in physical_lines(text):
            content = line.text.strip(" \t\r\ufeff")
            if not content:
                continue
            try:
                value = cast("object", json.loads(content)) if line.whole else None
            except (ValueError, RecursionError):
                reason = "no valid JSON"
                yield RejectedRow(line=line.number, reason=reason, text=excerpt(content))
            else:
                yield songs.song(Entry(line.number, "", value))
