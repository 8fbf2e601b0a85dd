"""What operators see: logs, configured once."""
