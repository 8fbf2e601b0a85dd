"""Where a project's metrics come from: a port, Jira, and sample data."""
