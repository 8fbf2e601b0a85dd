"""Reading requests the way Spotify does, and refusing them in its words.

Source: Spotify Web API, concepts, API calls (error object); messages as seen in public issues.
"""

import json
from collections.abc import Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from segue.music.catalogues.local.ids import ID, TRACK_URI
from segue.music.catalogues.local.shapes import dump
from segue.music.catalogues.port import ADD_LIMIT

JSON_TYPE = "application/json; charset=utf-8"
USER = "segue.user"  # key in the ASGI scope: whose token came


class ApiError(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def json_response(text: str, status: int = 200) -> Response:
    """An answer whose JSON text is ready."""
    return Response(text, status, media_type=JSON_TYPE)


def error_response(status: int, message: str) -> Response:
    """Spotify's error object."""
    return json_response(dump({"error": {"status": status, "message": message}}), status)


def user_of(request: Request) -> str:
    """Whose token the request carries."""
    return cast("str", request.scope[USER])


def query_number(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """A whole number from the query.

    Raises:
        ApiError: It is no number, or outside the bounds (400).
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise ApiError(400, f"Invalid {name}")
    return value


def playlist_id_of(request: Request) -> str:
    """The playlist id in the path.

    Raises:
        ApiError: It is not an id (400).
    """
    playlist_id = str(request.path_params["playlist_id"])
    if not ID.fullmatch(playlist_id):
        raise ApiError(400, "Invalid base62 id")
    return playlist_id


async def json_body(request: Request) -> Mapping[str, object]:
    """The body as a JSON object.

    Raises:
        ApiError: It is not one (400).
    """
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "Error parsing JSON.")
    return cast("Mapping[str, object]", body)


def whole_number(body: Mapping[str, object], name: str, default: int | None) -> int | None:
    """A whole number from the body.

    Raises:
        ApiError: It is there and is no number (400).
    """
    value = body.get(name, default)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ApiError(400, "Error parsing JSON.")


def track_ids(uris: object) -> list[str]:
    """The ids of a list of track URIs, duplicates kept.

    Raises:
        ApiError: It is no list, is too long, or holds something else (400).
    """
    if not isinstance(uris, list):
        raise ApiError(400, "No uris provided")
    entries = cast("list[object]", uris)
    if len(entries) > ADD_LIMIT:
        raise ApiError(400, f"You can add a maximum of {ADD_LIMIT} tracks per request.")
    return [_track_id(entry) for entry in entries]


def listed_track_ids(entries: object) -> list[str]:
    """The ids of a list of ``{"uri": …}``.

    Raises:
        ApiError: It is no such list or too long (400).
    """
    if not isinstance(entries, list):
        raise ApiError(400, "No uris provided")
    objects = cast("list[Mapping[str, object]]", entries)
    return track_ids([entry.get("uri") if isinstance(entry, dict) else None for entry in objects])


def _track_id(uri: object) -> str:
    match = TRACK_URI.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        raise ApiError(400, f"Invalid track uri: {uri}")
    return match.group(1)
