"""The table of IT's sessions; ``segue.storage.migrations`` creates it and a test compares."""

import sqlalchemy as sa

METADATA = sa.MetaData()

SESSIONS = sa.Table(
    "it_sessions",
    METADATA,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(100), nullable=True),
    sa.Column("handle", sa.String(64), nullable=True, unique=True),
    sa.Column("expires_at", sa.Float, nullable=True),
    sa.Column("state", sa.LargeBinary, nullable=True),
)
