"""Long lists as results: as JSON or as tables, while their items are read."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel
from rich.table import Table

from segue.cli.screen import Screen
from segue.music.contracts.reports import PAGE

_Item = TypeVar("_Item")


async def write_json_list(screen: Screen, items: AsyncIterator[BaseModel]) -> None:
    """Write a list as one JSON value."""
    out, is_empty = screen.out.file, True
    async for item in items:
        out.write("[\n  " if is_empty else ",\n  ")
        out.write(item.model_dump_json(indent=2).replace("\n", "\n  "))
        is_empty = False
    out.write("[]\n" if is_empty else "\n]\n")


async def print_tables(
    screen: Screen, items: AsyncIterator[_Item], table_of: Callable[[Sequence[_Item]], Table]
) -> int:
    """Print a list as a table for each page, one at least; how many items there were."""
    page, count = list[_Item](), 0
    async for item in items:
        if len(page) == PAGE:
            screen.out.print(table_of(page))
            page.clear()
        page.append(item)
        count += 1
    screen.out.print(table_of(page))
    return count
