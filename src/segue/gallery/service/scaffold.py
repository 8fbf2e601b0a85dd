"""A new pattern: its file, which works as it is, and its row in the table."""

import re
from pathlib import Path

from segue.errors.input import InputError

PACKAGE = Path(__file__).parents[1]
_END_OF_TABLE = "\n)\n\nQUEUES"

_FILE = '''"""{title}: one agent answers one question."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.rules import AgentRules


def agent() -> Agent[None]:
    """The agent that answers."""
    return Agent(name="{title} agent", instructions="Answer in one sentence.")


@workflow.defn(name="{workflow}")
class {workflow}:
    """Ask the agent once."""

    @workflow.run
    async def run(self, question: str) -> str:
        """Answer a question."""
        result = await Runner.run(agent(), question)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("{title} agent")
_rules.otherwise().reply("This is the pattern {slug}.")

PATTERN = Pattern(
    title="{title}",
    shows="One agent and one question.",
    when="You begin a pattern of your own.",
    when_not="One of the others does what you want.",
    durable="The question, and the answer as soon as the model has given it.",
    adapt="Write what this pattern is to show.",
    workflow={workflow},
    samples=(Sample("What is this?", answer="{slug}"),),
    rules=(_rules,),
)
'''


def scaffold(name: str, package: Path = PACKAGE) -> Path:
    """Write the file of a new pattern, and its row at the end of the table.

    Args:
        name: Its slug: words in small letters, joined by underscores.
        package: The folder of the gallery's source.

    Returns:
        The file.

    Raises:
        InputError: The name is no slug or taken, or this installation is no checkout.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > 40:
        raise InputError(
            f"Expected a name like `tool_retry` of at most 40 characters, got {name!r}."
        )
    file, table = package / "patterns" / f"{name}.py", package / "catalogue.py"
    if not (package.parents[2] / "pyproject.toml").exists():
        raise InputError(
            "A pattern is written into a checkout of Segue; this is an installed package.",
            hint="Clone the project, and run it from there: CONTRIBUTING.md.",
        )
    if file.exists():
        raise InputError(f"There is a pattern {name!r} already.")
    words = name.split("_")
    text = _FILE.format(
        slug=name,
        title=" ".join(words).capitalize(),
        workflow="".join(word.capitalize() for word in words) + "Workflow",
    )
    rows = table.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    row = f'\n    Row("{name}", wire.AGENTS),'
    table.write_text(rows.replace(_END_OF_TABLE, row + _END_OF_TABLE, 1), encoding="utf-8")
    return file
