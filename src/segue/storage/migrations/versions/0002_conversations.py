"""Conversations, their items and turns."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.String(400)


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("parent", ID, nullable=True),
        sa.Column("origin", ID, nullable=True),
        sa.Column("origin_turn", sa.Integer, nullable=True),
        sa.Column("workflow_id", sa.Text, nullable=True),
        sa.Column("title", sa.LargeBinary, nullable=False),
        sa.Column("next_seq", sa.Integer, nullable=False),
        sa.Column("next_turn", sa.Integer, nullable=False),
        sa.Column("item_count", sa.Integer, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["conversations.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_conversations_parent", "conversations", ["parent"])
    op.create_index("ix_conversations_kind_updated_at", "conversations", ["kind", "updated_at"])
    op.create_table(
        "conversation_operations",
        sa.Column("conversation", ID, primary_key=True),
        sa.Column("operation", ID, primary_key=True),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "conversation_items",
        sa.Column("conversation", ID, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item", sa.LargeBinary, nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "conversation_turns",
        sa.Column("conversation", ID, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("operation", ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("spans", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("text_seq", sa.Integer, nullable=True),
        sa.Column("covers", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.UniqueConstraint("conversation", "operation"),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "conversation_deletions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("deleted_at", sa.Float, nullable=False),
    )
