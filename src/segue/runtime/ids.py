"""Workflow ids that a person can read and two programs can agree on, and links to see a run."""

import hashlib
import json
import re
from urllib.parse import quote

from anyascii import anyascii

_LONGEST_ID = 200  # bytes; Temporal allows 1,000, databases and file names in logs like it shorter
_HASH_DIGITS = 12  # 48 bits: two of a million ids collide with a chance of 0.2 %


def workflow_id(kind: str, *parts: str) -> str:
    """The id of the run that works on ``parts``: the same parts always give the same id.

    Readable text first, then a short hash of the exact parts, so that two names which read alike
    ("Été", "ete") stay two runs. It holds what was passed and nothing else; 200 bytes at most.
    """
    exact = json.dumps([kind, *parts], ensure_ascii=False).encode()
    digest = hashlib.blake2s(exact).hexdigest()[:_HASH_DIGITS]
    readable = "-".join(slug for part in (kind, *parts) if (slug := _slug(part)))
    room = _LONGEST_ID - _HASH_DIGITS - 1
    return f"{readable[:room].rstrip('-') or 'run'}-{digest}"


def ui_link(ui_url: str, namespace: str, workflow: str, run: str | None = None) -> str:
    """Address of a run's history in Temporal's web page; without ``run`` its latest run."""
    path = f"{ui_url.rstrip('/')}/namespaces/{quote(namespace, safe='')}/workflows"
    link = f"{path}/{quote(workflow, safe='')}"
    return f"{link}/{quote(run, safe='')}/history" if run else link


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")
