"""What ``segue db`` says."""

import json
import re

import pytest

from segue.runs.service.views import RewrappedKeys
from segue.storage.migrating import Schema
from tests.fakes.doubles.music_service import FakeInstallation


class DbInstallation(FakeInstallation):
    def __init__(self, schema):
        super().__init__()
        self.schema = schema

    async def database_schema(self):
        return self.schema

    async def upgrade_database(self):
        self.schema = Schema(self.schema.newest, self.schema.newest, self.schema.oldest)
        return self.schema

    async def rewrap_keys(self):
        return RewrappedKeys(
            key="b", conversations=3, workflows=2, cards=1, questions=0, unreadable=("c-7",)
        )

    async def adopt_database(self):
        return "host:5432/segue stands with namespace 'default'"


@pytest.mark.parametrize(
    ("schema", "summary", "usable"),
    [
        (Schema(None, "0012", "0012"), "revision none.*segue db upgrade", False),
        (Schema("0011", "0012", "0011"), "revision 0011.*segue db upgrade", False),
        (Schema("0012", "0012", "0012"), "revision 0012; this Segue's is 0012.$", True),
        (Schema("0013", "0012", "0012"), "this one can work on it", True),
        (Schema("0013", "0012", "0013"), "of revision 0013 or newer only", False),
    ],
)
def test_the_schema_is_shown_with_what_to_do(segue, schema, summary, usable):
    text = segue("db", on=DbInstallation(schema))
    data = segue("db", "current", "--json", on=DbInstallation(schema))

    assert (text.exit_code, data.exit_code) == (0, 0)
    assert re.search(summary, text.stdout.replace("\n", " ").strip())
    assert json.loads(data.stdout) == {
        "current": schema.current,
        "newest": schema.newest,
        "oldest": schema.oldest,
        "usable": usable,
    }


def test_an_upgrade_says_what_it_came_to(segue):
    result = segue("db", "upgrade", on=DbInstallation(Schema("0011", "0012", "0012")))

    assert "revision 0012; this Segue's is 0012." in result.stdout


def test_an_adoption_says_which_database_and_which_namespace(segue):
    installation = DbInstallation(Schema("0012", "0012", "0012"))

    text = segue("db", "adopt", on=installation)
    data = segue("db", "adopt", "--json", on=installation)

    assert text.stdout == "Adopted: host:5432/segue stands with namespace 'default'.\n"
    assert json.loads(data.stdout)["adopted"].startswith("host:5432/segue")


def test_a_rewrap_says_how_much_and_what_it_could_not_read(segue):
    installation = DbInstallation(Schema("0012", "0012", "0012"))

    text = segue("db", "rewrap", on=installation)
    data = segue("db", "rewrap", "--json", on=installation)

    assert "Under the key 'b' now: 3 conversations, 2 workflows" in text.stdout
    assert "c-7" in text.stderr
    assert json.loads(data.stdout)["unreadable"] == ["c-7"]
