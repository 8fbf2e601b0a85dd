"""What kinds of bodies routes take; anything else is a 415, not an invalid request."""

from email.message import Message

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request

JSON = "application/json"


def check_media_type(request: Request, media_type: str) -> None:
    """Pass when the body is what it should be, in UTF-8.

    Raises:
        HTTPException: 415.
    """
    header = Message()
    header["Content-Type"] = request.headers.get("content-type", "")
    is_json = media_type == JSON and header.get_content_subtype().endswith("+json")
    if header.get_content_type() != media_type and not is_json:
        raise HTTPException(415, f"expected {media_type}")
    if str(header.get_param("charset", "utf-8")).lower() not in {"utf-8", "utf8"}:
        raise HTTPException(415, f"expected {media_type} in UTF-8")


async def only_json(request: Request) -> None:
    """Refuse another body than JSON where the route takes JSON.

    Raises:
        HTTPException: 415.
    """
    route = request.scope.get("route")
    has_body = request.headers.get("content-length", "0") != "0" or (
        "transfer-encoding" in request.headers
    )
    if isinstance(route, APIRoute) and route.body_field is not None and has_body:
        check_media_type(request, JSON)
