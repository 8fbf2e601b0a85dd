"""What a worker does for agents: activities, plugins, heartbeats."""
