"""Which tests ``make quick`` takes for a change."""

import subprocess
import sys

from scripts.quick import ROOT, chosen

DECIDING = "tests/unit/music/matching/test_decide.py"


def test_a_module_brings_the_tests_that_import_it():
    found = chosen(["src/segue/music/matching/decide.py"])

    assert DECIDING in found
    assert all(path.startswith(("tests/unit/", "tests/contract/")) for path in found)
    assert "tests/unit/storage/test_database.py" not in found


def test_a_double_brings_the_tests_that_import_it():
    assert "tests/contract/test_program_starts.py" in chosen(["tests/fakes/programs/warm.py"])


def test_a_test_brings_itself_and_a_page_nothing():
    assert chosen([DECIDING, "docs/index.md", "Makefile"]) == {DECIDING}


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
