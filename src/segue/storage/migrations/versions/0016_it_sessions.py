"""What IT's sessions know while nobody talks to them, and the handles of some."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "it_sessions",
        sa.Column("session", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=True),
        sa.Column("handle", sa.String(64), nullable=True, unique=True),
        sa.Column("expires_at", sa.Float, nullable=True),
        sa.Column("state", sa.Text, nullable=True),
    )
