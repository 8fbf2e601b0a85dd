"""Bring a playlist from anywhere into Spotify: the right recording, in order, once."""
