"""Which catalogue track is the recording that was asked for, and why."""
