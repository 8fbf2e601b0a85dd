"""The names that a route takes, and the refusal of all others.

A misspelt one would be ignored, and ``?dryrun=true`` would write.
"""

from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request

UNKNOWN = "extra_forbidden"  # Pydantic's type of such an error


def known_names(request: Request, place: str) -> list[str]:
    """The names that the request's route takes, sorted.

    Args:
        request: On its way to a route.
        place: ``query`` or ``body``.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return []
    if place == "query":
        return sorted(field.alias for field in route.dependant.query_params)
    bodies: list[Any] = [field.field_info.annotation for field in route.dependant.body_params]
    return sorted(name for body in bodies for name in getattr(body, "model_fields", ()))


async def only_known_queries(request: Request) -> None:
    """Refuse a query parameter that the route does not take.

    Raises:
        RequestValidationError: There is one.
    """
    unknown = sorted(request.query_params.keys() - set(known_names(request, "query")))
    if unknown:
        raise RequestValidationError([
            {"type": UNKNOWN, "loc": ("query", name), "msg": UNKNOWN} for name in unknown
        ])
