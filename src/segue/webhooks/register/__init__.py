"""What the platform must know of webhooks."""
