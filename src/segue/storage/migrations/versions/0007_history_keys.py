"""Keys of workflows' histories, and the conversations that they belong to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "history_keys",
        sa.Column("workflow_id", sa.Text, primary_key=True),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "history_deletions",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("deleted_at", sa.Float, nullable=False),
    )
    op.create_table(
        "history_bindings",
        sa.Column("workflow_id", sa.Text, primary_key=True),
        sa.Column("conversation", sa.String(400), primary_key=True),
    )
    op.create_index("ix_history_bindings_conversation", "history_bindings", ["conversation"])
