"""What the process's exit status means; scripts rely on it (docs/reference/exit-codes.md)."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Every status that ``segue`` ends with; 2 to 6 and 10 to 13 come from errors."""

    OK = 0  # done; for a sync: the playlist, read back, holds what was planned
    UNEXPECTED = 1  # a defect of ours
    INPUT = 2  # a file, an option or an argument cannot be used; nothing was started
    SETTINGS = 3  # a setting cannot work, or `segue doctor` found something that does not
    ENGINE = 4  # Temporal or the database cannot be used
    CATALOGUE = 5  # Spotify or the local catalogue said no
    CONFLICT = 6  # no such run, another sync is at work, or removals were not agreed to
    MISSING = 7  # --strict only: finished, and some songs were not found or are in doubt
    INCOMPLETE = 8  # ended without having tried everything, or the read-back does not agree
    MODEL = 10  # the model, or the service before it, refused or failed
    AGENT = 11  # an agent's run ended without a usable answer
    CONVERSATION = 12  # no such conversation, or it cannot be read
    API = 13  # the HTTP API or its keys cannot take what was asked
    DETACHED = 130  # Ctrl-C; a sync that was running goes on. Source: 128 + SIGINT, by convention
