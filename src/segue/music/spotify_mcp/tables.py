"""The server's own table; ``segue.storage.migrations`` creates it and a test compares."""

import sqlalchemy as sa

METADATA = sa.MetaData()

BASKETS = sa.Table(
    "music_baskets",
    METADATA,
    sa.Column("handle_digest", sa.String(64), primary_key=True),
    sa.Column("catalogue", sa.String(40), nullable=False),
    sa.Column("uris", sa.Text, nullable=False),
    sa.Column("committed", sa.Text, nullable=True),
    sa.Column("expires_at", sa.Float, nullable=False),
)
