"""Whether an answer plainly does not fit the type that was asked for.

The workflow that asked has the type itself and judges in the end. What is seen here, on the worker,
is enough to keep an answer out of the cache that would fail every run for a week.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from agents import AgentOutputSchemaBase, ModelResponse
from openai.types.responses import ResponseOutputMessage, ResponseOutputRefusal

from segue.llm.answers import response_text

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
Schema = Mapping[str, Any]


def is_fit(response: ModelResponse, schema: AgentOutputSchemaBase | None) -> bool:
    """Whether a response may be an answer of the type; one that calls tools is none yet."""
    if schema is None or schema.is_plain_text():
        return True
    if not any(isinstance(item, ResponseOutputMessage) for item in response.output):
        return True
    try:
        value = json.loads(response_text(response))
    except ValueError:
        return False
    parameters = schema.json_schema()
    return fits(value, parameters, parameters)


def is_typed(response: ModelResponse, schema: AgentOutputSchemaBase | None) -> bool:
    """Whether a response is the last word to a question with a type: no call, and no refusal."""
    if schema is None or schema.is_plain_text():
        return False
    messages = [item for item in response.output if isinstance(item, ResponseOutputMessage)]
    parts = [part for message in messages for part in message.content]
    return bool(parts) and not any(isinstance(part, ResponseOutputRefusal) for part in parts)


def fits(value: object, schema: Schema, root: Schema) -> bool:
    """Whether a value fits a JSON schema, so far as types, fields and choices tell.

    Args:
        value: As ``json.loads`` gives it.
        schema: For the value.
        root: Holds what ``$ref`` names.
    """
    if isinstance(reference := schema.get("$ref"), str):
        return fits(value, _definition(root, reference), root)
    if isinstance(choices := schema.get("anyOf"), list):
        return any(fits(value, each, root) for each in cast("list[Schema]", choices))
    if not _has_type(value, schema.get("type")) or value not in schema.get("enum", [value]):
        return False
    return all(fits(part, each, root) for part, each in _parts(value, schema))


def _parts(value: object, schema: Schema) -> Iterator[tuple[object, Schema]]:
    """What the value holds, each with its schema; a field that is missing fits none."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        properties: Mapping[str, Schema] = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in fields:
                yield None, {"enum": []}
        yield from ((fields[name], each) for name, each in properties.items() if name in fields)
    elif isinstance(value, list) and isinstance(items := schema.get("items"), Mapping):
        yield from ((each, cast("Schema", items)) for each in cast("list[object]", value))


def _has_type(value: object, kind: object) -> bool:
    names = cast("list[object]", kind) if isinstance(kind, list) else [kind]
    types = [each for name in names for each in _TYPES.get(str(name), ())]
    if isinstance(value, bool) and bool not in types and types:
        return False  # to Python, a bool is a number
    return not types or isinstance(value, tuple(types))


def _definition(root: Schema, reference: str) -> Schema:
    place: Any = root
    for part in reference.removeprefix("#/").split("/"):
        place = place.get(part, {}) if isinstance(place, Mapping) else {}  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
    return place if isinstance(place, Mapping) else {}  # pyright: ignore[reportUnknownVariableType] - JSON
