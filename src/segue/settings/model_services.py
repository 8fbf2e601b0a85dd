"""Services with OpenAI's API that models are asked at by name, as one setting says them."""

import re
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, StringConstraints, TypeAdapter, ValidationError

_NAME: Final = r"^[a-z0-9][a-z0-9_-]*$"
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address such as http://127.0.0.1:8080/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without a login or a query; a key has a variable")
    return url


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("expected the name of the variable that holds the key, not the key")
    return name


class ModelService(BaseModel, frozen=True, extra="forbid"):
    """A service with OpenAI's API.

    Attributes:
        base_url: Where it is; nothing secret is in it.
        key_variable: Name of the variable that holds its key; None: it wants none.
        api: OpenAI's API to speak there.
    """

    base_url: Annotated[str, AfterValidator(_address)]
    key_variable: Annotated[str, AfterValidator(_variable)] | None = None
    api: Literal["responses", "chat"] = "chat"


ModelServices = dict[Annotated[str, StringConstraints(pattern=_NAME)], ModelService]
_SERVICES: Final = TypeAdapter(ModelServices)


def model_services(text: str) -> ModelServices:
    """The services that a setting's JSON names.

    Raises:
        ValueError: It is no JSON, or a service is not as described; it repeats no value.
    """
    try:
        return _SERVICES.validate_json(text) if text else {}
    except ValidationError as invalid:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}".removeprefix(": ")
            for error in invalid.errors(include_input=False, include_url=False)
        )
        raise ValueError(problems) from None


def _readable(text: str) -> str:
    model_services(text)
    return text


ServicesText = Annotated[str, AfterValidator(_readable)]
"""JSON that ``model_services`` can read."""
