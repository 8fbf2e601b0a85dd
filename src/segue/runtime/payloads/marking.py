"""Find the stored payloads to which no record refers any more.

A reference is recognised by the digest of its payload, wherever in a record it stands: in a field
of an event, or deep inside one that we know nothing about. A digest that stands there by chance
keeps a payload that could go; none that is referred to is overlooked.

Temporal moves references between its records without us: a child's result into its parent, a
schedule's arguments into a run, a run's arguments into its next try. So everybody who holds records
is listed before the first record is read, schedules before runs: who is gone from the list handed
on what it had to somebody who is read later. Who goes between list and reading may have handed on
to somebody who was read already, and so all records that may have grown are read once more.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from segue.errors.storage import StorageError
from segue.errors.sync import RunNotFoundError

# Under load something ends its retention every few seconds. Closed histories are read once, so that
# each round is shorter than the one before.
_ROUNDS = 20
# At every place: what stands before or after a digest may look like a part of it.
_DIGEST = re.compile(rb"(?=([0-9a-f]{64}))")
# An SDK that encrypts references marks them so; this one does not write them.
# Source: temporalio 1.35, temporalio/converter/_extstore.py
_UNREADABLE = b"__temporal_external_storage_reference"


@dataclass(frozen=True)
class Holder:
    """A schedule or run whose records may refer to payloads.

    Attributes:
        kind: A schedule, or one run of a workflow.
        id: The schedule's or workflow's id.
        run: The run's id; empty for a schedule.
        final: Its records grow no more.
    """

    kind: Literal["schedule", "run"]
    id: str
    run: str = ""
    final: bool = False


class Histories(Protocol):
    """The records of one namespace."""

    @property
    def namespace(self) -> str:
        """Its name."""
        ...

    def holders(self) -> AsyncIterator[Holder]:
        """All holders: schedules first, then runs, the closed ones too."""
        ...

    def records(self, holder: Holder) -> AsyncIterator[bytes]:
        """Everything that is on record of ``holder``, in pieces.

        Raises:
            RunNotFoundError: It is gone.
        """
        ...


async def find_unreferenced(histories: Histories, digests: set[str]) -> set[str]:
    """Find those of ``digests`` to which no record refers.

    Raises:
        StorageError: The records cannot be read with certainty.
    """
    remaining, closed_holders = set(digests), set[Holder]()
    for _ in range(_ROUNDS):
        if not remaining or await _read_all(histories, remaining, closed_holders):
            return remaining
    raise StorageError(
        f"Runs of namespace {histories.namespace!r} vanished while they were read, "
        f"{_ROUNDS} times in a row.",
        hint="Try again when fewer runs are being deleted; nothing was collected.",
    )


async def _read_all(histories: Histories, digests: set[str], closed_holders: set[Holder]) -> bool:
    """Whether all records were read; takes from ``digests`` what they refer to.

    False when a holder vanished meanwhile.
    """
    complete = True
    for holder in [holder async for holder in histories.holders()]:
        if holder in closed_holders:
            continue
        try:
            async for record in histories.records(holder):
                digests -= _references_in(record, digests)
        except RunNotFoundError:
            complete = False
        else:
            if holder.final:
                closed_holders.add(holder)
        if not digests:
            break
    return complete


def _references_in(record: bytes, digests: set[str]) -> set[str]:
    if _UNREADABLE in record:
        raise StorageError(
            "A newer Segue or Temporal SDK wrote references to payloads that cannot be read here.",
            hint="Update Segue; nothing was collected.",
        )
    matches = (match[1].decode() for match in _DIGEST.finditer(record))
    return {digest for digest in matches if digest in digests}
