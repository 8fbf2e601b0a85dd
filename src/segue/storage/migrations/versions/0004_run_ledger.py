"""Effects, model calls, handoffs, cards and the audit log of agent runs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "run_effects",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("workflow_id", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("arguments_digest", sa.String(64), nullable=False),
        sa.Column("is_call", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("result", sa.LargeBinary, nullable=True),
        sa.Column("error_code", sa.Text, nullable=True),
        sa.Column("message", sa.LargeBinary, nullable=True),
        sa.Column("retryable", sa.Boolean, nullable=False),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float, nullable=True),
        sa.Column("resolved_by", sa.Text, nullable=True),
        sa.Column("resolved_why", sa.LargeBinary, nullable=True),
    )
    op.create_index("ix_run_effects_workflow_id", "run_effects", ["workflow_id"])
    op.create_index("ix_run_effects_conversation", "run_effects", ["conversation"])
    op.create_index("ix_run_effects_state_key", "run_effects", ["state", "key"])
    op.create_table(
        "run_model_attempts",
        sa.Column("op", sa.Text, primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("workflow_id", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("input_tokens", sa.Integer, nullable=False),
        sa.Column("cached_tokens", sa.Integer, nullable=False),
        sa.Column("output_tokens", sa.Integer, nullable=False),
        sa.Column("cost_pico_usd", sa.BigInteger, nullable=True),
        sa.Column("duration_s", sa.Float, nullable=True),
        sa.Column("offline", sa.Boolean, nullable=False),
        sa.Column("from_cache", sa.Boolean, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("ix_run_model_attempts_workflow_id", "run_model_attempts", ["workflow_id"])
    op.create_index("ix_run_model_attempts_conversation", "run_model_attempts", ["conversation"])
    op.create_table(
        "run_handoffs",
        sa.Column("op", sa.Text, primary_key=True),
        sa.Column("workflow_id", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("from_agent", sa.Text, nullable=False),
        sa.Column("to_agent", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("ix_run_handoffs_workflow_id", "run_handoffs", ["workflow_id"])
    op.create_index("ix_run_handoffs_conversation", "run_handoffs", ["conversation"])
    op.create_table(
        "run_invocations",
        sa.Column("op", sa.Text, primary_key=True),
        sa.Column("workflow_id", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("duration_s", sa.Float, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("ix_run_invocations_workflow_id", "run_invocations", ["workflow_id"])
    op.create_table(
        "run_counters",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("first", sa.Text, primary_key=True),
        sa.Column("second", sa.Text, primary_key=True),
        sa.Column("value", sa.Float, nullable=False),
    )
    op.create_table(
        "run_cards",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("card", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "run_audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("op", sa.Text, nullable=False, unique=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_run_audit_subject_seq", "run_audit", ["subject", "seq"])
    head = op.create_table(
        "run_audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": ""}])
