"""The gallery as the platform sees it; the only room of it that sees settings."""
