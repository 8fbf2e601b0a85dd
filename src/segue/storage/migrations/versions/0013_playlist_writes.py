"""What was sent to playlists lately, so that no two writers add the same track."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "music_playlist_writes",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("catalogue", sa.String(40), nullable=False),
        sa.Column("playlist_id", sa.String(100), nullable=False),
        sa.Column("uri", sa.String(100), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("written_at", sa.Float, nullable=False),
    )
    op.create_index(
        "ix_music_playlist_writes_playlist",
        "music_playlist_writes",
        ["catalogue", "playlist_id", "number"],
    )
