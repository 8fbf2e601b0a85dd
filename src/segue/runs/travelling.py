"""Messages of the contract on their way into histories, where every byte stays for good."""

from typing import Any, TypeVar

from pydantic import BaseModel

_Message = TypeVar("_Message", bound=BaseModel)


def lean(message: _Message) -> _Message:
    """A copy of a message of which only what differs from the defaults travels, at every depth."""
    kind, values = type(message), dict[str, Any]()
    for name, field in kind.model_fields.items():
        value = getattr(message, name)
        if field.is_required() or value != field.get_default(call_default_factory=True):
            values[name] = lean(value) if isinstance(value, BaseModel) else value
    return kind.model_construct(**values)
