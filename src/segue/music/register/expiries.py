"""What of the music feature is old, once it is known which syncs have ended."""

import time
from collections.abc import Sequence

from segue.music.register.values import agent_flags, open_music_ports
from segue.music.rollout.rollout import Rollout
from segue.music.store.expiries import music_expiries
from segue.platform.platform import Platform
from segue.storage.pruning import Expiry

_LOOKED_UP = 10_000  # syncs whose end nobody has asked for; some milliseconds each


async def old_rows(platform: Platform, before: float) -> Sequence[Expiry]:
    """What nobody needs of what ended before a moment; epoch seconds.

    Raises:
        SegueError: A part of the platform cannot be opened.
    """
    async with open_music_ports(platform) as music:
        rollout = Rollout(await platform.client(), music.store, agent_flags(platform.settings))
        await rollout.settle(limit=_LOOKED_UP)
    return music_expiries(before=before, now=time.time())
