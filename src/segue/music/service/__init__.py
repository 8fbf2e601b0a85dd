"""What faces call: one class, what it gives out, and files it writes."""
