"""Removing the stored payloads to which nobody refers any more."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import BaseModel

from segue.errors.input import InputError
from segue.errors.storage import StorageError
from segue.runtime.payloads.marking import Histories, find_unreferenced
from segue.runtime.payloads.stores import PayloadStore

DEFAULT_GRACE = timedelta(days=1)
# Between storing a payload and the record that refers to it lie seconds: a call to the server and
# its repetitions. The rest is for clocks that differ and for uses that are not written down.
SHORTEST_GRACE = timedelta(hours=1)

_BATCH = 100  # rows in one transaction, so that nobody waits long for the database


class Collected(BaseModel, frozen=True):
    """What a collection did. Lives in histories: fields are only ever added.

    Attributes:
        kept: Payloads unused for the grace, and still referred to or used again meanwhile.
        deleted: Payloads that are gone for good.
        freed_bytes: What these took.
    """

    kept: int = 0
    deleted: int = 0
    freed_bytes: int = 0

    def plus(self, other: "Collected") -> "Collected":
        """The sum of two collections."""
        return Collected(
            kept=self.kept + other.kept,
            deleted=self.deleted + other.deleted,
            freed_bytes=self.freed_bytes + other.freed_bytes,
        )


async def collect(
    histories: Sequence[Histories],
    store: PayloadStore,
    *,
    now: float,
    grace: timedelta = DEFAULT_GRACE,
) -> Collected:
    """Remove payloads that no record refers to and nobody used for ``grace``.

    No record is read when no payload is that old. A second run finds what the first one left.

    Args:
        histories: Every namespace whose runs use ``store``.
        store: Belongs to one Temporal server; another server's references are not known here.
        now: Epoch seconds.
        grace: At least an hour.

    Raises:
        InputError: The grace is too short.
        StorageError: The store does not serve, or not all records can be read with certainty.
            Nothing was removed, unless it was the store that failed in the middle of removing.
        SegueError: The server does not serve; nothing was removed.
    """
    if grace < SHORTEST_GRACE:
        raise InputError(f"The grace must be at least {SHORTEST_GRACE}; {grace} was asked for.")
    since = now - grace.total_seconds()
    idle = await store.idle(since)
    if not idle:
        return Collected()
    _all_known(histories, await store.namespaces())
    digests = {blob.digest for blob in idle}
    for one in histories:
        digests = await find_unreferenced(one, digests)
    garbage = [blob for blob in idle if blob.digest in digests]
    deletions = [
        blob
        for start in range(0, len(garbage), _BATCH)
        for blob in await store.remove(garbage[start : start + _BATCH], since=since)
    ]
    return Collected(
        kept=len(idle) - len(deletions),
        deleted=len(deletions),
        freed_bytes=sum(blob.size for blob in deletions),
    )


def _all_known(histories: Sequence[Histories], namespaces: set[str]) -> None:
    unknown = namespaces - {one.namespace for one in histories}
    if unknown:
        raise StorageError(
            f"Payloads are stored for the namespaces {', '.join(sorted(unknown))} too, "
            "whose records were not given; nothing was collected.",
            hint="Name all namespaces that use this store.",
        )
