"""The name of a sync's playlist, so that syncs are listed when Temporal has forgotten them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column(
        "music_sync_outcomes",
        sa.Column("playlist_name", sa.Text, nullable=False, server_default=""),
    )
