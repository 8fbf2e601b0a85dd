"""The lists of packages that are installed agree with each other."""

import re
from pathlib import Path

import pytest

LISTS = Path(__file__).parents[3] / "requirements"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((LISTS / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("larger", ["postgres.txt", "dev.txt"])
def test_a_larger_list_holds_the_smaller_one_at_the_same_versions(larger: str) -> None:
    assert pins("run.txt")
    assert pins("run.txt").items() <= pins(larger).items()


def test_the_list_for_postgres_adds_its_driver() -> None:
    assert pins("postgres.txt").keys() - pins("run.txt").keys() == {"asyncpg"}
