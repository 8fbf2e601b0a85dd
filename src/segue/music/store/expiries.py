"""What the music feature's tables need not keep: old syncs that have ended, unused imports."""

from collections.abc import Sequence

import sqlalchemy as sa

from segue.music.store.tables import (
    IMPORT_ROWS,
    IMPORTS,
    PLAYLIST_WRITES,
    RUN_EDITS,
    RUN_ROWS,
    RUNS,
    SHADOW_ROWS,
    SYNC_OUTCOMES,
    VERDICTS,
)
from segue.music.store.writes import REMEMBERED
from segue.storage.pruning import Expiry


def music_expiries(*, before: float, now: float) -> Sequence[Expiry]:
    """What is not needed any more.

    A sync whose end is not recorded stays, with its import. So do the review queue and decisions,
    which hold what they need themselves.

    Args:
        before: Syncs that ended before this moment, and imports that were last read before it;
            epoch seconds.
        now: Epoch seconds.
    """
    table = SYNC_OUTCOMES.c
    over = sa.select(table.run_id).where(table.outcome.is_not(None), table.ended_at < before)
    # A request that joined a running sync, or was refused, has opened a run that never began.
    began = sa.exists().where(table.run_id == RUNS.c.id)
    has_rows = sa.exists().where(RUN_ROWS.c.run_id == RUNS.c.id)
    never_began = sa.and_(RUNS.c.created_at < before, ~began, ~has_rows, RUNS.c.plan.is_(None))
    runs = sa.or_(RUNS.c.id.in_(over), never_began)
    is_used = sa.exists().where(RUNS.c.import_id == IMPORTS.c.id, ~runs)
    imports = sa.and_(IMPORTS.c.created_at < before, sa.or_(IMPORTS.c.id.is_(None), ~is_used))
    numbers = sa.select(IMPORTS.c.number).where(imports)
    is_past = PLAYLIST_WRITES.c.written_at < now - REMEMBERED.total_seconds()
    return (
        Expiry("rows of syncs", RUN_ROWS, RUN_ROWS.c.run_id.in_(over), (RUN_ROWS.c.verdict,)),
        Expiry("planned edits", RUN_EDITS, RUN_EDITS.c.run_id.in_(over), (RUN_EDITS.c.edit,)),
        Expiry(
            "compared rows",
            SHADOW_ROWS,
            SHADOW_ROWS.c.run_id.in_(over),
            (SHADOW_ROWS.c.ours, SHADOW_ROWS.c.theirs),
        ),
        Expiry("syncs", RUNS, runs, (RUNS.c.plan,)),
        Expiry(
            "songs of imports",
            IMPORT_ROWS,
            IMPORT_ROWS.c.import_number.in_(numbers),
            (IMPORT_ROWS.c.song,),
            # Nobody can start a sync of what has no id.
            first=sa.update(IMPORTS).where(imports).values(id=None),
        ),
        Expiry("imports", IMPORTS, imports, (IMPORTS.c.name,)),
        Expiry("cached verdicts", VERDICTS, VERDICTS.c.fresh_until <= now, (VERDICTS.c.verdict,)),
        Expiry(
            "noted additions",
            PLAYLIST_WRITES,
            sa.and_(PLAYLIST_WRITES.c.done, is_past),
            (PLAYLIST_WRITES.c.uri,),
        ),
    )
