"""The gallery: what of the worker's machine its patterns may use."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from segue.settings.base import Room
from segue.settings.pairs import secrets_by_name


class GallerySettings(Room):
    """The gallery: what of the worker's machine its patterns may use."""

    image_folders: Annotated[
        str,
        Field(
            alias="SEGUE_IMAGE_FOLDERS",
            description="Folders with pictures that agents may look at, as PATH lists them;"
            " unset: only the shipped sample.",
        ),
    ] = ""

    tool_credentials: Annotated[
        SecretStr | None,
        Field(
            alias="SEGUE_TOOL_CREDENTIALS",
            description="Credentials of agents' tools, `NAME=VALUE` with commas: workflows know the"
            " names, and the worker alone the values; unset: only the shipped sample.",
        ),
    ] = None

    @property
    def credentials(self) -> dict[str, str]:
        """The credentials by their names.

        Raises:
            SettingsError: They are not of the form NAME=VALUE, NAME=VALUE.
        """
        pairs = self.tool_credentials.get_secret_value() if self.tool_credentials else ""
        return secrets_by_name(pairs, "SEGUE_TOOL_CREDENTIALS")

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders."""
        return tuple(Path(each) for each in self.image_folders.split(os.pathsep) if each)
