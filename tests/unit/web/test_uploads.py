"""Playlist files over HTTP: how large, in which form, under which name."""

import pytest

from segue.errors.input import EmptyInputError
from segue.web.routes.imports import safe_name
from segue.web.services import ApiLimits
from tests.fakes.worlds.web import api_world

LINES = b"title,artist\nJolene,Dolly Parton\n"


@pytest.fixture
async def key(world):
    return await world.key()


async def test_a_file_is_read_under_its_own_name(world, key):
    answer = await world.http.post(
        "/api/v1/imports?format=csv&playlist=A&encoding=koi8-r",
        files={"file": ("Mine.csv", LINES)},
        headers=key,
    )

    assert answer.status_code == 201
    assert answer.json()["name"] == "Mine"
    options = {"format": "csv", "playlist": "A", "encoding": "koi8-r"}
    assert world.music.calls == [("import", "Mine.csv", LINES, options)]


async def test_what_is_wrong_with_a_file_is_told_without_where_we_put_it(world, key):
    world.music.failure = EmptyInputError("holds no song")

    answer = await world.http.post(
        "/api/v1/imports", files={"file": ("Mine.csv", LINES)}, headers=key
    )

    assert answer.status_code == 422
    assert answer.json()["detail"] == "Mine.csv holds no song"
    assert answer.json()["code"] == "input.empty"


async def test_an_upload_beyond_the_limit_is_refused_whether_its_length_is_told_or_not(tmp_path):
    async with api_world(tmp_path, ApiLimits(upload_bytes=5000)) as world:
        key = await world.key()
        told = await world.http.post(
            "/api/v1/imports", files={"file": ("a.csv", b"x" * 6000)}, headers=key
        )
        streamed = await world.http.post(
            "/api/v1/imports",
            content=_streamed_form(b"x" * 6000),
            headers=key | {"Content-Type": "multipart/form-data; boundary=b"},
        )
        small = await world.http.post(
            "/api/v1/imports", files={"file": ("a.csv", LINES)}, headers=key
        )

    assert (told.status_code, streamed.status_code, small.status_code) == (413, 413, 201)
    assert told.json()["code"] == streamed.json()["code"] == "api.body_too_large"
    assert told.headers["Connection"] == "close"


async def _streamed_form(content):
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]
    yield b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"content": LINES, "headers": {"Content-Type": "text/csv"}}, 415),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
        ({"files": {"other": ("a.csv", LINES)}}, 422),
        ({"files": {"file": ("a.csv", LINES)}, "data": {"more": "x"}}, 400),
        ({"files": [("file", ("a.csv", LINES)), ("file", ("b.csv", LINES))]}, 400),
    ],
    ids=["no form", "no boundary", "broken", "another field", "a field more", "two files"],
)
async def test_what_is_no_form_with_one_file_is_refused(world, key, given, status):
    headers = key | given.pop("headers", {})

    answer = await world.http.post("/api/v1/imports", headers=headers, **given)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert world.music.calls == []


PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + LINES


@pytest.mark.parametrize(
    "end", [b"", b"\r\n--b", b"\r\n--b\r\n", b"\r\n--b\r\nContent-Disposition: form"]
)
async def test_a_form_that_breaks_off_is_refused(world, key, end):
    headers = key | {"Content-Type": "multipart/form-data; boundary=b"}

    answer = await world.http.post("/api/v1/imports", headers=headers, content=PART + end)

    assert (answer.status_code, world.music.calls) == (400, [])


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/api/v1/imports", "multipart/form-data; boundary=b"), ("/api/v1/sync", "application/json")],
)
@pytest.mark.parametrize("charset", ["utf-7", "undefined", "latin-1"])
async def test_another_charset_than_utf_8_is_another_media_type(world, key, path, kind, charset):
    headers = key | {"Content-Type": f"{kind}; charset={charset}"}

    content = PART + b"\r\n--b--\r\n" if "multipart" in kind else b'{"song_title":"x"}'

    answer = await world.http.post(path, headers=headers, content=content)

    assert (answer.status_code, world.music.calls) == (415, [])
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "multipart/form-data"])
async def test_another_body_than_json_is_another_media_type(world, key, kind):
    headers = key | ({"Content-Type": kind} if kind else {})

    answer = await world.http.post("/api/v1/sync", headers=headers, content=b'{"song_title":"x"}')

    assert (answer.status_code, world.music.calls) == (415, [])


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Summer.csv", "Summer.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\Summer.m3u", "Summer.m3u"),
        ("..", "upload"),
        ("", "upload"),
        (".csv", "csv"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("é" * 200 + ".csv", "é" * 48 + ".csv"),
        ("a." + "b" * 300, "a." + "b" * 11),
    ],
)
def test_a_files_name_leads_to_no_other_folder(given, name):
    assert safe_name(given) == name
