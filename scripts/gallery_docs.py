"""Write the pages of the gallery from its table: docs/gallery/index.md, and one for each pattern.

python -m scripts.gallery_docs [--check]
"""

import ast
import sys
from importlib import import_module
from pathlib import Path

from scripts.generated import ROOT, write_or_check
from segue.gallery.catalogue import ROWS, Row
from segue.gallery.contracts import PatternView
from segue.gallery.pattern import Pattern
from segue.gallery.service.gallery import view_of

COMMAND = "python -m scripts.gallery_docs"
FOLDER = "docs/gallery"
RULES = "# --- what the offline model answers ---"
_NOTE = f"<!-- Written by `{COMMAND}`; do not edit by hand. -->"

INTRODUCTION = """\
Every pattern is a workflow in one file of `src/segue/gallery/patterns`, written with the OpenAI
Agents SDK as its readers know it, to be read and taken along. All of them run without a key,
survive the death of their worker, and their histories are replayed by every test run.

    segue patterns                          # the list; --check runs every sample offline
    segue run hello_world "Tell me about trees."
    segue up --temporal-port 7233           # and clients of the public samples find them

Class names, arguments, results and task queues are those of the public samples, so that their
clients run unchanged. Payloads are plain and inline, for these clients have neither our keys nor
our stores ([decision 27](../decisions/0027-a-pattern-is-one-file.md)). Over HTTP:
`GET /api/v1/patterns`, `POST /api/v1/patterns/SLUG/runs`, `GET /api/v1/patterns/SLUG/runs/ID`."""

OUT_OF_REACH = """\
## Out of reach

- **Realtime and voice agents**: a session of sound over a socket, minutes long, in one process.
  Nothing of it can be asked again after a crash, and no local model stands in.
- **Computer use**: the model steers a screen of the worker's machine. Each click is an effect that
  nobody can look up or take back.
- **Several agents at the provider**: they run within one call of a model. What they do between
  them is not ours to make durable.
- **Tool search**: the provider chooses among tools that it holds. Without a key there is nothing
  to search."""

HOW_TO_ADD = """\
## Adding a pattern

1. `segue new pattern NAME` writes `src/segue/gallery/patterns/NAME.py` and its row in
   `src/segue/gallery/catalogue.py`; give the row its queue of `segue.gallery.wire`.
2. Write workflow and agents (their names are the file's alone), below them the offline rules, and
   say in `PATTERN` what it is for. What needs I/O is an activity of `gallery/tools`.
3. A client of the public samples gets its row in `tests/fakes/data/gallery_clients.py`.
4. `python -m scripts.record_histories`, `python -m scripts.gallery_docs`, a line in CHANGELOG.md.
5. `pytest tests/workflow/test_gallery.py tests/unit/gallery -k NAME`, `segue patterns --check`."""


def pages() -> dict[str, str]:
    """All pages by path from the root."""
    return {
        f"{FOLDER}/index.md": index_page(),
        **{f"{FOLDER}/{row.slug}.md": page_of(row) for row in ROWS},
    }


def index_page() -> str:
    """The list, and how to add to it."""
    lines = ["| pattern | what it shows |", "|---|---|"]
    lines += [f"| [{view.title}]({view.slug}.md) | {view.shows} |" for view in map(view_of, ROWS)]
    parts = [
        "# The gallery of patterns",
        _NOTE,
        INTRODUCTION,
        "\n".join(lines),
        OUT_OF_REACH,
        HOW_TO_ADD,
    ]
    return "\n\n".join(parts) + "\n"


def page_of(row: Row) -> str:
    """The page of one pattern."""
    pattern, view = row.pattern(), view_of(row)
    source = source_of(row)
    name = f"src/segue/gallery/patterns/{row.slug}.py"
    parts = [
        f"# {pattern.title}",
        _NOTE,
        *_picture(row),
        pattern.shows,
        f"- **Take it when** {_in_a_sentence(pattern.when)}",
        f"- **Take something else when** {_in_a_sentence(pattern.when_not)}",
        f"## The code\n\n[`{name}`](../../{name})\n\n```python\n{excerpt_of(source)}\n```",
        f"## Try it\n\n```\n{command_of(view)}\n```\n\n{wire_of(view)}",
        f"## What is durable\n\n{pattern.durable}",
        f"## What happens when the worker dies here\n\n{death_of(pattern)}",
        f"## Making it yours\n\n{pattern.adapt}",
    ]
    return "\n\n".join(parts) + "\n"


def _picture(row: Row) -> list[str]:
    picture = f"{row.slug}.svg"
    there = (ROOT / FOLDER / "pictures" / picture).exists()
    return [f"![Its agents](pictures/{picture})"] if there else []


def source_of(row: Row) -> str:
    """The text of a pattern's file."""
    module = import_module(f"segue.gallery.patterns.{row.slug}")
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def excerpt_of(source: str) -> str:
    """What a reader takes along: all between the imports and the offline rules."""
    before = source.partition(RULES)[0].splitlines()
    imports = [
        node.end_lineno or 0
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom | ast.With)
    ]
    return "\n".join(before[max(imports) :]).strip()


def command_of(view: PatternView) -> str:
    """How it is run from a terminal, with its sample."""
    return f"segue run {view.slug}"


def wire_of(view: PatternView) -> str:
    """How clients start it."""
    parameters = ", ".join(f"`{each.name}: {each.type}`" for each in view.parameters) or "nothing"
    return f"Clients start `{view.workflow}` on the queue `{view.queue}` with {parameters}."


def death_of(pattern: Pattern) -> str:
    """What every pattern has of the run contract."""
    tools = (
        "\nA tool under way is called again with the same key, unless its effect is `once`."
        if pattern.has_activities
        else ""
    )
    return (
        "Another worker replays the history up to where it stopped, and goes on. A model's answer\n"
        "that was stored is not asked for again; a call under way is missed after 5 s, and made"
        f" again.{tools}"
    )


def _in_a_sentence(sentence: str) -> str:
    """A sentence as the end of one."""
    first, rest = sentence[:1], sentence[1:]
    is_name = rest[:1].isupper() or sentence.startswith("I ")
    return sentence if is_name else first.lower() + rest


def main() -> int:
    """Write the pages, or check them with ``--check``; returns the exit status."""
    return write_or_check(pages(), COMMAND)


if __name__ == "__main__":
    sys.exit(main())
