"""Pictures are read from allowed folders, when they are pictures and not too large."""

import base64
from pathlib import Path

import pytest

from segue.errors.gallery import ImageRefusedError
from segue.gallery.tools.images import LARGEST, SAMPLE, Images, kind_of, picture_in
from segue.settings.gallery import GallerySettings


@pytest.fixture
def images(tmp_path: Path) -> Images:
    (tmp_path / "allowed").mkdir()
    return Images([tmp_path / "allowed"])


async def test_the_shipped_sample_is_read_without_any_setting():
    content = await Images().read_image_as_base64(SAMPLE.name)

    picture = picture_in(f"data:image/png;base64,{content}")
    assert (picture.kind, picture.width, picture.height) == ("image/png", 160, 120)
    assert picture.size == SAMPLE.stat().st_size


async def test_another_folder_is_refused_and_the_refusal_says_how_to_allow_it(
    images: Images, tmp_path: Path
):
    file = tmp_path / "secret.png"
    file.write_bytes(SAMPLE.read_bytes())

    with pytest.raises(ImageRefusedError) as refusal:
        await images.read_image_as_base64(str(file))

    assert f"SEGUE_IMAGE_FOLDERS={tmp_path}" in refusal.value.hint


@pytest.mark.parametrize("way", ["link", "dots"])
async def test_no_way_round_leads_out_of_an_allowed_folder(
    images: Images, tmp_path: Path, way: str
):
    (tmp_path / "secret.png").write_bytes(SAMPLE.read_bytes())
    inside = tmp_path / "allowed" / "picture.png"
    inside.symlink_to(tmp_path / "secret.png")
    path = inside if way == "link" else tmp_path / "allowed" / ".." / "secret.png"

    with pytest.raises(ImageRefusedError, match="may read"):
        await images.read_image_as_base64(str(path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"root:x:0:0:root", "Expected a picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(LARGEST), "at most 1,048,576 bytes"),
        (None, "cannot be read"),
    ],
    ids=["text", "large", "missing"],
)
async def test_what_is_no_picture_is_refused(
    images: Images, tmp_path: Path, content: bytes | None, words: str
):
    file = tmp_path / "allowed" / "file.png"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ImageRefusedError, match=words):
        await images.read_image_as_base64(str(file))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
def test_pictures_are_known_by_their_first_bytes(content: bytes, kind: str):
    assert kind_of(content) == kind


def test_of_other_formats_than_png_only_the_size_is_told():
    data = base64.b64encode(b"\xff\xd8\xff\xe0").decode()
    picture = picture_in(f"data:image/jpeg;base64,{data}")

    assert (picture.kind, picture.size, picture.width) == ("image/jpeg", 4, 0)


def test_folders_are_named_as_path_names_them():
    settings = GallerySettings.model_construct(image_folders="/a:/b c:")

    assert settings.folders == (Path("/a"), Path("/b c"))
