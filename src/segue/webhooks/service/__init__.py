"""What people and other rooms do with webhooks."""
