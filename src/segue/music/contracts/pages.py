"""A page of a list, and lists read page by page."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Page(Generic[_Item]):
    """Some items of a list.

    Attributes:
        items: In the list's order.
        next: The place to ask for the page after this one with; None: this is the last.
    """

    items: tuple[_Item, ...]
    next: str | None = None


async def every_item(
    read: Callable[[str | None], Awaitable[Page[_Item]]],
) -> AsyncGenerator[_Item]:
    """All items of a list, a page of them in memory at a time.

    Args:
        read: The page after a place; None: the first.
    """
    place = None
    while True:
        page = await read(place)
        for item in page.items:
            yield item
        if page.next is None:
            return
        place = page.next
