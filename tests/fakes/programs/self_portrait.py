"""A program that says what it is: for tests of how programs are started."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from segue.runtime.processes import leash_command
from tests.fakes.programs.warm import OUT_OF_THE_WAY, command_of

PROGRAM = "tests.fakes.programs.self_portrait"


def portrait() -> dict[str, object]:
    """What a program can know about how it was started."""
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "leads_group": os.getpgid(0) == os.getpid(),
        "leads_session": os.getsid(0) == os.getpid(),
        "arguments": sys.argv[1:],
        "command": Path("/proc/self/cmdline").read_bytes().rstrip(b"\0").decode().split("\0"),
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "descriptors": sorted(
            number
            for number in (int(link.name) for link in Path("/proc/self/fd").iterdir())
            if number < OUT_OF_THE_WAY and Path(f"/proc/self/fd/{number}").exists()
        ),
        "signals": {
            number.name: str(signal.getsignal(number))
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD)
        },
        "threads": threading.active_count(),
        "buffering": [sys.stdout.line_buffering, sys.stderr.line_buffering],
        "main": __name__,
    }


def main() -> None:
    """Write it, then do as the first argument says."""
    print(json.dumps(portrait()), flush=True)  # noqa: T201 - the answer
    match sys.argv[1]:
        case "raise":
            raise ValueError("as asked")
        case "exit":
            sys.exit(int(sys.argv[2]))
        case "start another":
            subprocess.run([*leash_command(command_of(PROGRAM)), "stay"], check=True)
        case _:
            sys.stdin.readline()


if __name__ == "__main__":
    main()
