"""The gallery: which files of the worker's machine its patterns may read."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class GallerySettings(Room):
    """The gallery: which files of the worker's machine its patterns may read."""

    image_folders: Annotated[
        str,
        Field(
            alias="SEGUE_IMAGE_FOLDERS",
            description="Folders with pictures that agents may look at, as PATH lists them;"
            " unset: only the shipped sample.",
        ),
    ] = ""

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders."""
        return tuple(Path(each) for each in self.image_folders.split(os.pathsep) if each)
