"""One TLS context for all clients of a process.

httpx2 reads the authorities of the system anew for each client, which takes 21 ms of a processor:
a tenth of what some tests cost, though none of them meets a server with a certificate of theirs.
"""

import functools
import ssl

import httpcore2

_read = httpcore2.default_ssl_context


@functools.cache
def _shared_context(*, _trust_env: bool = True) -> ssl.SSLContext:
    return _read(_trust_env=_trust_env)


def share_contexts() -> None:
    """Let clients that are made from now on have one context, also in processes that are forked."""
    for trust_env in (False, True):
        _shared_context(_trust_env=trust_env)
    httpcore2.default_ssl_context = _shared_context
