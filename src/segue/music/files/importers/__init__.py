"""Playlist files of every common format, read into songs."""
