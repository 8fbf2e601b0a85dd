"""Signatures, as receivers' libraries check them."""

import base64
import hmac

from segue.webhooks.sending.signing import PREFIX, new_secret, signed_headers

# An example of the specification's own text (standardwebhooks, "Symmetric signatures").
WHSEC = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = '{"test": 2432232314}'


def check(headers: dict[str, str], body: str, secret: str) -> bool:
    """Whether a receiver with this secret takes the request."""
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    key = base64.b64decode(secret.removeprefix(PREFIX))
    right = base64.b64encode(hmac.new(key, text, "sha256").digest()).decode()
    return any(
        hmac.compare_digest(each, f"v1,{right}") for each in headers["webhook-signature"].split()
    )


def test_a_request_carries_id_time_and_a_signature_over_both_and_the_body():
    headers = signed_headers([WHSEC], ID, AT, BODY)

    assert headers["webhook-id"] == ID
    assert headers["webhook-timestamp"] == str(AT)
    assert check(headers, BODY, WHSEC)
    assert not check(headers, BODY + " ", WHSEC)
    assert not check({**headers, "webhook-timestamp": "1"}, BODY, WHSEC)


def test_while_a_secret_changes_both_sign():
    old, new = new_secret(), new_secret()

    headers = signed_headers([new, old], ID, AT, BODY)

    assert check(headers, BODY, old)
    assert check(headers, BODY, new)
    assert not check(headers, BODY, new_secret())


def test_a_secret_has_256_bits_and_no_twin():
    secrets = {new_secret() for _ in range(10)}

    assert len(secrets) == 10
    assert all(len(base64.b64decode(each.removeprefix(PREFIX))) == 32 for each in secrets)
