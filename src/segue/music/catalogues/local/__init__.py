"""The local catalogue: a service that speaks the Spotify Web API over SQLite."""
