"""Playlist files: read in every format, written for other players, and the user's own matches."""
