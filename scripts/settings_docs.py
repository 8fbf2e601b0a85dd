"""Write ``.env.example`` and docs/reference/settings.md from the settings classes.

python -m scripts.settings_docs [--check]
"""

import inspect
import sys
from collections.abc import Iterator
from typing import NamedTuple

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from scripts.generated import write_or_check
from segue.wiring.features import settings_rooms

COMMAND = "python -m scripts.settings_docs"

EXAMPLE_INTRODUCTION = f"""\
# Copy to .env and fill in what you need. Every value is optional; these are the defaults, and an
# empty value means unset. The process environment wins over this file.
# Written by `{COMMAND}`; do not edit by hand."""

PAGE_INTRODUCTION = f"""\
# Settings

<!-- Written by `{COMMAND}`; do not edit by hand. -->

Read from the process environment, then from `.env` in the working directory. An empty value means
unset. `segue doctor` shows what is in force, secrets hidden."""

# Read by Temporal's own configuration, not by a settings class.
# Source: Temporal's documentation, "Environment configuration".
TEMPORAL_OWN = {
    "TEMPORAL_API_KEY": "API key of Temporal Cloud; turns TLS on.",
    "TEMPORAL_TLS": "`true` or `false`: whether the connection is encrypted.",
    "TEMPORAL_TLS_CLIENT_CERT_PATH": "Client certificate file, for mutual TLS.",
    "TEMPORAL_TLS_CLIENT_KEY_PATH": "Key file of that certificate.",
    "TEMPORAL_TLS_SERVER_CA_CERT_PATH": "Authority file to check the server with.",
    "TEMPORAL_TLS_SERVER_NAME": "Name expected in the server's certificate.",
    "TEMPORAL_CONFIG_FILE": "Temporal's own configuration file.",
    "TEMPORAL_PROFILE": "Profile in that file.",
}


class Variable(NamedTuple):
    """One environment variable.

    Attributes:
        default: As one would write it in ``.env``; empty when unset.
        allowed: Accepted values in words.
    """

    name: str
    default: str
    allowed: str
    description: str


def variables(room: type[BaseSettings]) -> Iterator[Variable]:
    """The variables of one settings class, in its order."""
    for field in room.model_fields.values():
        default = "" if field.default is None else str(field.default)
        yield Variable(field.alias or "", default, _allowed(field), field.description or "")


def _allowed(field: FieldInfo) -> str:
    text = inspect.formatannotation(field.annotation).replace("SecretStr", "secret text")
    if "Literal[" in text:
        return text.split("Literal[")[1].split("]")[0].replace("'", "`")
    low, high = (
        next((getattr(m, side) for m in field.metadata if hasattr(m, side)), None)
        for side in ("ge", "le")
    )
    words = {"str": "text", "int": "whole number", "bool": "`true` or `false`", "Path": "path"}
    plain = text.removesuffix(" | None").split(".")[-1]
    return words.get(plain, plain) + (f", {low} to {high}" if high is not None else "")


def heading(room: type[BaseSettings]) -> str:
    """The first line of the class's docstring."""
    return (inspect.getdoc(room) or "").splitlines()[0].removesuffix(".").replace("``", "`")


def env_example() -> str:
    """A ``.env`` in which every variable stands at its default; empty means unset."""
    lines = [EXAMPLE_INTRODUCTION]
    for room in settings_rooms():
        lines += ["", f"# --- {heading(room)}"]
        for variable in variables(room):
            lines += ["", f"# {variable.description}", f"{variable.name}={variable.default}"]
    lines += ["", "# --- Read by Temporal's own configuration"]
    for name, description in TEMPORAL_OWN.items():
        lines += ["", f"# {description}", f"# {name}="]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """The reference page: one table per room."""
    parts = [PAGE_INTRODUCTION]
    for room in settings_rooms():
        parts += [f"## {heading(room)}", _table(variables(room))]
    parts += [
        "## Read by Temporal's own configuration",
        "\n".join(f"- `{name}`: {description}" for name, description in TEMPORAL_OWN.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _table(rows: Iterator[Variable]) -> str:
    lines = ["| variable | value | default | what it is |", "|---|---|---|---|"]
    for row in rows:
        default = f"`{row.default}`" if row.default else "unset"
        lines.append(f"| `{row.name}` | {row.allowed} | {default} | {row.description} |")
    return "\n".join(lines)


def main() -> int:
    """Write both pages, or check them with ``--check``; returns the exit status."""
    pages = {".env.example": env_example(), "docs/reference/settings.md": settings_page()}
    return write_or_check(pages, COMMAND)


if __name__ == "__main__":
    sys.exit(main())
