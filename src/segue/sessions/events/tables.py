"""The event tables; ``segue.storage.migrations`` creates them and a test compares."""

import sqlalchemy as sa

METADATA = sa.MetaData()

# One row per turn: who may write (call, attempt), and where the numbering stands.
STREAMS = sa.Table(
    "turn_streams",
    METADATA,
    sa.Column("turn", sa.String(200), primary_key=True),
    sa.Column("call", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("batch", sa.Integer, nullable=False),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("has_text", sa.Boolean, nullable=False),
    sa.Column("written_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float, nullable=True),
    sa.Index("turn_streams_finished", "finished_at"),
)

EVENTS = sa.Table(
    "turn_events",
    METADATA,
    sa.Column(
        "turn",
        sa.String(200),
        sa.ForeignKey("turn_streams.turn", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("call", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
