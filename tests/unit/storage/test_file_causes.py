"""Why a file could not be opened or written, wherever that is noticed."""

import errno
import os
from pathlib import Path

import pytest

from segue.errors.storage import StorageFullError, StorageReadOnlyError
from segue.errors.temporal import TemporalStartError
from segue.runtime.last_words import Words, ending_with_words, last_words
from segue.storage.address import database_url
from segue.storage.database import Database
from segue.storage.file_causes import file_error
from segue.wiring.joining import start_failure
from segue.wiring.stack import StackFiles

FILE = "/data/segue.lock"


def failure(number: int, *names: str) -> OSError:
    return OSError(number, os.strerror(number), *names)


@pytest.mark.parametrize(
    ("number", "names", "kind"),
    [
        (errno.ENOSPC, [FILE], StorageFullError),
        (errno.ENOSPC, [], StorageFullError),  # of a write
        (errno.EDQUOT, [], StorageFullError),
        (errno.EACCES, [FILE], StorageReadOnlyError),
        (errno.EPERM, [FILE], StorageReadOnlyError),
        (errno.EROFS, [FILE], StorageReadOnlyError),
        (errno.EACCES, [], None),  # of a port
        (errno.ENOENT, [FILE], None),
        (errno.ECONNREFUSED, [], None),
    ],
)
def test_a_full_disk_and_a_missing_right_have_names(number, names, kind):
    error = file_error(failure(number, *names))

    assert (error and type(error)) == kind
    assert error is None or all(name in error.message for name in names)


def test_a_process_of_ours_that_ends_by_them_tells_its_parent(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended, ending_with_words():
        raise failure(errno.EROFS, FILE)
    log = tmp_path / "log"
    log.write_text(capsys.readouterr().err, encoding="utf-8")

    words = last_words(log)
    assert ended.value.code == StorageReadOnlyError.exit_code
    assert isinstance(words, Words)
    assert words.code == StorageReadOnlyError.code
    assert FILE in words.message


def test_any_other_failure_of_a_process_stays_what_it_is():
    with pytest.raises(FileNotFoundError), ending_with_words():
        raise failure(errno.ENOENT, FILE)


async def test_a_database_in_a_folder_that_cannot_be_made_is_named():
    database = Database(database_url(None, Path("/sys/segue")))  # nobody may make folders there

    with pytest.raises(StorageReadOnlyError, match="/sys/segue cannot be written or opened"):
        await database.migrate()
    await database.aclose()


def test_a_process_in_the_background_that_could_not_say_why_it_ended(tmp_path):
    files = StackFiles(tmp_path)

    silent = start_failure(files)
    files.error.write_text("", encoding="utf-8")
    cut_off = start_failure(files)
    files.error.write_text(Words.of(StorageFullError("Full.")).model_dump_json(), encoding="utf-8")
    named = start_failure(files)

    assert [type(each) for each in (silent, cut_off)] == [TemporalStartError] * 2
    assert str(files.log) in silent.message
    assert type(named) is StorageFullError
