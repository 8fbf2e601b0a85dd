"""Imports, cached verdicts, decisions, review queue and runs of the music feature."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "music_imports",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(40), unique=True, nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("format", sa.String(40), nullable=False),
        sa.Column("encoding", sa.String(40), nullable=False),
        sa.Column("songs", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "music_import_rows",
        sa.Column("import_number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("song", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["import_number"], ["music_imports.number"], ondelete="CASCADE"),
    )
    op.create_table(
        "music_verdicts",
        sa.Column("catalogue", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("fresh_until", sa.Float, nullable=False),
    )
    op.create_table(
        "music_decisions",
        sa.Column("catalogue", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("song", sa.Text, nullable=False),
        sa.Column("track", sa.Text, nullable=True),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("decided_at", sa.Float, nullable=False),
    )
    op.create_table(
        "music_reviews",
        sa.Column("catalogue", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("song", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "music_runs",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("import_id", sa.String(40), nullable=False),
        sa.Column("playlist_id", sa.String(100), nullable=True),
        sa.Column("plan", sa.Text, nullable=True),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "music_run_rows",
        sa.Column("run_id", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("decision", sa.String(10), nullable=False),
        sa.Column("uri", sa.String(100), nullable=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["music_runs.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "music_run_edits",
        sa.Column("run_id", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("edit", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["music_runs.id"], ondelete="CASCADE"),
    )
