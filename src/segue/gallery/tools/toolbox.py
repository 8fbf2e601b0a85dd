"""The tools of a worker: activities that need something of their own."""

from dataclasses import dataclass, field

from segue.gallery.tools.images import Images
from segue.gallery.tools.warehouse import Warehouse


@dataclass(frozen=True)
class Toolbox:
    """What patterns take their activities from.

    Attributes:
        images: Pictures on the worker's disk.
        warehouse: A service that asks for a credential.
    """

    images: Images
    warehouse: Warehouse = field(default_factory=Warehouse)
