"""Large payloads, and the namespaces whose runs refer to them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "payload_blobs",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("last_used_at", sa.Float, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_payload_blobs_last_used_at", "payload_blobs", ["last_used_at"])
    op.create_table("payload_namespaces", sa.Column("name", sa.Text, primary_key=True))
