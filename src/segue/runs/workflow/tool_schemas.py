"""The schemas of tools, each made once for a process: making one takes longer than a model's turn.

What is kept is shared by all workflows, so it is text, or nobody changes it. It goes with the
function or class that it was made from; those of a sandboxed file are made anew for every run.
"""

import dataclasses
import json
from collections.abc import Callable, Hashable
from copy import deepcopy
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from agents.function_schema import FuncSchema, function_schema
from agents.strict_schema import ensure_strict_json_schema
from pydantic import BaseModel

# Strict schemas may not bound the length of a text or a list; descriptions say it, and the
# arguments are checked when they come. Titles repeat the names.
# Source: OpenAI's guide to structured outputs, "Supported schemas".
_UNSUPPORTED = frozenset({"title", "minLength", "maxLength", "minItems", "maxItems"})

_Schema = TypeVar("_Schema")


class _Made:
    """What was made from a function or a class, as long as that is there."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()

    def get(self, source: object, variant: Hashable, make: Callable[[], _Schema]) -> _Schema:
        """What ``make`` gave for this source and variant the first time."""
        schemas = self._of.setdefault(source, {})
        if variant not in schemas:
            schemas[variant] = make()
        return schemas[variant]


_MADE = _Made()


def schema_of_function(
    function: Callable[..., Any], *, name: str | None = None, description: str | None = None
) -> FuncSchema:
    """How the SDK describes ``function`` to a model; its JSON schema is the caller's own copy.

    Args:
        function: A bound method is fine.
        name: Instead of the function's own.
        description: Instead of its docstring.
    """
    whole = cast("Callable[..., Any]", getattr(function, "__func__", function))
    schema = _MADE.get(
        whole,
        (whole is function, name, description),
        lambda: function_schema(function, name_override=name, description_override=description),
    )
    return dataclasses.replace(schema, params_json_schema=deepcopy(schema.params_json_schema))


def strict_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of ``arguments`` as strict mode takes it, the caller's own.

    Raises:
        UserError: It has a field that strict mode has no word for, such as a free-form mapping.
    """
    return json.loads(_MADE.get(arguments, "strict", lambda: _strict(arguments)))


def _strict(arguments: type[BaseModel]) -> str:
    schema = _strict_part(ensure_strict_json_schema(arguments.model_json_schema()))
    schema.pop("description", None)  # the tool has a description of its own
    return json.dumps(schema)


def _strict_part(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` without the words that strict mode does not know, at every depth."""
    return {
        word: _strict_parts(value) if word in {"properties", "$defs"} else _strict_value(value)
        for word, value in schema.items()
        if word not in _UNSUPPORTED
    }


def _strict_parts(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {name: _strict_part(schema) for name, schema in schemas.items()}


def _strict_value(value: object) -> object:
    if isinstance(value, dict):
        return _strict_part(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return [_strict_value(each) for each in cast("list[object]", value)]
    return value
