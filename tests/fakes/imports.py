"""What was read from files, for the commands."""

from segue.errors.sync import RunNotFoundError
from segue.music.contracts.imports import StoredImport


class FakeImports:
    """What was read from files; ``gone`` are those that were deleted."""

    def __init__(self) -> None:
        self.gone: list[str] = []

    async def list(self) -> list[StoredImport]:
        return [StoredImport(id="i1", name="Summer", songs=3, created_at="2026-11-21T10:00:00")]

    async def delete(self, import_id: str) -> None:
        if import_id != "i1":
            raise RunNotFoundError(f"No import {import_id!r} is stored here.", hint="")
        self.gone.append(import_id)
