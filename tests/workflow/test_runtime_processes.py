"""Supervised processes: real ones."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from segue.errors.catalogue import CatalogueUnavailableError
from segue.errors.settings import SettingsError
from segue.errors.temporal import TemporalStartError
from segue.runtime.last_words import Words, ending_with_words, last_words
from segue.runtime.processes import Child, RestartPolicy, Supervisor
from tests.fakes.waiting import is_alive, until

HASTY = RestartPolicy(
    first_delay=timedelta(milliseconds=1),
    longest_delay=timedelta(milliseconds=2),
    crashes=2,
    check_every=timedelta(milliseconds=20),
    check_within=timedelta(milliseconds=200),
    failed_checks=2,
)

# Notes its start, notes SIGTERM, and ends when told to by a file.
_PROGRAM = """
import os, pathlib, signal, sys, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def note(what):
    with (folder / "diary").open("a") as diary: diary.write(f"{name} {what}\\n")
def end(*_):
    note("ended"); raise SystemExit(0)
signal.signal(signal.SIGTERM, end)
note("began")
(folder / f"{name}.up").write_text(str(os.getpid()))
print(name, "says", os.environ.get("SAY", "nothing"), flush=True)
while not (folder / f"{name}.die").exists(): time.sleep(0.01)
raise SystemExit(3)
"""


@dataclass(frozen=True)
class Folder:
    """Where the toy programs write."""

    path: Path

    def child(self, name: str) -> Child:
        async def ready() -> bool:
            return (self.path / f"{name}.up").exists()

        return Child(
            name=name,
            argv=[sys.executable, "-I", "-S", "-c", _PROGRAM, name, str(self.path)],
            log_path=self.path / "logs" / f"{name}.log",
            failure=CatalogueUnavailableError,
            ready=ready,
        )

    def diary(self) -> list[str]:
        return (self.path / "diary").read_text().splitlines()

    def log(self, name: str) -> str:
        return (self.path / "logs" / name).read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def shell(folder: Folder, script: str) -> Child:
    return replace(folder.child("shell"), argv=["sh", "-c", script])


async def never() -> bool:
    return False


async def test_children_start_in_order_and_stop_in_reverse(folder: Folder):
    async with Supervisor([folder.child("one"), folder.child("two")]):
        pass

    assert folder.diary() == ["one began", "two began", "two ended", "one ended"]


async def test_a_child_that_dies_is_started_again(folder: Folder):
    async with Supervisor([folder.child("one")], policy=HASTY) as supervisor:
        first = supervisor.pid("one")
        os.kill(first, signal.SIGKILL)
        await until(lambda: folder.diary().count("one began") == 2, "a second start")

        assert supervisor.restarts == {"one": 1}
        assert supervisor.pid("one") != first
        assert is_alive(supervisor.pid("one"))


async def test_a_child_that_stops_answering_is_started_again(folder: Folder):
    deaf = folder.path / "deaf"

    async def ready() -> bool:
        if deaf.exists() and len(folder.diary()) == 1:
            raise ConnectionRefusedError
        return (folder.path / "one.up").exists()

    async with Supervisor([replace(folder.child("one"), ready=ready)], policy=HASTY) as supervisor:
        deaf.touch()
        await until(lambda: folder.diary().count("one began") == 2, "a restart")
        assert supervisor.restarts == {"one": 1}

    assert folder.diary()[:3] == ["one began", "one ended", "one began"]


async def test_a_check_that_hangs_counts_as_failed(folder: Folder):
    stuck = folder.path / "stuck"

    async def ready() -> bool:
        if stuck.exists():
            stuck.unlink(missing_ok=len(folder.diary()) > 1)
            await until(never, "an answer that does not come")
        return (folder.path / "one.up").exists()

    once = replace(HASTY, failed_checks=1)
    async with Supervisor([replace(folder.child("one"), ready=ready)], policy=once) as supervisor:
        stuck.touch()
        await until(lambda: supervisor.restarts["one"] == 1, "a restart")


async def test_a_child_that_keeps_dying_is_given_up_with_its_log_named(folder: Folder):
    async with Supervisor([folder.child("one")], policy=HASTY) as supervisor:
        (folder.path / "one.die").touch()

        with pytest.raises(CatalogueUnavailableError) as gave_up:
            await supervisor.watch()

        assert "one ended with status 3" in gave_up.value.message
        assert "3 crashes in 0:01:00" in gave_up.value.message
        assert str(folder.path / "logs" / "one.log") in gave_up.value.message
        assert supervisor.restarts == {"one": 2}


def given_up(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelname == "ERROR"]


async def test_crashes_long_ago_are_forgotten(folder: Folder):
    forgetful = replace(HASTY, crashes=1, window=timedelta(0))

    async with Supervisor([folder.child("one")], policy=forgetful) as supervisor:
        for crash in (1, 2, 3):
            pid = supervisor.pid("one")
            os.kill(pid, signal.SIGKILL)
            await until(lambda: supervisor.pid("one") != pid, f"restart {crash}")  # noqa: B023 - awaited within the round

        assert supervisor.restarts == {"one": 3}


async def test_the_first_child_given_up_is_the_one_told_of(
    folder: Folder, caplog: pytest.LogCaptureFixture
):
    children = [folder.child("one"), replace(folder.child("two"), failure=TemporalStartError)]

    async with Supervisor(children, policy=HASTY) as supervisor:
        (folder.path / "two.die").touch()
        with pytest.raises(TemporalStartError, match=r"^two ended"):
            await supervisor.watch()
        (folder.path / "one.die").touch()
        await until(lambda: len(given_up(caplog)) == 2, "the end of the other one")

        with pytest.raises(TemporalStartError, match=r"^two ended"):
            await supervisor.watch()


async def test_a_child_that_ends_before_it_is_ready_is_an_error(folder: Folder):
    with pytest.raises(CatalogueUnavailableError, match=r"shell ended with status 5 before .*log"):
        await Supervisor([shell(folder, "exit 5")]).__aenter__()


async def test_a_child_that_is_never_ready_is_an_error_and_is_stopped(folder: Folder):
    slow = replace(folder.child("one"), ready=never, ready_within=timedelta(seconds=1))

    with pytest.raises(CatalogueUnavailableError, match="one was not ready within 1 s"):
        await Supervisor([slow]).__aenter__()

    assert folder.diary() == ["one began", "one ended"]


async def test_a_command_that_does_not_exist_is_told_in_the_log(folder: Folder):
    missing = replace(folder.child("one"), argv=["/no/such/program"])

    with pytest.raises(CatalogueUnavailableError, match="ended with status 1"):
        await Supervisor([missing]).__aenter__()

    assert "/no/such/program cannot be run: No such file or directory" in folder.log("one.log")


async def test_what_prevents_a_start_is_an_error_too(folder: Folder):
    (folder.path / "logs").write_text("not a folder")

    with pytest.raises(CatalogueUnavailableError, match=r"one could not be started: .*File exists"):
        await Supervisor([folder.child("one")]).__aenter__()


async def test_when_the_second_cannot_start_the_first_is_stopped(folder: Folder):
    with pytest.raises(CatalogueUnavailableError):
        await Supervisor([folder.child("one"), shell(folder, "exit 1")]).__aenter__()

    assert folder.diary() == ["one began", "one ended"]


async def test_a_cancelled_start_leaves_no_process(folder: Folder):
    slow = replace(folder.child("one"), ready=never)
    supervisor = Supervisor([slow])

    start = asyncio.ensure_future(supervisor.__aenter__())
    await until((folder.path / "one.up").exists, "its process")
    start.cancel()
    await asyncio.wait({start})

    assert start.cancelled()
    assert folder.diary() == ["one began", "one ended"]


async def test_a_child_deaf_to_sigterm_is_killed_after_its_grace(folder: Folder):
    stubborn = replace(
        shell(folder, f"trap '' TERM; echo $$ > {folder.path}/shell.up; while :; do sleep 1; done"),
        grace=timedelta(milliseconds=100),
    )

    async with Supervisor([stubborn]) as supervisor:
        pid = supervisor.pid("shell")

    assert not is_alive(pid)


async def test_nothing_that_a_child_started_stays_behind(folder: Folder):
    leaves_one = shell(folder, f"sleep 600 & echo $! > {folder.path}/shell.up; wait")

    async with Supervisor([leaves_one]):
        await until(lambda: (folder.path / "shell.up").read_text() != "", "its pid")
        grandchild = int((folder.path / "shell.up").read_text())
        assert is_alive(grandchild)

    await until(lambda: not is_alive(grandchild), "the end of the grandchild")


async def test_ctrl_c_in_the_terminal_reaches_the_parent_only(folder: Folder):
    async with Supervisor([folder.child("one")]) as supervisor:
        pid = supervisor.pid("one")

        assert os.getpgid(pid) == pid != os.getpgid(0)


async def test_one_child_can_be_stopped_and_another_started(folder: Folder):
    async with Supervisor([folder.child("one")]) as supervisor:
        await supervisor.stop("one")
        await supervisor.start(folder.child("two"))

        assert supervisor.restarts == {"two": 0}

    assert folder.diary() == ["one began", "one ended", "two began", "two ended"]


async def test_two_children_of_one_name_are_refused(folder: Folder):
    async with Supervisor([folder.child("one")]) as supervisor:
        with pytest.raises(ValueError, match="'one' is running already"):
            await supervisor.start(folder.child("one"))


async def test_logs_are_kept_for_three_starts(folder: Folder):
    for number in (1, 2, 3, 4):
        (folder.path / "one.up").unlink(missing_ok=True)
        child = replace(folder.child("one"), env={"SAY": str(number)})
        async with Supervisor([child]):
            await until(lambda: folder.log("one.log") != "", "its line")

    said = {file.name: file.read_text() for file in (folder.path / "logs").iterdir()}
    assert said == {
        "one.log": "one says 4\n",
        "one.log.1": "one says 3\n",
        "one.log.2": "one says 2\n",
    }


async def test_a_restart_goes_on_in_the_same_log(folder: Folder):
    async with Supervisor([folder.child("one")], policy=HASTY) as supervisor:
        await until(lambda: folder.log("one.log") != "", "its line")
        os.kill(supervisor.pid("one"), signal.SIGKILL)
        await until(lambda: folder.log("one.log").count("\n") == 2, "its second line")


async def test_a_child_keeps_the_descriptors_it_is_given(folder: Folder):
    reads, writes = os.pipe()
    write = f"import os, time; os.write({writes}, b'through'); time.sleep(600)"
    child = Child(
        name="one",
        argv=[sys.executable, "-c", write],
        log_path=folder.path / "one.log",
        failure=CatalogueUnavailableError,
        keep_fds=[writes],
    )

    async with Supervisor([child]):
        heard = os.read(reads, 100)

    os.close(reads)
    os.close(writes)
    assert heard == b"through"


# A parent that supervises one child and then waits to be killed.
_PARENT = """
import asyncio, sys
from pathlib import Path
from tests.workflow.test_runtime_processes import Folder
from segue.runtime.processes import Supervisor
async def main():
    async with Supervisor([Folder(Path(sys.argv[1])).child("one")]) as supervisor:
        await supervisor.watch()
