"""Open connections by their peer, so that one can be cut without an answer."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]


class Connections:
    """The transports of all clients that are connected now."""

    def __init__(self) -> None:
        self._transports: dict[Peer | None, asyncio.Transport] = {}

    def cut(self, peer: Peer) -> None:
        """Close a connection at once, whatever was still to be sent."""
        transport = self._transports.get(peer)
        if transport is not None:  # else the client has left already
            transport.abort()

    def protocol(self) -> type[asyncio.Protocol]:
        """Uvicorn's HTTP protocol, reporting its connections here."""
        transports = self._transports

        class ReportingProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as in uvicorn
                super().connection_made(transport)
                transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.client, None)
                super().connection_lost(exc)

        return ReportingProtocol
