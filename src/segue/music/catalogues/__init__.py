"""Where tracks are found and playlists live: one port, two implementations."""
