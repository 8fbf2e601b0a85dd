"""Why a file could not be opened or written, wherever that is noticed."""

import errno
import os

import pytest

from segue.errors.storage import StorageFullError, StorageReadOnlyError
from segue.runtime.last_words import Words, ending_with_words, last_words
from segue.storage.file_causes import file_error

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
