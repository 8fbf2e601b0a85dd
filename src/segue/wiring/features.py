"""Every feature of Segue: adding one adds a line here, and nothing else of the platform changes.

Every command reads this module, so it loads nothing that its help does not need.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segue.music.register.feature import MUSIC
from segue.platform.feature import Feature

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from segue.llm.offline.rules import AgentRules
    from segue.settings.load import Settings

FEATURES: tuple[Feature, ...] = (MUSIC,)


def read_settings(features: Sequence[Feature] = FEATURES) -> "Settings":
    """Read the environment, with what the features bring.

    Raises:
        SettingsError: A variable has a value that cannot work.
    """
    from segue.settings.load import load_settings

    return load_settings([room for feature in features for room in feature.settings])


def settings_rooms(features: Sequence[Feature] = FEATURES) -> "list[type[BaseSettings]]":
    """Every settings class, for the documentation."""
    from segue.settings.load import rooms

    return [*rooms(), *(room for feature in features for room in feature.settings)]


def rules_of(features: Sequence[Feature]) -> "list[AgentRules]":
    """What the offline model answers for all agents, for one book."""
    return [rules for feature in features for rules in feature.rules()]


def namespaces_of(features: Sequence[Feature]) -> tuple[str, ...]:
    """Temporal's namespaces beside the configured one."""
    names = [queue.namespace for feature in features for queue in feature.queues]
    return tuple(dict.fromkeys(namespace for namespace in names if namespace))
