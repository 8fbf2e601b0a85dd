"""The OpenAPI document: valid, whole, and in the repository as it is."""

from pathlib import Path

from openapi_core import OpenAPI

from scripts import openapi_docs
from segue.web.app import openapi_document

ROOT = Path(__file__).parents[3]
OPERATIONS = [
    operation for methods in openapi_document()["paths"].values() for operation in methods.values()
]


def test_the_committed_document_is_up_to_date():
    committed = (ROOT / openapi_docs.PAGE).read_text(encoding="utf-8")

    assert committed == openapi_docs.openapi_page()


def test_the_document_is_valid():
    assert openapi_document()["openapi"].startswith("3.1")
    OpenAPI.from_dict(dict(openapi_document()))  # raises where it is not


def test_what_is_guarded_says_so_and_tells_every_problem_alike():
    for operation in OPERATIONS:
        if not operation.get("security"):
            continue
        for status in ("401", "403", "429", "500", "503"):
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"]


def test_requests_have_examples():
    schemas = openapi_document()["components"]["schemas"]

    for name in ("SongRequest", "PlaylistSyncRequest", "Started", "Problem"):
        assert schemas[name]["examples"]
