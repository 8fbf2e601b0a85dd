"""What the routes work with."""

from dataclasses import dataclass, field
from typing import Annotated, TypeVar, cast

from fastapi import Depends
from starlette.requests import Request

from segue.music.contracts.imports import ImportLimits
from segue.web.idempotency import Answers
from segue.web.keys import ApiKeys
from segue.web.owners import Owners
from segue.web.places import Places
from segue.web.rates import Rates
from segue.web.streams import Streams
from segue.wiring.api import ApiParts

UPLOADS = "/api/v1/imports"
SONG_LISTS = "/api/v1/song-lists"
IMPORT_WITHIN_S = 30.0  # 100,000 rows take 6

_Service = TypeVar("_Service")


@dataclass(frozen=True)
class ApiLimits:
    """How much one key may take; see ``segue.settings.ApiSettings``.

    Attributes:
        body_bytes: Of a JSON body.
        list_bytes: Of a list of songs in JSON.
        upload_bytes: Of an upload, the form around the file included.
        streams: Event streams that one key may have open.
        imports: What reading an upload may cost.
        imports_at_once: Uploads of one key that are read at the same time.
        stored_songs: Of one key, in all its imports.
    """

    requests_per_minute: int = 120
    body_bytes: int = 64 * 1024
    list_bytes: int = 4 * 1024 * 1024
    upload_bytes: int = 20 * 1024 * 1024
    streams: int = 16
    imports: ImportLimits = field(
        default_factory=lambda: ImportLimits(rows=100_000, seconds=IMPORT_WITHIN_S)
    )
    imports_at_once: int = 2
    stored_songs: int = 1_000_000

    def of_body(self, path: str) -> int:
        """Bytes that a request to this path may bring."""
        return {UPLOADS: self.upload_bytes, SONG_LISTS: self.list_bytes}.get(path, self.body_bytes)


@dataclass(frozen=True)
class Services:
    """All of them, for one process."""

    parts: ApiParts
    limits: ApiLimits
    keys: ApiKeys
    owners: Owners
    answers: Answers
    rates: Rates
    streams: Streams
    reading: Places

    def service(self, feature: str, kind: type[_Service]) -> _Service:
        """The service of a feature.

        Args:
            feature: Its name.
            kind: Its class, for the type checker.
        """
        return cast("_Service", self.parts.services[feature])

    async def aclose(self) -> None:
        """End what follows runs, and forget the rates."""
        self.streams.stop()
        await self.rates.aclose()


def open_services(parts: ApiParts, limits: ApiLimits) -> Services:
    """The services on these parts; close them before the parts."""
    keys = ApiKeys(parts.database, parts.clock)
    return Services(
        parts=parts,
        limits=limits,
        keys=keys,
        owners=Owners(parts.database, parts.clock),
        answers=Answers(parts.database, parts.clock),
        rates=Rates(limits.requests_per_minute),
        reading=Places(limits.imports_at_once, "uploads"),
        streams=Streams(limits.streams, keys.is_active),
    )


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


Api = Annotated[Services, Depends(_services)]