asyncio.run(main())
"""


async def test_sigkill_of_the_parent_leaves_no_children(folder: Folder):
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PARENT, str(folder.path)), cwd=Path(__file__).parents[2]
    )
    up = folder.path / "one.up"
    await until(lambda: up.exists() and up.read_text() != "", "the child")
    child = int(up.read_text())
    assert is_alive(child)

    parent.kill()
    await parent.wait()

    await until(lambda: not is_alive(child), "the end of the child")


WORDS = 'segue-ends-by {"code": "settings.invalid", "message": "No bucket.", "hint": "Name one."}'


async def test_a_child_that_says_why_it_ends_is_not_started_again(folder: Folder):
    child = shell(folder, f"echo began >> {folder.path}/diary; echo '{WORDS}'; exit 3")

    with pytest.raises(SettingsError) as failed:
        async with Supervisor([child], policy=HASTY):
            pass

    assert (failed.value.message, failed.value.hint) == ("No bucket.", "Name one.")
    assert folder.diary() == ["began"]


async def test_the_last_line_of_a_child_that_says_nothing_is_quoted(folder: Folder):
    child = shell(folder, "echo 'fatal: database or disk is full'; echo; exit 1")

    with pytest.raises(CatalogueUnavailableError, match="Its last line: fatal: database or disk"):
        async with Supervisor([child], policy=HASTY):
            pass


def test_an_error_of_ours_ends_a_program_with_its_status_and_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as ended, ending_with_words():
        raise SettingsError("No bucket.", hint="Name one.")
    log = tmp_path / "log"
    log.write_text(capsys.readouterr().err, encoding="utf-8")

    words = last_words(log)
    assert ended.value.code == SettingsError.exit_code
    assert isinstance(words, Words)
    assert type(words.error(TemporalStartError)) is SettingsError
    assert last_words(tmp_path / "none") == ""
    log.write_text("segue-ends-by {}\n", encoding="utf-8")
    assert last_words(log) == "segue-ends-by {}"
