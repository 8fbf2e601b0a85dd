"""Which build this is: the version, and what its code comes to."""

import functools
import hashlib
from importlib.metadata import version
from pathlib import Path

import segue

_DIGITS = 10


@functools.cache
def build_id() -> str:
    """The version and a digest of all modules, such as ``0.1.0+3f9a1c07be``.

    Two builds of one version are told apart by it, two machines with the same build are not. It
    reads some 500 files, once for a process.
    """
    digest = hashlib.sha256()
    root = Path(segue.__path__[0])
    for file in sorted(root.rglob("*.py")):
        digest.update(f"{file.relative_to(root)}\0".encode())
        digest.update(file.read_bytes())
    return f"{version('segue')}+{digest.hexdigest()[:_DIGITS]}"
