"""Pictures on the worker's disk, for models: from named folders, and only what is a picture."""

import base64
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel
from temporalio import activity

from segue.errors.gallery import ImageRefusedError

LARGEST = 1024 * 1024  # bytes; a payload of Temporal's may have 2 MB, and base64 adds a third
SAMPLE_FOLDER = Path(__file__).parent / "pictures"
SAMPLE = SAMPLE_FOLDER / "lighthouse.png"

# Source: the signatures of the formats' specifications; models of OpenAI's take these four.
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class Images:
    """Pictures in the folders that the settings name, and in our own.

    Args:
        folders: Beside the folder of samples.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = tuple(each.resolve() for each in (SAMPLE_FOLDER, *folders))

    @activity.defn(name="read_image_as_base64")
    async def read_image_as_base64(self, image_path: str) -> str:
        """A picture's bytes in base64.

        Args:
            image_path: Of the worker's machine; one without a folder is one of our samples.

        Raises:
            ImageRefusedError: It is in no allowed folder, too large, or no picture.

        Idempotency: reads only.
        """
        return base64.b64encode(self._read(Path(image_path))).decode("ascii")

    def _read(self, path: Path) -> bytes:
        # What a link points to counts, not where the link is.
        place = (path if path.is_absolute() else SAMPLE_FOLDER / path).resolve()
        if not any(place.is_relative_to(folder) for folder in self._folders):
            raise ImageRefusedError(
                f"The picture {path} is in no folder that this worker may read.",
                hint=f"Allow it: SEGUE_IMAGE_FOLDERS={path.parent}, and start the worker again.",
            )
        try:
            with place.open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError as failure:
            raise ImageRefusedError(
                f"The picture {path} cannot be read: {failure.strerror}.",
                hint="Give a whole path of the machine on which the worker runs.",
            ) from failure
        if len(content) > LARGEST:
            raise ImageRefusedError(
                f"Expected a picture of at most {LARGEST:,} bytes; {path} has more.",
                hint="Make it smaller, or give its address: remote_image.",
            )
        kind_of(content)
        return content


def kind_of(content: bytes) -> str:
    """The media type of a picture, by its first bytes.

    Raises:
        ImageRefusedError: It is none that models take.
    """
    for beginning, kind in _KINDS:
        if content.startswith(beginning):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise ImageRefusedError("Expected a picture: PNG, JPEG, GIF or WebP by its first bytes.")


class Picture(BaseModel, frozen=True):
    """What a picture's data URL says of it, without looking at what it shows.

    Attributes:
        width: Pixels; 0: not known.
        height: Pixels; 0: not known.
    """

    kind: str
    size: int
    width: int = 0
    height: int = 0


def picture_in(data_url: str) -> Picture:
    """What stands in a picture's head.

    Args:
        data_url: ``data:image/…;base64,…``.
    """
    head, _, data = data_url.partition(",")
    content = base64.b64decode(data)
    width, height = 0, 0
    if content.startswith(_KINDS[0][0]):
        width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    kind = head.removeprefix("data:").partition(";")[0]
    return Picture(kind=kind, size=len(content), width=width, height=height)
