"""Tools that take the arguments they name, as they are: no others, and no other types.

The SDK drops an argument that it does not know and takes "yes" for true, so that a misspelt
``dry_run`` started a real sync.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import ConfigDict, ValidationError

from segue.errors.input import InputError
from segue.errors.misspelling import unknown_name


def strict_tool(function: Callable[..., Any], title: str, annotations: ToolAnnotations) -> Tool:
    """A tool of the server whose arguments are checked without any leniency.

    Args:
        function: Its name, docstring and annotations are the tool's.
        title: For people.
        annotations: What it does to the world.
    """
    tool = Tool.from_function(
        function, title=title, annotations=annotations, structured_output=True
    )
    lenient = tool.fn_metadata.arg_model
    strict = type(
        lenient.__name__,
        (lenient,),
        {"model_config": ConfigDict(extra="forbid", strict=True), "__module__": __name__},
    )
    tool.fn_metadata.arg_model = strict
    tool.parameters = strict.model_json_schema(by_alias=True)
    return tool


def arguments_error(error: ValidationError, tool: Tool) -> InputError:
    """Why arguments do not fit, in words that a model can correct itself by."""
    problems = "; ".join(
        _problem(problem["loc"], problem["type"], problem["msg"], tool)
        for problem in error.errors(include_input=False, include_url=False)
    )
    return InputError(f"The arguments do not fit: {problems}.")


def _problem(place: Sequence[int | str], kind: str, message: str, tool: Tool) -> str:
    outer, name = place[:-1], str(place[-1])
    if kind == "extra_forbidden":
        message = unknown_name(name, _names(tool, outer))
    else:
        outer = place
    return ": ".join(filter(None, [".".join(map(str, outer)), message]))


def _names(tool: Tool, outer: Sequence[int | str]) -> list[str]:
    """The names that are known at a place: the tool's own, or those of what its lists hold."""
    if not outer:
        return list(tool.parameters["properties"])
    return [name for part in tool.parameters["$defs"].values() for name in part["properties"]]
