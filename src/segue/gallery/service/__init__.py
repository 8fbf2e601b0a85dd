"""What faces do with the gallery."""
