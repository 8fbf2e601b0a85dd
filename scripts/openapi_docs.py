"""Write docs/reference/openapi.json from the HTTP API's routes.

python -m scripts.openapi_docs [--check]
"""

import json
import sys

from scripts.generated import write_or_check
from segue.web.app import openapi_document

COMMAND = "python -m scripts.openapi_docs"
PAGE = "docs/reference/openapi.json"


def openapi_page() -> str:
    """The OpenAPI document as the API serves it, one value a line."""
    return json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the document, or check it with ``--check``; returns the exit status."""
    return write_or_check({PAGE: openapi_page()}, COMMAND)


if __name__ == "__main__":
    sys.exit(main())
