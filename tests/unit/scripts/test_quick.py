"""Which tests ``make quick`` takes for a change."""

from scripts.quick import chosen

DECIDING = "tests/unit/music/matching/test_decide.py"


def test_a_module_brings_the_tests_that_import_it():
    found = chosen(["src/segue/music/matching/decide.py"])

    assert DECIDING in found
    assert all(path.startswith(("tests/unit/", "tests/contract/")) for path in found)
    assert "tests/unit/storage/test_database.py" not in found


def test_a_double_brings_the_tests_that_import_it():
    assert "tests/contract/test_program_starts.py" in chosen(["tests/fakes/warm.py"])


def test_a_test_brings_itself_and_a_page_nothing():
    assert chosen([DECIDING, "docs/index.md", "Makefile"]) == {DECIDING}


def test_tests_that_need_servers_are_not_chosen():
    assert chosen(["tests/e2e/test_stack.py", "tests/workflow/test_syncs.py"]) == set()
