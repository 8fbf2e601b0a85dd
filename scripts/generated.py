"""Pages that are written from the code: write them, or say which are stale."""

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def write_or_check(pages: Mapping[str, str], command: str, *, root: Path = ROOT) -> int:
    """Bring pages up to date; with ``--check`` in the arguments only report.

    Args:
        pages: Wanted text by path from the root.
        command: What to run when a page is stale.
        root: Folder the paths start from.

    Returns:
        The exit status: 1 when a check found a stale page.
    """
    stale = [name for name, text in pages.items() if _current(root / name) != text]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"{name}: stale; run {command}")
        return int(bool(stale))
    for name in stale:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(pages[name], encoding="utf-8", newline="\n")
    return 0


def _current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
