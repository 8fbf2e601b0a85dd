"""The arguments of a pattern's workflow: what it takes, and what somebody gives."""

import inspect
import json
from collections.abc import Sequence
from typing import Any, cast, get_type_hints

from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError

from segue.errors.input import InputError
from segue.gallery.contracts import PatternParameter
from segue.gallery.pattern import Pattern


def parameters_of(pattern: Pattern) -> tuple[PatternParameter, ...]:
    """What the pattern's workflow takes, by position."""
    hints = _hints(pattern)
    return tuple(
        PatternParameter(
            name=each.name,
            type=inspect.formatannotation(hints[each.name]),
            is_optional=each.default is not inspect.Parameter.empty,
        )
        for each in _signature(pattern)
    )


def arguments_of(pattern: Pattern, values: Sequence[Any]) -> tuple[Any, ...]:
    """All arguments of the workflow: those of ``values``, then those of the first sample.

    Raises:
        InputError: They are too many, or one is of another type.
    """
    parameters = parameters_of(pattern)
    if len(values) > len(parameters):
        names = ", ".join(f"{each.name}: {each.type}" for each in parameters) or "none"
        raise InputError(
            f"Expected at most {len(parameters)} arguments ({names}), got {len(values)}."
        )
    sample = pattern.samples[0].arguments
    whole = (*values, *sample[len(values) :])
    hints = _hints(pattern)
    return tuple(
        _validate(parameter.name, hints[parameter.name], value)
        for parameter, value in zip(parameters, whole, strict=False)
    )


def arguments_in(text: str) -> list[Any]:
    """What somebody typed: a JSON array is all arguments, a JSON object or any other text is one.

    Raises:
        InputError: It begins like JSON and is none.
    """
    if text[:1] not in {"[", "{"}:
        return [text]
    try:
        value: Any = json.loads(text)
    except ValueError as failure:
        raise InputError(
            f"The input begins like JSON and is none: {failure}.",
            hint="Write a JSON array of all arguments, or a text.",
        ) from None
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _signature(pattern: Pattern) -> list[inspect.Parameter]:
    run: Any = vars(pattern.workflow)["run"]
    return list(inspect.signature(run).parameters.values())[1:]


def _hints(pattern: Pattern) -> dict[str, Any]:
    return get_type_hints(vars(pattern.workflow)["run"])


def _validate(name: str, hint: Any, value: object) -> Any:  # noqa: ANN401 - of the hint's type
    try:
        return TypeAdapter[Any](hint).validate_python(value)
    except PydanticSchemaGenerationError:  # a class of somebody else's, which checks itself
        return value
    except ValidationError as failure:
        reason = failure.errors(include_url=False, include_input=False)[0]["msg"]
        raise InputError(f"The argument {name!r} does not fit: {reason}.") from None
