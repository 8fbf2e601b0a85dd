"""The table of patterns and the files beside it say the same."""

import ast
import inspect
from pathlib import Path

import pytest

import segue.gallery.patterns
from segue.errors.gallery import UnknownPatternError
from segue.gallery.catalogue import QUEUES, ROWS, Row, row_of
from segue.gallery.register.parts import gallery_parts
from segue.gallery.service.gallery import all_patterns, workflow_type
from segue.gallery.tools.images import Images
from segue.gallery.tools.toolbox import Toolbox
from segue.llm.offline.rulebook import RuleBook
from segue.wiring.features import FEATURES, rules_of
from tests.fakes.data.gallery_clients import CLIENTS

FOLDER = Path(str(segue.gallery.patterns.__file__)).parent
SENTENCES = ("shows", "when", "when_not", "durable", "adapt")


def by_slug(row: Row) -> str:
    return row.slug


def test_every_file_has_its_row_and_every_row_its_file():
    files = {file.stem for file in FOLDER.glob("*.py")} - {"__init__"}

    assert sorted(row.slug for row in ROWS) == sorted(files)


@pytest.mark.parametrize("row", ROWS, ids=by_slug)
def test_a_pattern_says_in_sentences_what_it_is_for(row: Row):
    pattern = row.pattern()

    assert not pattern.title.endswith(".")
    assert [name for name in SENTENCES if not getattr(pattern, name).endswith(".")] == []


@pytest.mark.parametrize("row", ROWS, ids=by_slug)
def test_the_first_sample_is_all_that_the_workflow_needs(row: Row):
    pattern = row.pattern()
    run = inspect.signature(pattern.workflow.run)  # type: ignore[attr-defined]

    for sample in pattern.samples:
        run.bind(None, *sample.arguments)
        assert sample.answer


@pytest.mark.parametrize("row", ROWS, ids=by_slug)
def test_the_offline_rules_stand_below_the_code_in_the_file(row: Row):
    source = (FOLDER / f"{row.slug}.py").read_text(encoding="utf-8")
    code, mark, rules = source.partition("\n# --- what the offline model answers ---\n")

    assert mark
    assert "AgentRules(" not in code
    assert "@workflow.defn" not in rules
    assert ast.get_docstring(ast.parse(source))


def test_no_two_patterns_have_a_workflow_an_agent_or_a_title_in_common():
    views = all_patterns()

    assert len({view.workflow for view in views}) == len(views)
    assert len({view.title for view in views}) == len(views)
    RuleBook(*rules_of(FEATURES))  # refuses two sets for one agent, those of other features too


def test_workers_serve_every_queue_once_and_every_workflow_on_its_own():
    parts = gallery_parts(Toolbox(images=Images()))

    assert [part.task_queue for part in parts] == list(QUEUES)
    assert all(part.is_plain for part in parts)
    served = {(workflow_type(kind), part.task_queue) for part in parts for kind in part.workflows}
    assert {(view.workflow, view.queue) for view in all_patterns()} <= served


def test_a_foreign_client_finds_its_pattern_on_the_queue_where_it_looks():
    places = {(view.slug, view.workflow, view.queue) for view in all_patterns()}

    assert {(each.pattern, each.workflow, each.queue) for each in CLIENTS} <= places
    assert len({each.id for each in CLIENTS}) == len(CLIENTS)


def test_a_misspelt_pattern_is_told_the_near_one():
    with pytest.raises(UnknownPatternError, match=r"no pattern 'Rooting'\. Is 'routing' meant\?"):
        row_of("Rooting")


def test_an_unknown_pattern_is_told_of():
    with pytest.raises(Exception, match="There is no pattern 'nope'") as failure:
        row_of("nope")
    assert "segue patterns" in failure.value.hint  # type: ignore[attr-defined]
