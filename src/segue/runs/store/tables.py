"""The tables of the run ledger; ``segue.storage.migrations`` creates them and a test compares.

Keys are ``Text``, since they hold workflow ids of any length. What may quote a person or a model is
bytes, since Postgres refuses a NUL in text.
"""

import sqlalchemy as sa

METADATA = sa.MetaData()

EFFECTS = sa.Table(
    "run_effects",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("tool", sa.Text, nullable=False),
    sa.Column("workflow_id", sa.Text, nullable=False),
    sa.Column("conversation", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("arguments_digest", sa.String(64), nullable=False),
    sa.Column("is_call", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("result", sa.LargeBinary, nullable=True),
    sa.Column("error_code", sa.Text, nullable=True),
    sa.Column("message", sa.LargeBinary, nullable=True),
    sa.Column("retryable", sa.Boolean, nullable=False),
    sa.Column("begun_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float, nullable=True),
    sa.Column("resolved_by", sa.Text, nullable=True),
    sa.Column("resolved_why", sa.LargeBinary, nullable=True),
    sa.Index("ix_run_effects_workflow_id", "workflow_id"),
    sa.Index("ix_run_effects_conversation", "conversation"),
    sa.Index("ix_run_effects_state_key", "state", "key"),
)

MODEL_ATTEMPTS = sa.Table(
    "run_model_attempts",
    METADATA,
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
    # Whole 1e-12 dollars: SQLite has no decimals, and sums of floats are not exact.
    sa.Column("cost_pico_usd", sa.BigInteger, nullable=True),
    sa.Column("duration_s", sa.Float, nullable=True),
    sa.Column("offline", sa.Boolean, nullable=False),
    sa.Column("from_cache", sa.Boolean, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_run_model_attempts_workflow_id", "workflow_id"),
    sa.Index("ix_run_model_attempts_conversation", "conversation"),
)

HANDOFFS = sa.Table(
    "run_handoffs",
    METADATA,
    sa.Column("op", sa.Text, primary_key=True),
    sa.Column("workflow_id", sa.Text, nullable=False),
    sa.Column("conversation", sa.Text, nullable=False),
    sa.Column("from_agent", sa.Text, nullable=False),
    sa.Column("to_agent", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_run_handoffs_workflow_id", "workflow_id"),
    sa.Index("ix_run_handoffs_conversation", "conversation"),
)

INVOCATIONS = sa.Table(
    "run_invocations",
    METADATA,
    sa.Column("op", sa.Text, primary_key=True),
    sa.Column("workflow_id", sa.Text, nullable=False),
    sa.Column("conversation", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("duration_s", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("ix_run_invocations_workflow_id", "workflow_id"),
)

COUNTERS = sa.Table(
    "run_counters",
    METADATA,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("first", sa.Text, primary_key=True),
    sa.Column("second", sa.Text, primary_key=True),
    sa.Column("value", sa.Float, nullable=False),
)

CARDS = sa.Table(
    "run_cards",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("card", sa.LargeBinary, nullable=False),
)

APPROVALS = sa.Table(
    "run_approvals",
    METADATA,
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

# Workflows whose questions may not be listed.
APPROVAL_BACKLOG = sa.Table(
    "run_approval_backlog",
    METADATA,
    sa.Column("workflow_id", sa.Text, primary_key=True),
    sa.Column("since", sa.Float, nullable=False),
)

AUDIT = sa.Table(
    "run_audit",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("op", sa.Text, nullable=False, unique=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_run_audit_subject_seq", "subject", "seq"),
)

AUDIT_HEAD = sa.Table(
    "run_audit_head",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
