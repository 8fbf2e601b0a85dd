"""The tables of conversations; ``segue.storage.migrations`` creates them and a test compares.

Columns of bytes hold what people, models and tools said: UTF-8, or sealed (``sealing``) where the
conversation has a wrapped key. Everything else is numbers, times and names, and stays readable.
"""

import sqlalchemy as sa

LONGEST_ID = 400  # characters; a workflow id has at most 200, and runs put their own part behind it

METADATA = sa.MetaData()

CONVERSATIONS = sa.Table(
    "conversations",
    METADATA,
    sa.Column("id", sa.String(LONGEST_ID), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column(
        "parent",
        sa.String(LONGEST_ID),
        sa.ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=True,
        index=True,
    ),
    sa.Column("origin", sa.String(LONGEST_ID), nullable=True),  # what it was forked from, …
    sa.Column("origin_turn", sa.Integer, nullable=True),  # … and after which turn
    sa.Column("workflow_id", sa.Text, nullable=True),
    sa.Column("title", sa.LargeBinary, nullable=False),
    sa.Column("next_seq", sa.Integer, nullable=False),
    sa.Column("next_turn", sa.Integer, nullable=False),
    sa.Column("item_count", sa.Integer, nullable=False),
    sa.Column("key_id", sa.String(64), nullable=True),  # the master key that wrapped, …
    sa.Column("wrapped_key", sa.LargeBinary, nullable=True),  # … this data key
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Index("ix_conversations_kind_updated_at", "kind", "updated_at"),
)


def _conversation() -> sa.Column[str]:
    return sa.Column(
        "conversation",
        sa.String(LONGEST_ID),
        sa.ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
    )


OPERATIONS = sa.Table(
    "conversation_operations",
    METADATA,
    _conversation(),
    sa.Column("operation", sa.String(LONGEST_ID), primary_key=True),
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=True),
)

ITEMS = sa.Table(
    "conversation_items",
    METADATA,
    _conversation(),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("item", sa.LargeBinary, nullable=True),  # NULL: popped or cleared; the number stays
)

TURNS = sa.Table(
    "conversation_turns",
    METADATA,
    _conversation(),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("operation", sa.String(LONGEST_ID), nullable=False),
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
)

# Names of deleted conversations, hashed: a step that was still under way must not bring one back.
DELETIONS = sa.Table(
    "conversation_deletions",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("deleted_at", sa.Float, nullable=False),
)
