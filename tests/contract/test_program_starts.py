"""A program that is forked from a warm process is no other than one that is really started."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import psutil
import pytest

from tests.fakes.programs.self_portrait import PROGRAM
from tests.fakes.programs.warm import COLD_START, SERVER, command_of
from tests.fakes.waiting import command_line, is_alive, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there programs are forked")


@pytest.fixture(params=["really started", "forked"])
def environment(request):
    return {**os.environ, **(COLD_START if request.param == "really started" else {})}


def start(
    environment: Mapping[str, str], *arguments: str, **options: Any
) -> subprocess.Popen[bytes]:
    return subprocess.Popen[bytes](
        [*command_of(PROGRAM), *arguments],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        **options,
    )


def portrait(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout
    return json.loads(process.stdout.readline())


@pytest.mark.parametrize(
    "options", [{}, {"process_group": 0}, {"start_new_session": True}], ids=str
)
def test_both_see_the_same_of_themselves(tmp_path, options):
    seen = list[dict[str, Any]]()
    reading, writing = os.pipe()
    for more in (COLD_START, {}):
        own = {**os.environ, "COLOUR": "blue", **more}
        with start(own, "stay", cwd=tmp_path, pass_fds=[reading], **options) as process:
            found = portrait(process)
            process.communicate(b"\n")
        assert (found.pop("pid"), found.pop("parent")) == (process.pid, os.getpid())
        assert found["environment"].pop("COLOUR") == "blue"
        seen.append({**found, "environment": found["environment"].keys() - COLD_START})
    os.close(reading)
    os.close(writing)

    assert seen[0] == seen[1]
    assert seen[0]["descriptors"] == [0, 1, 2, reading]
    assert seen[0]["folder"] == str(tmp_path)


def test_its_end_is_told(environment):
    for arguments, status in ((("exit", "0"), 0), (("exit", "7"), 7), (("raise",), 1)):
        with start(environment, *arguments, stderr=subprocess.PIPE) as process:
            _, errors = process.communicate(b"\n")
        assert process.returncode == status
        assert (b"ValueError: as asked" in errors) == (status == 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_it(environment, number):
    with start(environment, "stay", stderr=subprocess.DEVNULL) as process:
        portrait(process)
        process.send_signal(number)

    assert process.returncode == -number


async def test_one_on_a_leash_dies_with_the_one_that_started_it(environment):
    """What was forked starts programs in its turn, and is their parent."""
    with start(environment, "start another") as process:
        first, second = portrait(process), portrait(process)
        assert second["parent"] == first["pid"]
        process.kill()

    await until(lambda: not is_alive(second["pid"]), "its end")


async def test_nothing_is_left_behind(environment):
    before = set(psutil.Process().children(recursive=True))
    with start(environment, "stay") as process:
        portrait(process)
        process.communicate(b"\n")

    def left() -> list[psutil.Process]:
        after = set(psutil.Process().children(recursive=True)) - before
        return [each for each in after if SERVER not in command_line(each)]

    await until(lambda: not left(), "the end of all")
