"""How an event is signed, and where it may go."""
