"""Large payloads as objects of an S3 bucket, through the SDK's own driver.

A bucket has no transactions: between asking how old an object is and deleting it, somebody may
store it again. So what looks unused is first moved aside, where readers still find it, and deleted
by a later collection, when everybody who relied on it has been on record for long.
"""

import importlib
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from temporalio.api.common.v1 import Payload
from temporalio.contrib.aws.s3driver import S3StorageDriver, S3StorageDriverClient
from temporalio.converter import (
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
)

from segue.errors.settings import SettingsError
from segue.errors.storage import StorageError
from segue.runtime.payloads.failures import (
    check_size,
    damaged_payload,
    missing_payload,
    unavailable,
)
from segue.runtime.payloads.stores import MAX_PAYLOAD_BYTES, TOUCH_AFTER_S, Blob

_STORE = "bucket"
# Source of the keys' form: temporalio 1.35, temporalio/contrib/aws/s3driver/_driver.py
_LIVE = "v0/"
_ASIDE = "unused/"
_MISSING = {"404", "NoSuchKey"}


@dataclass(frozen=True, kw_only=True)
class S3Config:
    """Which bucket; keys come the way AWS's own tools find them.

    Attributes:
        bucket: Holds Segue's payloads and nothing else.
        endpoint: Another service with S3's interface; None: AWS.
        region: None: as AWS's own tools find it.
    """

    bucket: str
    endpoint: str | None = None
    region: str | None = None


class _GoneError(Exception):
    """No object has this key, neither in its place nor aside."""


class _Objects(S3StorageDriverClient):
    """The driver's view of the bucket.

    The SDK's own adapter needs a package of type stubs when it runs, and it lets an object that is
    stored again keep its old age.
    """

    def __init__(self, client: Any, clock: Callable[[], float]) -> None:  # noqa: ANN401 - untyped
        self._client = client
        self._clock = clock

    async def put_object(self, *, bucket: str, key: str, data: bytes) -> None:
        await self._client.put_object(Bucket=bucket, Key=key, Body=data)

    async def object_exists(self, *, bucket: str, key: str) -> bool:
        """Whether a young object has this key.

        False for an old one too: storing it anew is the only way to make it young.
        """
        stored_at = await self.stored_at(bucket, key)
        return stored_at is not None and stored_at > self._clock() - TOUCH_AFTER_S

    async def get_object(self, *, bucket: str, key: str) -> bytes:
        for place in (key, _ASIDE + key, key):  # it may be on its way between two looks
            try:
                answer = await self._client.get_object(Bucket=bucket, Key=place)
            except Exception as error:
                if not _is_missing(error):
                    raise
            else:
                async with answer["Body"] as body:
                    return await body.read()
        raise _GoneError(key)

    async def stored_at(self, bucket: str, key: str) -> float | None:
        """Epoch seconds; None where there is no such object."""
        try:
            head = await self._client.head_object(Bucket=bucket, Key=key)
        except Exception as error:
            if _is_missing(error):
                return None
            raise
        return head["LastModified"].timestamp()


