"""Every feature of Segue: adding one adds a line here, and nothing else of the platform changes.

Every command reads this module, so it loads nothing that its help does not need.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segue.assistant.register.feature import ASSISTANT
from segue.finance.register import FINANCE
from segue.gallery.register.feature import GALLERY
from segue.it.register import IT
from segue.music.register.feature import MUSIC
from segue.platform.feature import Feature
from segue.webhooks.register.feature import WEBHOOKS

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from segue.llm.offline.rules import AgentRules
    from segue.settings.load import Settings

FEATURES: tuple[Feature, ...] = (
    MUSIC,
    FINANCE,
    ASSISTANT,
    IT,
    WEBHOOKS,
    GALLERY,
)


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


def asks_models(features: Sequence[Feature], namespace: str | None) -> bool:
    """Whether agents of some feature run in a namespace; None: the configured one."""
    return any(
        queue.asks_models
        for feature in features
        for queue in feature.queues
        if queue.namespace == namespace
    )


def features_named(features: Sequence[Feature], names: Sequence[str]) -> list[Feature]:
    """The features of these names, in their order; all where none is named.

    Raises:
        SettingsError: There is no feature of a name.
    """
    from segue.errors.settings import SettingsError

    names_here = [feature.name for feature in features]
    for name in names:
        if name not in names_here:
            raise SettingsError(
                f"There is no feature {name!r}.", hint=f"Take some of: {', '.join(names_here)}."
            )
    return [feature for feature in features if not names or feature.name in names]
