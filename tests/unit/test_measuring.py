"""Marks say what coverage's tracer says, and what a killed process ran."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import Coverage
from coverage.data import CoverageData

from tests.fakes.measured import arcs
from tests.fakes.measuring import FILE, LONGEST, OF_A_LINE, ROOT, modules, set_marks, with_marks

SAMPLE = '''"""A sample of what branches."""

from __future__ import annotations

import asyncio
import contextlib
import functools


def choose(number):
    """Choose."""
    if number > 10 and (
        number < 20
    ):
        word = "teen"
    elif number > 5:
        word = "more"
    else:
        return None
    if word == "more":
        word += "!"
    return word


def look(numbers, wanted):
    for number in numbers:
        if number == wanted:
            break
        if number > 100:
            continue
    else:
        return "nowhere"
    while wanted > 0:
        wanted -= 1
    return "here"


def name(shape):
    match shape:
        case []:
            return "nothing"
        case [only] if only > 3:
            return "large"
        case [_]:
            found = "one"
        case {"key": 1} | {"key": 2}:
            found = "key"
    match shape:
        case 7:
            return "seven"
        case _:
            return "other"


def divide(one, other):
    try:
        return one / other
    except TypeError:
        return "no number"
    except ZeroDivisionError as failure:
        if failure.args:
            return "zero"
    finally:
        one = None
    return "never"


def guarded(number):
    with contextlib.suppress(ValueError), contextlib.nullcontext():
        if number:
            raise ValueError
        return "quiet"
    return [it for it in range(3) if it > 1]


@functools.lru_cache(
    maxsize=2,
)
@functools.wraps(choose)
def cached(number):
    return choose(number)


class Counter:
    """Counts."""

    start = 0

    if start:
        end = 1

    async def __aiter__(self):
        for number in range(2):
            yield number

    def never(self): ...


async def count():
    async for number in Counter():
        if number > 5:
            return number
    async with asyncio.timeout(None):
        pass
    return (lambda: 5)()


def forever():
    while True:
        if cached(7):
            return
'''
CALLS = {
    "imported": "",
    "first ways": "choose(12); choose(3); look([1, 2], 2); name([]); name([9]); divide(1, 0)",
    "other ways": "choose(7); look([200], 2); name([1]); name({'key': 2}); divide('', 0)",
    "with and async": "guarded(0); guarded(1); asyncio.run(count()); forever()",
    "no case": "name([]) and name('shape')",
    "seven": "divide(4, 2); choose(15)\ntry:\n    name(7)\nexcept UnboundLocalError:\n    pass",
}


def report(file: Path, data_file: str) -> dict[str, object]:
    measured = Coverage(data_file, branch=True, config_file=False)
    measured.load()
    measured.json_report([str(file)], outfile=str(file.with_suffix(".json")), ignore_errors=False)
    (found,) = json.loads(file.with_suffix(".json").read_text())["files"].values()
    return {name: found[name] for name in ("missing_lines", "missing_branches")}


def traced(file: Path, calls: str) -> dict[str, object]:
    (file.parent / "program.py").write_text(f"from sample import *\n{calls}")
    environment = {k: v for k, v in os.environ.items() if "COVERAGE" not in k}
    subprocess.run(
        [sys.executable, "-m", "coverage", "run", "--branch", "--include=sample.py", "program.py"],
        cwd=file.parent,
        env=environment | {"COVERAGE_FILE": "traced"},
        check=True,
        capture_output=True,
    )
    return report(file, str(file.parent / "traced"))


def marked(file: Path, calls: str) -> dict[str, object]:
    marks = bytearray(LONGEST * OF_A_LINE)
    names = dict[str, object](__name__="sample")
    exec(set_marks(compile(with_marks(SAMPLE), str(file), "exec"), memoryview(marks)), names)  # noqa: S102
    exec(calls, names)  # noqa: S102
    data = CoverageData(str(file.parent / "marked"))
    data.add_arcs({str(file): arcs(SAMPLE, marks)})
    data.write()
    return report(file, str(file.parent / "marked"))


@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS.keys())
def test_marks_say_of_lines_and_branches_what_the_tracer_of_coverage_says(tmp_path, calls):
    file = tmp_path / "sample.py"
    file.write_text(SAMPLE)
    assert marked(file, calls) == traced(file, calls)


def test_what_a_killed_process_ran_is_measured(tmp_path):
    program = (
        "import tests.fakes.measuring, os, segue.runtime.leash;"
        "os.kill(os.getpid(), 9 if segue.runtime.leash.__file__ else 0)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", FILE: str(tmp_path / "marks")},
        check=False,
    )
    assert killed.returncode == -9
    marks = (tmp_path / "marks").read_bytes()
    size = LONGEST * OF_A_LINE
    begin = modules().index(ROOT / "src/segue/runtime/leash.py") * size
    assert any(marks[begin : begin + size])
