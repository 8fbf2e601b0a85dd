"""Whether the songs of an ended sync stand in the totals."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"


def upgrade() -> None:
    op.add_column(
        "music_runs", sa.Column("counted", sa.Boolean, nullable=False, server_default=sa.false())
    )
