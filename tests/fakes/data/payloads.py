"""Histories made of bytes, and a clock, for the stores of large payloads."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
    StorageDriverWorkflowInfo,
)

from segue.runtime.payloads.marking import Holder

READING = StorageDriverRetrieveContext()


def storing(namespace: str = "default", workflow: str = "wish") -> StorageDriverStoreContext:
    """What the SDK says of who stores."""
    return StorageDriverStoreContext(StorageDriverWorkflowInfo(namespace=namespace, id=workflow))


def payload(data: bytes) -> Payload:
    """As a converter makes it."""
    return Payload(metadata={"encoding": b"binary/plain"}, data=data)


@dataclass
class Clock:
    """Goes on when told to."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds


@dataclass
class WrittenHistories:
    """One namespace whose only run has these records."""

    records_of_run: list[bytes] = field(default_factory=list[bytes])
    namespace: str = "default"
    reads: int = 0

    async def holders(self) -> AsyncIterator[Holder]:
        yield Holder("run", "wish", "1")

    async def records(self, holder: Holder) -> AsyncIterator[bytes]:
        self.reads += 1
        for record in self.records_of_run:
            yield record
