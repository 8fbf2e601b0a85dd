"""Where webhooks may be sent: public addresses, and private ones that the operator names.

Whoever may add a webhook could otherwise have the worker call what only the worker reaches: a
cloud's metadata, a database's port, another container.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from segue.errors.webhook import WebhookAddressError
from segue.webhooks.contracts import LONGEST_URL

_PORTS = {"https": 443, "http": 80}

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# The addresses of a host name; what the system's resolver says.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True)
class Target:
    """A URL with the address that it is sent to.

    The name is looked up once: who answers another address to the second question gains nothing.

    Attributes:
        url: Its host is the address.
        host: What the receiver is called, for its certificate and the ``Host`` header.
    """

    url: str
    host: str
    netloc: str


class AllowedHosts:
    """Hosts that may be called although they are private.

    Args:
        names: Host names, addresses and networks (``10.0.0.0/8``).

    Raises:
        ValueError: A network is none.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._networks = [
            ipaddress.ip_network(name, strict=False) for name in names if _is_network(name)
        ]

    def name(self, host: str) -> bool:
        """Whether a host is allowed by its name."""
        return host.lower() in self._names

    def address(self, address: IpAddress) -> bool:
        """Whether an address is allowed as it is."""
        return any(
            address in network for network in self._networks if network.version == address.version
        )


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host.

    Raises:
        OSError: It has none.
    """
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in answers))


def check_url(url: str, hosts: AllowedHosts) -> SplitResult:
    """Look at a webhook's URL without asking anybody.

    Args:
        url: As a person gave it.
        hosts: Private hosts; they may be called without TLS.

    Raises:
        WebhookAddressError: It cannot be called, or may not.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as invalid:
        raise WebhookAddressError(f"The webhook's URL is none: {invalid}.") from None
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not host or port == 0 or len(url) > LONGEST_URL:
        raise WebhookAddressError(
            f"Expected a URL such as https://example.org/hook of at most {LONGEST_URL} characters."
        )
    if not url.isascii() or any(mark.isspace() or not mark.isprintable() for mark in url):
        raise WebhookAddressError("Expected a URL of printable ASCII characters without spaces.")
    if parts.username is not None or parts.password is not None:
        raise WebhookAddressError("A webhook's URL must not hold a name or password.")
    literal = _literal(host)
    if literal is not None:
        _check_address(host, literal, hosts)
    if parts.scheme == "http" and not _is_allowed(host, hosts):
        raise WebhookAddressError(
            f"Expected https: {host!r} is no host that may be called by http."
        )
    return parts


async def target_of(url: str, hosts: AllowedHosts, look_up: Resolve = resolve) -> Target:
    """Look a webhook's host up, and refuse what is private.

    Args:
        url: Of the webhook.
        hosts: Private hosts.
        look_up: Addresses of a host.

    Raises:
        OSError: The host has no address.
        WebhookAddressError: It may not be called; one private address among several is enough.
    """
    parts = check_url(url, hosts)
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    addresses = [ipaddress.ip_address(each.partition("%")[0]) for each in await look_up(host, port)]
    if not addresses:
        raise OSError(f"{host!r} has no address")
    for address in addresses:
        _check_address(host, address, hosts)
    first = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    by_address = parts._replace(netloc=f"{first}:{port}", fragment="")
    return Target(by_address.geturl(), host, parts.netloc)


def _check_address(host: str, address: IpAddress, hosts: AllowedHosts) -> None:
    real = _ipv4_of(address)
    is_public = real.is_global and not real.is_multicast
    if not (is_public or hosts.name(host) or hosts.address(real)):
        raise WebhookAddressError(f"{host!r} is at {address}, which is no public address.")


def _ipv4_of(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return address.ipv4_mapped or address.sixtofour or _nat64(address) or address


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Source: RFC 6052, the well-known prefix."""
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _is_allowed(host: str, hosts: AllowedHosts) -> bool:
    literal = _literal(host)
    return hosts.name(host) or (literal is not None and hosts.address(_ipv4_of(literal)))


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_network(name: str) -> bool:
    return "/" in name or _literal(name) is not None
