"""What agent runs did, in the database: effects, accounts, agent cards, the audit log."""
