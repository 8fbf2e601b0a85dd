"""The music feature's tables; ``segue.storage.migrations`` creates them and a test compares."""

import sqlalchemy as sa

METADATA = sa.MetaData()

IMPORTS = sa.Table(
    "music_imports",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(40), unique=True, nullable=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("format", sa.String(40), nullable=False),
    sa.Column("encoding", sa.String(40), nullable=False),
    sa.Column("songs", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

IMPORT_ROWS = sa.Table(
    "music_import_rows",
    METADATA,
    sa.Column(
        "import_number",
        sa.Integer,
        sa.ForeignKey("music_imports.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("song", sa.Text, nullable=False),
)

VERDICTS = sa.Table(
    "music_verdicts",
    METADATA,
    sa.Column("catalogue", sa.String(40), primary_key=True),
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("fresh_until", sa.Float, nullable=False),
)

DECISIONS = sa.Table(
    "music_decisions",
    METADATA,
    sa.Column("catalogue", sa.String(40), primary_key=True),
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("song", sa.Text, nullable=False),
    sa.Column("track", sa.Text, nullable=True),
    sa.Column("origin", sa.String(20), nullable=False),
    sa.Column("decided_at", sa.Float, nullable=False),
    sa.Index("ix_music_decisions_decided_at", "catalogue", "decided_at"),
)

REVIEWS = sa.Table(
    "music_reviews",
    METADATA,
    sa.Column("catalogue", sa.String(40), primary_key=True),
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("song", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("song_key", sa.String(40), nullable=False, server_default=""),
    sa.Index("ix_music_reviews_created_at", "catalogue", "created_at", "key"),
)

RUNS = sa.Table(
    "music_runs",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("import_id", sa.String(40), nullable=False),
    sa.Column("playlist_id", sa.String(100), nullable=True),
    sa.Column("plan", sa.Text, nullable=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("counted", sa.Boolean, nullable=False, server_default=sa.false()),
)

RUN_ROWS = sa.Table(
    "music_run_rows",
    METADATA,
    sa.Column(
        "run_id",
        sa.String(40),
        sa.ForeignKey("music_runs.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("decision", sa.String(10), nullable=False),
    sa.Column("uri", sa.String(100), nullable=True),
    sa.Column("verdict", sa.Text, nullable=False),
)

RUN_EDITS = sa.Table(
    "music_run_edits",
    METADATA,
    sa.Column(
        "run_id",
        sa.String(40),
        sa.ForeignKey("music_runs.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("edit", sa.Text, nullable=False),
)

PLAYLIST_WRITES = sa.Table(
    "music_playlist_writes",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("catalogue", sa.String(40), nullable=False),
    sa.Column("playlist_id", sa.String(100), nullable=False),
    sa.Column("uri", sa.String(100), nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("written_at", sa.Float, nullable=False),
    sa.Index("ix_music_playlist_writes_playlist", "catalogue", "playlist_id", "number"),
)

SYNC_OUTCOMES = sa.Table(
    "music_sync_outcomes",
    METADATA,
    sa.Column(
        "run_id",
        sa.String(40),
        sa.ForeignKey("music_runs.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("workflow_id", sa.Text, nullable=False),
    sa.Column("temporal_run_id", sa.Text, nullable=False),
    sa.Column("catalogue", sa.String(40), nullable=False),
    sa.Column("requested", sa.String(20), nullable=False),
    sa.Column("strategy", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("bucket", sa.Float, nullable=True),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("outcome", sa.String(10), nullable=True),
    sa.Column("ended_at", sa.Float, nullable=True),
    sa.Column("seconds", sa.Float, nullable=True),
    sa.Column("agents", sa.Text, nullable=True),
    sa.Column("playlist_name", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_music_sync_outcomes_strategy", "catalogue", "strategy", "started_at"),
    sa.Index("ix_music_sync_outcomes_outcome", "catalogue", "outcome"),
    sa.Index("ix_music_sync_outcomes_started_at", "catalogue", "started_at"),
    sa.Index("ix_music_sync_outcomes_workflow_id", "workflow_id"),
    sa.Index("ix_music_sync_outcomes_temporal_run_id", "temporal_run_id"),
)

ROLLOUTS = sa.Table(
    "music_rollouts",
    METADATA,
    sa.Column("catalogue", sa.String(40), primary_key=True),
    sa.Column("fallen_back_at", sa.Float, nullable=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("counted_from", sa.Float, nullable=False),
)

SHADOW_ROWS = sa.Table(
    "music_shadow_rows",
    METADATA,
    sa.Column(
        "run_id",
        sa.String(40),
        sa.ForeignKey("music_runs.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("catalogue", sa.String(40), nullable=False),
    sa.Column("strategy", sa.String(20), nullable=False),
    sa.Column("result", sa.String(10), nullable=False),
    sa.Column("ours", sa.Text, nullable=True),
    sa.Column("theirs", sa.Text, nullable=True),
    sa.Column("agents", sa.Text, nullable=True),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Index("ix_music_shadow_rows_result", "catalogue", "result", "seen_at"),
)
