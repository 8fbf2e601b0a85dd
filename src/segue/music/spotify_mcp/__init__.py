"""The Spotify MCP server: catalogue, playlists and durable syncs for clients of that protocol."""
