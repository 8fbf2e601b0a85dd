"""The stack as a background process: ``python -m segue.wiring.background``."""

import asyncio
import os
import sys

from pydantic import BaseModel

from segue.errors.base import SegueError
from segue.observability.logs import configure
from segue.storage.private_files import UMASK
from segue.wiring.features import read_settings
from segue.wiring.stack import StackFiles, StackInfo, run_stack


class StackFailure(BaseModel, frozen=True):
    """Why a background stack did not come up, for the command that started it."""

    code: str
    message: str
    hint: str


def main() -> None:
    """Run until idle; leave the reason behind when that fails."""
    os.umask(UMASK)
    settings = read_settings()
    configure(settings.log.level)
    files = StackFiles(settings.data.directory.resolve())
    files.error.unlink(missing_ok=True)

    def silent(_: StackInfo) -> None:
        """The info file says it all."""

    try:
        asyncio.run(run_stack(settings, announce=silent, until_idle=True))
    except SegueError as error:
        failure = StackFailure(code=error.code, message=error.message, hint=error.hint)
        files.error.write_text(failure.model_dump_json(), encoding="utf-8")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
