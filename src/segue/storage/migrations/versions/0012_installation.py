"""Who this database is, and how old a Segue may be that works on its schema."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    table = op.create_table(
        "installation",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("oldest_revision", sa.Text, nullable=False),
    )
    # A later migration that old code cannot live with raises the second value to its own revision.
    op.bulk_insert(table, [{"id": uuid.uuid4().hex, "oldest_revision": revision}])
