"""How long the music activities may take and how often they are tried, each with its reason."""

from datetime import timedelta

from segue.runtime.retries import ONCE, REPEATABLE

MUSIC_QUEUE = "music-sync"

# A killed worker is noticed in this time; activities report life every second.
HEARTBEAT = timedelta(seconds=5)

# One catalogue request is bounded by the client at 30 s; a playlist of 10,000 items (Spotify's
# most) takes 200 of them to read.
ONE_CALL = timedelta(minutes=2)
MANY_CALLS = timedelta(minutes=15)

READING = REPEATABLE

# An edit is sent once; what an unclear ending means is found by reading, never by sending again.
SENT_ONCE = ONCE

# How long a write may stay invisible to readers before we believe that it did not happen.
# Source: public measurements of September 2026 put Spotify's items at about 0.6 s after a write
# (eXPerience83/news-bulletin-playlist, issue 101).
SETTLE = timedelta(seconds=3)
