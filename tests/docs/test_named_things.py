"""Commands, options, settings, metrics and labels that the documentation names exist."""

import re
from pathlib import Path

import pytest
import temporalio.bridge
import typer
import yaml
from typer.core import TyperGroup

from scripts.settings_docs import TEMPORAL_OWN, variables
from segue.cli.main import build
from segue.wiring.features import settings_rooms

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("README.md", "docs/*.md", "docs/decisions/*.md", "deploy/*.md", "examples/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "cli.md"  # is generated
)
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
SEGUE = typer.main.get_command(build())
# Code on a line of its own, or within one.
CODE = re.compile(r"^(?: {4,}|\$ )(.+)$|`([^`\n]+)`", re.MULTILINE)
COMMAND = re.compile(r"(?:^(?:[A-Z_]+=\S+ )*|/bin/|as_)segue((?: +[^\s`|;&)<>#]+)+)")
SETTING = re.compile(r"\b(?:SEGUE|TEMPORAL|SPOTIFY|AGENT|USE|LLM)_[A-Z][A-Z_]+\b|\bDATABASE_URL\b")
SETTINGS = {
    *TEMPORAL_OWN,
    *(variable.name for room in settings_rooms() for variable in variables(room)),
}
# Of the tests and of Node's tools: no settings of the program.
OTHERS = {"SEGUE_BENCH_DIR", "SEGUE_LLAMA_SERVER", "SEGUE_LLAMA_MODEL", "SEGUE_ENV_FILE"}

PROMETHEUS_OWN = {"le", "instance", "pod"}


def _read(page: Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _unknown(words: list[str]) -> str | None:
    """The first word after ``segue`` that is no command or option; None: all are."""
    command = SEGUE
    for word in words:
        if isinstance(command, TyperGroup) and re.fullmatch(r"[a-z][a-z-]*", word):
            if word not in command.commands:
                return word
            command = command.commands[word]
        elif option := re.match(r"--[a-z-]+", word):
            known = {
                each for option in command.params for each in (*option.opts, *option.secondary_opts)
            }
            if option[0] not in known | {"--help"}:
                return option[0]
    return None


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_and_option_exists(page: Path) -> None:
    code = [on_a_line or inline for on_a_line, inline in CODE.findall(_read(page))]
    lines = [found for line in code for found in COMMAND.findall(line)]

    assert {line: word for line in lines if (word := _unknown(line.split()))} == {}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_setting_exists(page: Path) -> None:
    assert set(SETTING.findall(_read(page))) - SETTINGS - OTHERS == set()


@pytest.mark.parametrize("line", ["jog", "sync a.csv --drily", "db downgrade", "mcp finances"])
def test_what_is_none_is_found(line: str) -> None:
    assert _unknown(line.split()) == line.split()[-1 if " " in line else 0]


def test_every_metric_exists() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    bridge = next(Path(temporalio.bridge.__file__).parent.glob("temporal_sdk_bridge*"))
    of_the_sdk = bridge.read_bytes()
    named = set(re.findall(r"\b(?:segue|openai|temporal)_[a-z_]+[a-z]", OPERATIONS))
    ours = {name.removesuffix("_bucket") for name in named if not name.startswith("temporal_")}
    theirs = {
        re.sub(r"_bucket$|_seconds(_bucket)?$|_total$", "", name.removeprefix("temporal_"))
        for name in named
        if name.startswith("temporal_")
    }

    assert len(theirs) > 8
    assert {name for name in ours if f'"{name}"' not in sources} == set()
    assert {name for name in theirs if name.encode() not in of_the_sdk} == set()


def test_alerts_go_by_labels_that_are_there() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    alerts = OPERATIONS.partition("## Alerts")[2].partition("\n## ")[0]
    listed = re.findall(r"(?:by|without) \(([a-z_, ]+)\)", alerts)
    labels = set(re.findall(r"(\w+)(?:=~|!=|=)\"", alerts))
    labels |= {label for each in listed for label in each.split(", ")}
    scraping = re.search(r"(?ms)^    scrape_configs:.*?(?=^\S)", OPERATIONS)
    assert scraping is not None
    scraped = yaml.safe_load(scraping[0])
    given = {"job"}
    for config in scraped["scrape_configs"]:
        given |= {label for each in config["static_configs"] for label in each.get("labels", {})}

    assert {"role", "task_queue", "outcome"} <= labels
    assert {
        label for label in labels - given - PROMETHEUS_OWN if f'"{label}"' not in sources
    } == set()
