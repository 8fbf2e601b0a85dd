"""The SQL database: one engine, one schema, its migrations."""
