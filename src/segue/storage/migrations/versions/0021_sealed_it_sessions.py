"""What IT's sessions know as bytes, because it may be encrypted.

The table came with this version, so that no older process reads it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"

_BYTES = {"postgresql": "convert_to(state, 'UTF8')", "sqlite": "CAST(state AS BLOB)"}


def upgrade() -> None:
    op.add_column("it_sessions", sa.Column("state_bytes", sa.LargeBinary, nullable=True))
    op.execute(f"UPDATE it_sessions SET state_bytes = {_BYTES[op.get_bind().dialect.name]}")  # noqa: S608 - a constant
    op.drop_column("it_sessions", "state")
    op.execute("ALTER TABLE it_sessions RENAME COLUMN state_bytes TO state")
