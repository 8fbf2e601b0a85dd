"""All of the music feature's tables behind one object."""

from collections.abc import Callable
from dataclasses import dataclass

from segue.music.store.imports import ImportStore
from segue.music.store.outcomes import OutcomeStore
from segue.music.store.runs import RunStore
from segue.music.store.shadows import ShadowStore
from segue.music.store.verdicts import VerdictStore
from segue.storage.database import Database


@dataclass(frozen=True)
class MusicStore:
    """The stores of one catalogue's syncs."""

    imports: ImportStore
    verdicts: VerdictStore
    runs: RunStore
    outcomes: OutcomeStore
    shadows: ShadowStore


def music_store(
    database: Database, *, catalogue: str, rules: str, clock: Callable[[], float]
) -> MusicStore:
    """Open the stores.

    Args:
        database: Migrated.
        catalogue: Whose verdicts and decisions.
        rules: Version of the matching rules.
        clock: Epoch seconds.
    """
    return MusicStore(
        imports=ImportStore(database, clock),
        verdicts=VerdictStore(database, catalogue, rules, clock),
        runs=RunStore(database, clock),
        outcomes=OutcomeStore(database, catalogue, clock),
        shadows=ShadowStore(database, catalogue, clock),
    )
