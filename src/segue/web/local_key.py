"""The first key, for whoever runs the API on their own machine: in a file only they can read."""

import os
from pathlib import Path

from segue.errors.settings import SettingsError
from segue.web.keys import ApiKeys
from segue.web.scopes import Scope

FILE_NAME = "api-key"
_ONLY_ME = 0o600


async def first_key(keys: ApiKeys, folder: Path) -> Path | None:
    """Make a key for everything where there is none at all, and write it to a file.

    Args:
        keys: Of the database that the API uses.
        folder: The data folder.

    Returns:
        The file; None where there are keys already, whoever made them.

    Raises:
        SettingsError: The file cannot be written.
    """
    if await keys.all():
        return None
    new = await keys.create("local", [Scope.ADMIN])
    file = folder / FILE_NAME
    try:
        _write(file, new.text)
    except OSError as error:
        await keys.revoke(new.key.id)
        raise SettingsError(
            f"The API key cannot be written to {file}: {error.strerror}.",
            hint="Make one by hand: `segue keys create`.",
        ) from None
    return file


def _write(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)  # one that others may read must not lend its permissions
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_ME)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(f"{text}\n")
