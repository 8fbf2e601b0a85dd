"""How often each effect of a tool has failed: tries that ended with their worker count nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column(
        "run_effects", sa.Column("failures", sa.Integer, nullable=False, server_default="0")
    )
