"""Signatures by which a receiver knows that an event is ours and was not changed.

Source: Standard Webhooks, https://www.standardwebhooks.com: HMAC-SHA256 over id, time and body.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
_SECRET_BYTES = 32  # the specification: 24 to 64


def new_secret() -> str:
    """A secret of 256 bits, in the form that receivers' libraries take."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(
    secrets_in_force: Sequence[str], event: str, at: int, body: str
) -> dict[str, str]:
    """The headers of one request.

    Args:
        secrets_in_force: One, or two while a receiver changes over; each signs.
        event: Id of the event; without a dot.
        at: Epoch seconds; receivers refuse what is older than minutes.
        body: As it is sent.
    """
    text = f"{event}.{at}.{body}".encode()
    signatures = [f"v1,{_signature(secret, text)}" for secret in secrets_in_force]
    return {
        "webhook-id": event,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, text: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, text, "sha256")).decode()
