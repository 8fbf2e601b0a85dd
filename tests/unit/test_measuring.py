"""Threads that end together do not hang a program whose branches are measured."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import threading, time
from tests.fakes.measuring import keep_greenlets_of_threads

keep_greenlets_of_threads()
for _ in range(100):
    gate = threading.Event()
    threads = [threading.Thread(target=gate.wait) for _ in range(20)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        while thread.is_alive():  # calls without end, so that some meet the ends of threads
            (lambda: None)()
"""


CONFIGURATION = """
[run]
branch = true
concurrency = thread,greenlet
"""


def test_threads_that_end_together_do_not_hang_what_is_measured(tmp_path):
    (tmp_path / "rc").write_text(CONFIGURATION)
    (tmp_path / "program.py").write_text(PROGRAM)
    ended = subprocess.run(
        [sys.executable, "-m", "coverage", "run", "--rcfile=rc", "program.py"],
        cwd=tmp_path,
        # Without the variable by which coverage measures the processes of the tests.
        env={"PYTHONPATH": str(ROOT)},
        timeout=100,
        check=False,
        capture_output=True,
    )
    assert ended.returncode == 0, ended.stderr
