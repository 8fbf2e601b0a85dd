"""What the OpenAPI document says of answers that are problems, and of every answer's headers."""

from collections.abc import Mapping
from typing import Any

from segue.runtime.http_problems import MEDIA_TYPE
from segue.web.contracts import Problem

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_WHOLE_NUMBER = {"type": "string", "pattern": "^[0-9]+$"}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": _WHOLE_NUMBER}}
_MEANINGS = {
    400: "The body cannot be read.",
    401: "No valid API key.",
    403: "The key lacks the scope.",
    404: "There is none, or it is another key's.",
    405: "Not this method.",
    409: "Not possible as things stand.",
    413: "The body is too large.",
    415: "Not this media type.",
    422: "The request is not valid.",
    429: "Too many requests.",
    500: "A defect.",
    502: "The catalogue failed.",
    503: "Temporal, the database or the catalogue is away.",
}
ALWAYS = (401, 403, 429, 500, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, those of every route included."""
    return {status: _response(status) for status in sorted({*ALWAYS, *statuses})}


def retry_later(meaning: str, model: type[object]) -> dict[int | str, dict[str, Any]]:
    """A 202 that says to ask again."""
    return {202: {"description": meaning, "model": model, "headers": _RETRY_AFTER}}


def _response(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _MEANINGS[status],
        "content": {MEDIA_TYPE: {"schema": _PROBLEM}},
    }
    if status == 429:
        response["headers"] = _RETRY_AFTER
    return response


def with_problem_schema(document: dict[str, Any]) -> Mapping[str, Any]:
    """The document with the schema that all problems refer to."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(schema.pop("$defs", {}))
    schemas["Problem"] = schema
    return document
