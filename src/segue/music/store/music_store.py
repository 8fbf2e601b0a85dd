"""All of the music feature's tables behind one object."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from segue.music.store.imports import ImportStore
from segue.music.store.locks import Locks, database_locks
from segue.music.store.outcomes import OutcomeStore
from segue.music.store.runs import RunStore
from segue.music.store.shadows import ShadowStore
from segue.music.store.verdicts import VerdictStore
from segue.music.store.writes import WriteStore
from segue.music.wire.options import SETTLE
from segue.storage.database import Database


@dataclass(frozen=True)
class MusicStore:
    """The stores of one catalogue's syncs."""

    imports: ImportStore
    verdicts: VerdictStore
    runs: RunStore
    outcomes: OutcomeStore
    shadows: ShadowStore
    writes: WriteStore
    locks: Locks


def music_store(
    database: Database,
    *,
    catalogue: str,
    rules: str,
    clock: Callable[[], float],
    settle: timedelta = SETTLE,
) -> MusicStore:
    """Open the stores.

    Args:
        database: Migrated.
        catalogue: Whose verdicts and decisions.
        rules: Version of the matching rules.
        clock: Epoch seconds.
        settle: How long a write to a playlist may stay invisible to readers.
    """
    return MusicStore(
        imports=ImportStore(database, clock),
        verdicts=VerdictStore(database, catalogue, rules, clock),
        runs=RunStore(database, clock),
        outcomes=OutcomeStore(database, catalogue, clock),
        shadows=ShadowStore(database, catalogue, clock),
        writes=WriteStore(database, catalogue, clock, settle),
        locks=database_locks(database),
    )
