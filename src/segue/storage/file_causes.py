"""What a file's failure means; apart from the databases', which take long to import."""

import errno

from segue.errors.storage import StorageError, StorageFullError, StorageReadOnlyError


def file_error(failure: OSError) -> StorageError | None:
    """The error of ours that a failed access to a file stands for; None where it is no such cause.

    Args:
        failure: Of the system, from wherever a file of ours is opened or written.
    """
    if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
        where = f" of {failure.filename}" if failure.filename else ""
        return StorageFullError(f"The disk{where} is full: {failure.strerror}.")
    if failure.errno in {errno.EACCES, errno.EPERM, errno.EROFS} and failure.filename:
        return StorageReadOnlyError(
            f"{failure.filename} cannot be written or opened: {failure.strerror}.",
            hint="Give this user the right, or choose another folder with SEGUE_DATA_DIR.",
        )
    return None
