"""What long lists need, so that a page costs the same wherever it is: indexes, and songs' keys.

A doubt gets the key under which a decision for its whole song would stand. Older processes leave it
empty; such a doubt stays in the queue when its song is decided as a whole, until it is asked again.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_BATCH = 1000
_REVIEWS = sa.table(
    "music_reviews",
    sa.column("catalogue", sa.String),
    sa.column("key", sa.String),
    sa.column("song", sa.Text),
    sa.column("song_key", sa.String),
)
_INDEXES = {
    "music_reviews": ("created_at", ["catalogue", "created_at", "key"]),
    "music_decisions": ("decided_at", ["catalogue", "decided_at"]),
    "music_sync_outcomes": ("started_at", ["catalogue", "started_at"]),
}
_OUTCOME_IDS = ("workflow_id", "temporal_run_id")


def upgrade() -> None:
    for table, (name, columns) in _INDEXES.items():
        op.create_index(f"ix_{table}_{name}", table, columns)
    for column in _OUTCOME_IDS:
        op.create_index(f"ix_music_sync_outcomes_{column}", "music_sync_outcomes", [column])
    op.add_column(
        "music_reviews", sa.Column("song_key", sa.String(40), nullable=False, server_default="")
    )
    _name_songs(op.get_bind())


def _name_songs(connection: sa.Connection) -> None:
    columns = _REVIEWS.c
    place = ("", "")
    while True:
        rows = connection.execute(
            sa
            .select(columns.catalogue, columns.key, columns.song)
            .where(sa.tuple_(columns.catalogue, columns.key) > sa.tuple_(*map(sa.literal, place)))
            .order_by(columns.catalogue, columns.key)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        connection.execute(
            sa
            .update(_REVIEWS)
            .where(columns.catalogue == sa.bindparam("in"), columns.key == sa.bindparam("of"))
            .values(song_key=sa.bindparam("named")),
            [
                {"in": row.catalogue, "of": row.key, "named": _song_key(json.loads(row.song))}
                for row in rows
            ],
        )
        place = (rows[-1].catalogue, rows[-1].key)


def _song_key(song: Mapping[str, Any]) -> str:
    """As this version makes it: of title and artist alone."""
    title, artist = (song.get(name, "").strip().casefold() for name in ("title", "artist"))
    facts = [title, artist, None, None, None, None, None]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]
