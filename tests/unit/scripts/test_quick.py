"""Which tests ``make quick`` takes for a change."""

import subprocess
import sys
from collections.abc import Iterable

from scripts.quick import MOST, ROOT, steps_from, within_bounds

DECIDING = "tests/unit/music/matching/test_decide.py"


def chosen(changed: Iterable[str]) -> set[str]:
    return set[str]().union(*within_bounds(changed)[0])


def test_a_module_brings_the_tests_that_import_it():
    found = chosen(["src/segue/music/matching/decide.py"])

    assert DECIDING in found
    assert all(path.startswith(("tests/unit/", "tests/contract/")) for path in found)
    assert "tests/unit/storage/test_database.py" not in found


def test_a_double_brings_the_tests_that_import_it():
    assert "tests/contract/test_program_starts.py" in chosen(["tests/fakes/programs/warm.py"])


def test_a_test_brings_itself_and_a_page_nothing():
    assert chosen([DECIDING, "docs/index.md", "Makefile"]) == {DECIDING}


def test_what_imports_a_change_brings_its_own_tests_the_nearest_first():
    change = "src/segue/music/matching/releases.py"
    first, second, *_ = steps_from([change])

    assert "tests/unit/music/matching/test_releases.py" in first
    assert "tests/unit/music/activities/test_finding.py" in second  # by `decide`
    assert not first & second
    assert first | second <= chosen([change])


def test_a_step_that_would_take_too_long_is_left_out_as_a_whole_and_counted():
    steps, further = within_bounds(["src/segue/errors/base.py"])

    assert further
    assert len(set[str]().union(*steps)) <= max(MOST, len(steps[0]))


def test_tests_that_need_servers_are_not_chosen():
    assert chosen(["tests/e2e/test_stack.py", "tests/workflow/test_syncs.py"]) == set()


def test_servers_that_all_tests_share_are_left_out_too(request):
    asked = request.session.ihook.pytest_fixture_setup.get_hookimpls()
    assert "tests.fakes.no_servers" in {each.plugin_name for each in asked}


ASKING = """
import pytest

@pytest.fixture(scope="session")
def postgres_url():
    raise AssertionError("a server was started")

def test_one(postgres_url): ...
def test_another(postgres_url): ...
def test_without(): ...
"""


def test_whoever_asks_again_for_such_a_server_is_left_out_as_well(tmp_path):
    (tmp_path / "test_asking.py").write_text(ASKING)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.fakes.no_servers", "--no-servers"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert "1 passed, 2 skipped" in ran.stdout
