"""Settings that hold several secrets, each with a name."""

import re

from segue.errors.settings import SettingsError


def secrets_by_name(pairs: str, variable: str) -> dict[str, str]:
    """Secrets by their names, from ``NAME=SECRET, NAME=SECRET``.

    Args:
        pairs: What the variable says.
        variable: Its name, for the error; the secrets are in no message.

    Raises:
        SettingsError: Not of this form, or a name twice.
    """
    secrets: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in pairs.split(","))):
        name, _, secret = pair.partition("=")
        if not re.fullmatch(r"[A-Za-z0-9._@-]{1,100}", name) or name in secrets or not secret:
            raise SettingsError(
                f"{variable} is not of the form NAME=TOKEN, NAME=TOKEN, each name once."
            )
        secrets[name] = secret
    return secrets
