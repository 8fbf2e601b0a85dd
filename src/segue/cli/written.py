"""Results that are files: to a path, or to standard output."""

from collections.abc import AsyncIterable
from pathlib import Path
from typing import Annotated

import typer

from segue.cli.screen import Screen
from segue.errors.input import InputError

OutFile = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="File to write; default: the screen.")
]


async def write(parts: AsyncIterable[str], out: Path | None, screen: Screen) -> None:
    """Write text part by part, exactly as it is.

    Raises:
        InputError: The file cannot be written.
    """
    if out is None:
        async for part in parts:
            screen.out.file.write(part)
        return
    try:
        file = out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{str(out)!r} cannot be written: {error}.") from None
    with file:
        async for part in parts:
            file.write(part)
    screen.say(f"Wrote {out}.")


async def whole(text: str) -> AsyncIterable[str]:
    """One text as parts."""
    yield text
