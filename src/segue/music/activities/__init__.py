"""What the music workflows ask the outside world to do."""
