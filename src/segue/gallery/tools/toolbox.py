"""The tools of a worker: activities that need something of their own."""

from dataclasses import dataclass

from segue.gallery.tools.images import Images


@dataclass(frozen=True)
class Toolbox:
    """What patterns take their activities from.

    Attributes:
        images: Pictures on the worker's disk.
    """

    images: Images
