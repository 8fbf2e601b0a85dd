"""Questions that wait for people, in a list; who asked before there was one is in the backlog."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "run_approvals",
        sa.Column("workflow_id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("asked_of", sa.Text, nullable=False),
        sa.Column("asked_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Index("ix_run_approvals_asked_at", "asked_at", "workflow_id", "request_id"),
        sa.Index("ix_run_approvals_request_id", "request_id"),
        sa.Index("ix_run_approvals_conversation", "conversation"),
    )
    op.create_table(
        "run_approval_backlog",
        sa.Column("workflow_id", sa.Text, primary_key=True),
        sa.Column("since", sa.Float, nullable=False),
    )
    # The empty name: all that run now. Where no agent ever ran, nothing waits.
    everybody = sa.text(
        "INSERT INTO run_approval_backlog (workflow_id, since)"
        " SELECT '', CAST(:now AS FLOAT) WHERE EXISTS (SELECT 1 FROM conversations)"
    )
    op.execute(everybody.bindparams(now=time.time()))
