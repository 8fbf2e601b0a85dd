"""What coverage reports of the tests: ``tests.fakes.measuring`` says how it is measured."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from coverage import Coverage
from coverage.data import CoverageData
from coverage.parser import PythonParser

from tests.fakes.measuring import BODY, LONGEST, OF_A_LINE, PAST, lines, marks_of, modules


def arcs(source: str, marks: Sequence[int]) -> set[tuple[int, int]]:
    """What coverage would have recorded: lines as arcs to themselves, and the branches taken."""
    taken = {(line, line) for line in range(1, LONGEST) if marks[OF_A_LINE * line]}
    parser = PythonParser(text=source)
    parser.parse_source()
    possible = defaultdict[int, set[int]](set)
    for line, end in parser.arcs():
        possible[line].add(end)
    for line, first, last in _bodies(source):
        for end in possible[line]:
            if marks[OF_A_LINE * line + (BODY if first <= end <= last else PAST)]:
                taken.add((line, end))
    return taken


def _bodies(source: str) -> Iterator[tuple[int, int, int]]:
    """Each line that may branch, and the first and last line of where it branches to."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                line = node.lineno
            case ast.match_case():
                line = node.pattern.lineno
            case _:
                continue
        yield line, min(lines(node.body[0])), node.body[-1].end_lineno or line


def main() -> None:
    """Write what coverage reports of the tests that have run."""
    measured = Coverage()
    measured.erase()
    data = CoverageData(measured.config.data_file)
    for module in modules():
        taken = arcs(module.read_text(encoding="utf-8"), marks_of(module))
        data.add_arcs({str(module): taken})
        data.touch_file(str(module))
    data.write()


if __name__ == "__main__":
    main()
