"""The formats that can be imported, as people are told of them."""

from collections.abc import Sequence

from segue.music.files.importers.formats import FORMATS


def import_formats() -> Sequence[tuple[str, str]]:
    """Name and summary of every format."""
    return [(entry.name, entry.summary) for entry in FORMATS.values()]
