"""What was read from files, for the commands."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from segue.errors.sync import RunNotFoundError
from segue.music.contracts.imports import ImportReport, RejectedRow, StoredImport
from segue.music.contracts.pages import Page
from segue.music.contracts.reports import PAGE


class FakeImports:
    """Imports of which each brings ``report``; ``gone`` are those that were deleted.

    Args:
        report: What reading any file ends in.
        calls: Where each call is written down.
    """

    def __init__(self, report: ImportReport, calls: list[tuple[object, ...]]) -> None:
        self.report = report
        self.calls = calls
        self.gone: list[str] = []

    async def read(
        self,
        path: Path | None,
        *,
        stdin: BinaryIO | None = None,
        format: str | None = None,  # noqa: A002 - the service's own word
        columns: Mapping[str, str] | None = None,
        playlist: str | None = None,
        encoding: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        text = stdin.read() if stdin else None
        self.calls.append(("import", path, text, format, columns, playlist, encoding))
        if progress:
            progress(self.report.songs)
        return self.report

    async def list(self, *, limit: int = PAGE, after: str | None = None) -> Page[StoredImport]:
        return Page((
            StoredImport(id="i1", name="Summer", songs=3, created_at="2026-11-21T10:00:00"),
        ))

    async def delete(self, import_id: str) -> None:
        if import_id != "i1":
            raise RunNotFoundError(f"No import {import_id!r} is stored here.", hint="")
        self.gone.append(import_id)


def rejected(count: int) -> tuple[RejectedRow, ...]:
    return tuple(RejectedRow(line=n, reason="the title is empty") for n in range(2, count + 2))
