"""What the music feature keeps in the database."""
