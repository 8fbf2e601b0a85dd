"""Baskets of tracks that MCP clients collect over several calls."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "music_baskets",
        sa.Column("handle_digest", sa.String(64), primary_key=True),
        sa.Column("catalogue", sa.String(40), nullable=False),
        sa.Column("uris", sa.Text, nullable=False),
        sa.Column("committed", sa.Text, nullable=True),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
