"""A driver of external storage that holds payloads in memory, and weighs them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    StorageDriver,
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
)


@dataclass(frozen=True)
class Weight:
    """Bytes that a conversation has left outside of its histories.

    Attributes:
        values: Of what is stored.
        file: By which the database file grew, with indexes and free pages; 0: there is no file.
    """

    values: int = 0
    file: int = 0


class MemoryDriver(StorageDriver):
    """Keeps payloads by their digest, as the SDK's driver for S3 does, and knows their bytes."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def name(self) -> str:
        """Of the driver."""
        return "memory"

    async def store(
        self, context: StorageDriverStoreContext, payloads: Sequence[Payload]
    ) -> list[StorageDriverClaim]:
        """Keep payloads; the same one once."""
        claims: list[StorageDriverClaim] = []
        for payload in payloads:
            data = payload.SerializeToString()
            digest = hashlib.sha256(data).hexdigest()
            self._kept[digest] = data
            claims.append(StorageDriverClaim(claim_data={"digest": digest}))
        return claims

    async def retrieve(
        self, context: StorageDriverRetrieveContext, claims: Sequence[StorageDriverClaim]
    ) -> list[Payload]:
        """Give payloads back."""
        return [Payload.FromString(self._kept[claim.claim_data["digest"]]) for claim in claims]

    def weigh(self) -> Weight:
        """All that is kept."""
        return Weight(values=sum(map(len, self._kept.values())))
