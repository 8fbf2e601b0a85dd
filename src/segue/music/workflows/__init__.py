"""The workflows of the music feature."""
