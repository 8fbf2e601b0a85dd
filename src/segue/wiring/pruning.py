"""Forgetting what is old, over all features and what agents leave."""

import time
from collections.abc import Sequence
from datetime import timedelta

from segue.platform.feature import Feature
from segue.sessions.events.expiries import event_expiries
from segue.settings.load import Settings
from segue.storage.pruning import PrunedRows, prune
from segue.wiring.features import FEATURES
from segue.wiring.platform import OpenPlatform, open_platform


async def prune_old(
    settings: Settings,
    *,
    older_than: timedelta | None,
    dry_run: bool,
    features: Sequence[Feature] = FEATURES,
) -> list[PrunedRows]:
    """Delete what ended long ago and nobody needs; safe while workers run.

    Args:
        settings: As loaded.
        older_than: How long ago; None: as the settings say.
        dry_run: Count only.
        features: All there are.

    Raises:
        SegueError: Temporal or the database cannot be reached.
    """
    async with open_platform(settings, features=features) as platform:
        return await prune_platform(platform, older_than=older_than, dry_run=dry_run)


async def prune_platform(
    platform: OpenPlatform, *, older_than: timedelta | None = None, dry_run: bool = False
) -> list[PrunedRows]:
    """The same of a platform that is open.

    Raises:
        SegueError: Temporal or the database cannot be reached.
    """
    days = timedelta(days=platform.settings.data.retention_days)
    before = time.time() - (older_than or days).total_seconds()
    expiries = [
        expiry
        for feature in platform.features
        for expiry in await feature.expiries(platform, before)
    ]
    expiries += event_expiries(before)
    return await prune(await platform.database(), expiries, dry_run=dry_run)
