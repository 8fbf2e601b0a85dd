"""Strategies of syncs, how they ended, and what ran beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "music_sync_outcomes",
        sa.Column(
            "run_id",
            sa.String(40),
            sa.ForeignKey("music_runs.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("workflow_id", sa.Text, nullable=False),
        sa.Column("temporal_run_id", sa.Text, nullable=False),
        sa.Column("catalogue", sa.String(40), nullable=False),
        sa.Column("requested", sa.String(20), nullable=False),
        sa.Column("strategy", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("bucket", sa.Float, nullable=True),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("outcome", sa.String(10), nullable=True),
        sa.Column("ended_at", sa.Float, nullable=True),
        sa.Column("seconds", sa.Float, nullable=True),
        sa.Column("agents", sa.Text, nullable=True),
    )
    op.create_index(
        "ix_music_sync_outcomes_strategy",
        "music_sync_outcomes",
        ["catalogue", "strategy", "started_at"],
    )
    op.create_index(
        "ix_music_sync_outcomes_outcome", "music_sync_outcomes", ["catalogue", "outcome"]
    )
    op.create_table(
        "music_rollouts",
        sa.Column("catalogue", sa.String(40), primary_key=True),
        sa.Column("fallen_back_at", sa.Float, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("counted_from", sa.Float, nullable=False),
    )
    op.create_table(
        "music_shadow_rows",
        sa.Column(
            "run_id",
            sa.String(40),
            sa.ForeignKey("music_runs.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("catalogue", sa.String(40), nullable=False),
        sa.Column("strategy", sa.String(20), nullable=False),
        sa.Column("result", sa.String(10), nullable=False),
        sa.Column("ours", sa.Text, nullable=True),
        sa.Column("theirs", sa.Text, nullable=True),
        sa.Column("agents", sa.Text, nullable=True),
        sa.Column("seen_at", sa.Float, nullable=False),
    )
    op.create_index(
        "ix_music_shadow_rows_result", "music_shadow_rows", ["catalogue", "result", "seen_at"]
    )
