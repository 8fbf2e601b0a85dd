"""The stack as a background process: ``python -m segue.wiring.background``."""

import asyncio
import os
import sys
from typing import NoReturn

from segue.errors.base import SegueError
from segue.observability.logs import configure
from segue.runtime.last_words import Words
from segue.storage.file_causes import file_error
from segue.storage.private_files import UMASK
from segue.wiring.features import FEATURES, features_named, read_settings
from segue.wiring.stack import StackFiles, StackInfo, run_stack


def main() -> None:
    """Run until idle; leave the reason behind when that fails."""
    os.umask(UMASK)
    settings = read_settings()
    configure(settings.log.level, json=settings.log.form == "json")
    files = StackFiles(settings.data.directory.resolve())
    files.error.unlink(missing_ok=True)

    def silent(_: StackInfo) -> None:
        """The info file says it all."""

    def end(error: SegueError) -> NoReturn:
        files.error.write_text(Words.of(error).model_dump_json(), encoding="utf-8")
        sys.exit(error.exit_code)

    try:
        features = features_named(FEATURES, settings.installation.feature_names)
        asyncio.run(run_stack(settings, announce=silent, until_idle=True, features=features))
    except SegueError as error:
        end(error)
    except OSError as failure:
        if error := file_error(failure):
            end(error)
        raise


if __name__ == "__main__":
    main()
