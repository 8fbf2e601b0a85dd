"""Names that agents, their offline rules and their tools share; models read them."""

DISAMBIGUATOR = "DisambiguationAgent"
READER = "WishReader"
SIMPLE_AGENT = "SimpleAgent"
SONG_AGENT = "SongAgent"
SEARCH_AGENT = "SearchAgent"
MATCHING_AGENT = "MatchingAgent"
PLAYLIST_AGENT = "PlaylistAgent"
MCP_AGENT = "MCPAgent"

SEARCH = "spotify_search"
MATCH = "fuzzy_match"
ADD = "add_to_playlist"
VERIFY = "verify_track"

MCP_SEARCH = "search_tracks"
MCP_ADD = ADD
MCP_VERIFY = VERIFY
