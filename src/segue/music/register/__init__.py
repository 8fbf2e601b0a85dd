"""How the music feature is put together from settings: the one room of it that sees them."""
