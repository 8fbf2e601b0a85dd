"""The port of payload stores, as the collection of unused payloads needs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_PAYLOAD_BYTES = 50 * 1024 * 1024  # as the SDK's own drivers: a payload is held in memory whole

# A payload that is stored again, or read, counts as used again; within so many seconds of the last
# use nothing is written. The shortest grace of a collection is four times as long.
TOUCH_AFTER_S = 900.0


@dataclass(frozen=True)
class Blob:
    """One stored payload.

    Attributes:
        name: What the store calls it.
        digest: SHA-256 of its bytes in lower-case hexadecimal; every reference to it holds that.
        size: Bytes.
    """

    name: str
    digest: str
    size: int


class PayloadStore(Protocol):
    """A store whose unused payloads can be found and removed.

    Every method raises ``StorageError`` when the store does not serve.
    """

    async def namespaces(self) -> set[str]:
        """Namespaces for whose runs payloads were stored."""
        ...

    async def idle(self, since: float) -> list[Blob]:
        """Payloads that nobody stored or read at or after ``since`` (epoch seconds)."""
        ...

    async def remove(self, blobs: Sequence[Blob], *, since: float) -> list[Blob]:
        """Remove those that are still idle; what is used at the same moment stays readable.

        Returns:
            What is gone for good.
        """
        ...
