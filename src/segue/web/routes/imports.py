"""Uploads: a playlist file, written to disk as it comes and read by the importers."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path as FilePath, PurePosixPath
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Path, Query
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from segue.errors.api import StorageQuotaError
from segue.errors.input import InputError
from segue.errors.sync import ImportInUseError
from segue.music.contracts.imports import ImportReport
from segue.web.contracts import ImportId, ImportList, Line
from segue.web.key_access import Reader, Writer
from segue.web.media_types import check_media_type
from segue.web.music import music_of
from segue.web.paging import Place
from segue.web.scopes import ApiKey
from segue.web.services import UPLOADS, Api, Services
from segue.web.shown import problems

router = APIRouter(prefix=UPLOADS, tags=["start"])

_FILE = "file"
_MULTIPART = "multipart/form-data"
_NAMELESS = "upload"
_LONGEST_STEM, _LONGEST_ENDING = 48, 12  # characters: file systems allow 255 bytes
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/]")
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            _MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": [_FILE],
                    "additionalProperties": False,
                    "properties": {
                        _FILE: {
                            "type": "string",
                            "contentMediaType": "application/octet-stream",
                            "description": "CSV, TSV, text, M3U, XSPF, JSPF, iTunes XML, JSON, …",
                        }
                    },
                }
            }
        },
    }
}


@router.post("", status_code=201, responses=problems(400, 413, 415, 422), openapi_extra=_BODY)
async def upload_playlist(
    request: Request,
    key: Writer,
    api: Api,
    format: Annotated[  # noqa: A002 - the word users know
        str | None,
        Query(description="As `segue formats` names it; default: detected.", max_length=40),
    ] = None,
    playlist: Annotated[
        Line | None, Query(description="One playlist of a file that holds several.")
    ] = None,
    encoding: Annotated[
        str | None,
        Query(description="Of the text, such as `koi8-r`; default: detected.", max_length=40),
    ] = None,
) -> ImportReport:
    """Upload a playlist file as a form's field `file`; the same file gives the same import."""

    async def read() -> ImportReport:
        async with _upload(request) as file:
            try:
                imports = music_of(api).imports.within(api.limits.imports)
                return await imports.read(file, format=format, playlist=playlist, encoding=encoding)
            except InputError as error:
                message = error.message.replace(str(file), file.name)  # where it is is our business
                raise type(error)(message, hint=error.hint) from None

    with api.reading.take(key.id):
        return await read_within_quota(api, key, read)


@router.get("", responses=problems(422))
async def list_imports(
    key: Reader,
    api: Api,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Place = None,
) -> ImportList:
    """What the key has uploaded, newest first; an admin's key sees everything that is stored."""
    imports = music_of(api).imports
    if key.is_admin:
        page = await imports.list(limit=limit, after=cursor)
        return ImportList(imports=page.items, next_cursor=page.next)
    ids = await api.owners.imports(key, limit=limit, after=cursor)
    entries = await imports.some(ids.items)
    return ImportList(
        imports=tuple(entries[each] for each in ids.items if each in entries),
        next_cursor=ids.next,
    )


@router.delete("/{import_id}", status_code=204, responses=problems(404, 409, 422))
async def delete_import(
    import_id: Annotated[ImportId, Path(description="From the list.")], key: Writer, api: Api
) -> Response:
    """Forget an upload and its songs; refused while a sync of it is stored.

    Where another key has brought the same file, only this key's hold on it ends.
    """
    await api.owners.check_import(key, import_id)
    await _delete(api, key, import_id)
    return Response(status_code=204)


async def _delete(api: Services, key: ApiKey, import_id: str) -> None:
    """End the key's hold on an import, and forget it where it was the last.

    Raises:
        ImportInUseError: A sync of it is stored; the key keeps it.
    """
    if await api.owners.disown_import(key, import_id):
        try:
            await music_of(api).imports.delete(import_id)
        except ImportInUseError:
            await api.owners.own_import(key, import_id)
            raise


async def read_within_quota(
    api: Services, key: ApiKey, read: Callable[[], Awaitable[ImportReport]]
) -> ImportReport:
    """What a key brings, stored as its own.

    What goes beyond its quota is deleted again: several uploads may come at once, in several
    processes, and only what is stored can be counted.

    Raises:
        StorageQuotaError: The key has as many songs as it may, or would have more with these.
    """
    most = api.limits.stored_songs
    if (songs := await _songs_of(api, key)) >= most:
        raise _beyond(most, songs)
    report = await read()
    was_there = await api.owners.has_import(key, report.import_id)
    await api.owners.own_import(key, report.import_id)
    if not was_there and (songs := await _songs_of(api, key)) > most:
        await _delete(api, key, report.import_id)
        raise _beyond(most, songs)
    return report


async def _songs_of(api: Services, key: ApiKey) -> int:
    """How many songs the key has stored, in all its imports."""
    songs, after, imports = 0, None, music_of(api).imports
    while True:
        page = await api.owners.imports(key, after=after)
        songs += sum(each.songs for each in (await imports.some(page.items)).values())
        if page.next is None:
            return songs
        after = page.next


def _beyond(most: int, songs: int) -> StorageQuotaError:
    return StorageQuotaError(
        f"expected at most {most:,} songs stored by one key; they would be {songs:,}"
    )


@asynccontextmanager
async def _upload(request: Request) -> AsyncGenerator[FilePath]:
    """The file of the form, on disk under its own name, as long as the body runs.

    Raises:
        HTTPException: Not a form, or a broken one.
        InputError: A form without the file.
    """
    check_media_type(request, _MULTIPART)
    async with _whole_form(request) as form:
        file = form.get(_FILE)
        if not isinstance(file, UploadFile):
            raise InputError(f"expected a form with a file in the field {_FILE!r}, got none")
        with tempfile.TemporaryDirectory(prefix="segue-upload-") as folder:
            path = FilePath(folder) / safe_name(file.filename or "")
            await asyncio.to_thread(_copy, file.file, path)
            yield path


class _FormParser(MultiPartParser):
    """Starlette's, which takes a form that breaks off for a whole one."""

    is_whole = False

    def on_end(self) -> None:
        """The last boundary was there."""
        self.is_whole = True

    def close(self) -> None:
        """Close every file, also one that never ended and is in no form."""
        for file in self._files_to_close_on_error:
            file.close()


@asynccontextmanager
async def _whole_form(request: Request) -> AsyncGenerator[FormData]:
    """The form, with one file at most and no other field.

    Raises:
        HTTPException: It is broken, or breaks off.
    """
    parser = _FormParser(request.headers, request.stream(), max_files=1, max_fields=0)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    try:
        if not parser.is_whole:
            raise HTTPException(400, "expected a whole form, got one that breaks off")
        yield form
    finally:
        parser.close()


def safe_name(file_name: str) -> str:
    """A file name that names no folder; its beginning and its ending stay as they are."""
    name = PurePosixPath(_NOT_IN_NAMES.sub("_", file_name.replace("\\", "/").rpartition("/")[2]))
    stem = name.stem.strip(". ")[:_LONGEST_STEM]
    return f"{stem or _NAMELESS}{name.suffix[:_LONGEST_ENDING]}"


def _copy(source: BinaryIO, path: FilePath) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
