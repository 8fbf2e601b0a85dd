"""Agents that search, judge and add songs: what they are told, and their offline rules."""
