"""The tables of workflows' keys; ``segue.storage.migrations`` creates them and a test compares."""

import sqlalchemy as sa

from segue.sessions.tables import LONGEST_ID

METADATA = sa.MetaData()

# Workflow ids are of any length, so they are ``Text``. The empty id: payloads of no workflow.
KEYS = sa.Table(
    "history_keys",
    METADATA,
    sa.Column("workflow_id", sa.Text, primary_key=True),
    sa.Column("name", sa.String(32), nullable=False),  # stands in every payload
    sa.Column("key_id", sa.String(64), nullable=False),  # the master key that wrapped, …
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),  # … this data key
    sa.Column("created_at", sa.Float, nullable=False),
)

# Names of deleted keys, to be told from those that some other database holds. They tell nothing.
DELETIONS = sa.Table(
    "history_deletions",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("deleted_at", sa.Float, nullable=False),
)

# A workflow may serve several conversations, and a conversation may have had several workflows.
BINDINGS = sa.Table(
    "history_bindings",
    METADATA,
    sa.Column("workflow_id", sa.Text, primary_key=True),
    sa.Column("conversation", sa.String(LONGEST_ID), primary_key=True),
    sa.Index("ix_history_bindings_conversation", "conversation"),
)
