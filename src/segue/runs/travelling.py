"""Messages of the contract on their way into histories, where every byte stays for good."""

import zlib
from typing import Any, TypeVar

from pydantic import BaseModel

PACKED_FROM = 1_024  # bytes; what is shorter stays readable where people look at histories

# What answers of models have in common, the most frequent last. Never changed: histories are read
# with it.
_COMMON = (
    b'"unpriced_calls":1,"cost_usd":"0.0","cached_tokens":,"thread":{"model_calls":,'
    b'"shortened":[0],"offline":true,'
    b'{"items":[{"id":"msg_","content":[{"annotations":[],"text":",'
    b'"type":"output_text","logprobs":[]}],"role":"assistant","status":"completed",'
    b'"type":"message"}],"first":,"stored":[[,]],"model":"gpt-,"spent":{"model_calls":1,'
    b'"attempts":1,"input_tokens":,"output_tokens":},"response_id":"resp_",'
    b'"closed":{"number":,"text_seq":}}'
)

_Message = TypeVar("_Message", bound=BaseModel)


def lean(message: _Message) -> _Message:
    """A copy of a message of which only what differs from the defaults travels, at every depth."""
    kind, values = type(message), dict[str, Any]()
    for name, field in kind.model_fields.items():
        value = getattr(message, name)
        if field.is_required() or value != field.get_default(call_default_factory=True):
            values[name] = lean(value) if isinstance(value, BaseModel) else value
    return kind.model_construct(**values)


def pack(message: _Message) -> _Message | bytes:
    """A message as its compressed JSON; a short one as it is.

    Temporal stores bytes as they are (``binary/plain``), and gives them back whatever type is
    expected.
    """
    text = message.model_dump_json(exclude_unset=True).encode()
    if len(text) < PACKED_FROM:
        return message
    press = zlib.compressobj(zdict=_COMMON)
    return press.compress(text) + press.flush()


def unpack(kind: type[_Message], message: _Message | bytes) -> _Message:
    """The message of which ``pack`` was stored."""
    if isinstance(message, bytes):
        return kind.model_validate_json(zlib.decompressobj(zdict=_COMMON).decompress(message))
    return message
