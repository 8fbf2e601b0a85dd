"""The API's tables; ``segue.storage.migrations`` creates them and a test compares."""

import sqlalchemy as sa

METADATA = sa.MetaData()

KEYS = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("scopes", sa.String(200), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=True),
    sa.Column("revoked_at", sa.Float, nullable=True),
)

RUNS = sa.Table(
    "api_runs",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("owner", sa.String(16), nullable=False),
    sa.Column("workflow_id", sa.String(255), nullable=False),
    sa.Column("first_run_id", sa.String(64), nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.UniqueConstraint("owner", "workflow_id", "first_run_id", name="uq_api_runs"),
)

IMPORTS = sa.Table(
    "api_imports",
    METADATA,
    sa.Column("owner", sa.String(16), primary_key=True),
    sa.Column("import_id", sa.String(40), primary_key=True),
    sa.Column("created_at", sa.Float, nullable=False),
)

ANSWERS = sa.Table(
    "api_idempotency",
    METADATA,
    sa.Column("owner", sa.String(16), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("claim", sa.String(32), nullable=False),
    sa.Column("answer", sa.Text, nullable=True),
    sa.Column("created_at", sa.Float, nullable=False),
)