class S3Payloads(S3StorageDriver):
    """Driver and store over one bucket.

    Args:
        client: An open S3 client of aioboto3; the caller closes it.
        bucket: Its name.
        clock: Epoch seconds, minutes apart from the bucket's at most.
        max_bytes: Largest payload taken.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - aioboto3 has no types of its own
        bucket: str,
        *,
        clock: Callable[[], float] = time.time,
        max_bytes: int = MAX_PAYLOAD_BYTES,
    ) -> None:
        self._objects = _Objects(client, clock)
        self._s3 = client
        self._name_of_bucket = bucket
        self._most = max_bytes
        super().__init__(self._objects, bucket, max_payload_size=max_bytes)

    async def store(
        self, context: StorageDriverStoreContext, payloads: Sequence[Payload]
    ) -> list[StorageDriverClaim]:
        """Store payloads as the SDK's driver does, with failures that Temporal records.

        Raises:
            ApplicationError: Of the type ``storage.unavailable``; not to be retried when a payload
                is too large.
        """
        for payload in payloads:
            check_size(payload.ByteSize(), self._most)
        with _telling_temporal():
            return await super().store(context, payloads)

    async def retrieve(
        self, context: StorageDriverRetrieveContext, claims: Sequence[StorageDriverClaim]
    ) -> list[Payload]:
        """Read payloads as the SDK's driver does, with failures that Temporal records.

        Raises:
            ApplicationError: Of the type ``storage.unavailable``; not to be retried when a payload
                is missing or damaged.
        """
        return [await self._retrieve(context, claim) for claim in claims]

    async def namespaces(self) -> set[str]:
        """Namespaces for whose runs payloads were stored: they stand in the keys."""
        parts = [blob.name.split("/") for blob, _ in await self._list(_LIVE)]
        return {unquote(part[2]) for part in parts if part[1] == "ns"}

    async def idle(self, since: float) -> list[Blob]:
        """Objects that nobody stored at or after ``since``, in their place and aside.

        Reading leaves no trace in a bucket. It needs none: who reads has a record that refers.
        """
        objects = [*await self._list(_LIVE), *await self._list(_ASIDE)]
        return [blob for blob, stored_at in objects if stored_at < since]

    async def remove(self, blobs: Sequence[Blob], *, since: float) -> list[Blob]:
        """Move aside what is in its place; delete what has lain aside since before ``since``."""
        deletions: list[Blob] = []
        with _serving():
            for blob in blobs:
                if not blob.name.startswith(_ASIDE):
                    await self._set_aside(blob.name, since)
                elif await self._delete(blob.name, since):
                    deletions.append(blob)
        return deletions

    async def _retrieve(
        self, context: StorageDriverRetrieveContext, claim: StorageDriverClaim
    ) -> Payload:
        digest = claim.claim_data["hash_value"]
        with _telling_temporal(digest):
            (payload,) = await super().retrieve(context, [claim])
        return payload

    async def _list(self, prefix: str) -> list[tuple[Blob, float]]:
        pages = self._s3.get_paginator("list_objects_v2")
        objects: list[tuple[Blob, float]] = []
        with _serving():
            async for page in pages.paginate(Bucket=self._name_of_bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    key: str = item["Key"]
                    blob = Blob(key, key.rpartition("/")[2], item["Size"])
                    objects.append((blob, item["LastModified"].timestamp()))
        return objects

    async def _set_aside(self, key: str, since: float) -> None:
        stored_at = await self._objects.stored_at(self._name_of_bucket, key)
        if stored_at is None or stored_at >= since:
            return
        bucket = self._name_of_bucket
        await self._s3.copy_object(
            Bucket=bucket, Key=_ASIDE + key, CopySource={"Bucket": bucket, "Key": key}
        )
        await self._s3.delete_object(Bucket=bucket, Key=key)

    async def _delete(self, aside: str, since: float) -> bool:
        bucket, place = self._name_of_bucket, aside.removeprefix(_ASIDE)
        stored_at = await self._objects.stored_at(bucket, aside)
        if stored_at is None or stored_at >= since:
            return False
        if await self._objects.stored_at(bucket, place) is not None:
            return False  # stored again: what is aside may be needed once more when that goes
        await self._s3.delete_object(Bucket=bucket, Key=aside)
        return True


@asynccontextmanager
async def open_s3(
    config: S3Config, *, clock: Callable[[], float] = time.time
) -> AsyncGenerator[S3Payloads]:
    """The store in a bucket, with a connection of its own that ends with the context.

    Raises:
        SettingsError: The package for it, an extra, is not installed.
    """
    try:
        aioboto3 = importlib.import_module("aioboto3")
    except ModuleNotFoundError:
        raise SettingsError(
            "Payloads are to be stored in S3, and the package for it is not installed.",
            hint="Install it: pip install 'segue[s3]'.",
        ) from None
    session: Any = aioboto3.Session(region_name=config.region)
    async with session.client("s3", endpoint_url=config.endpoint) as client:
        yield S3Payloads(client, config.bucket, clock=clock)


@contextmanager
def _serving() -> Generator[None]:
    try:
        yield
    except Exception as error:  # botocore's classes, those of its connection, and the system's
        kind = type(error).__name__
        raise StorageError(f"The {_STORE} of payloads did not answer: {kind}.") from error


def _is_missing(error: Exception) -> bool:
    answer: dict[str, Any] = getattr(error, "response", {})
    return answer.get("Error", {}).get("Code") in _MISSING


@contextmanager
def _telling_temporal(digest: str = "") -> Generator[None]:
    # The SDK's driver says ValueError of what it read, and RuntimeError of what it was refused.
    try:
        yield
    except ValueError:
        raise damaged_payload(_STORE, digest) from None
    except RuntimeError as error:
        if isinstance(error.__cause__, _GoneError):
            raise missing_payload(_STORE, digest) from None
        raise unavailable(_STORE, error.__cause__ or error) from None
