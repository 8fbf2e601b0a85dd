"""Agents' runs from outside: send messages, decide, look at what is stored."""
