"""Addresses as providers of Postgres hand them out."""

from datetime import UTC, datetime, timedelta

import pytest
from asyncpg.connect_utils import _parse_connect_dsn_and_args  # what the driver makes of it
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from segue.errors.settings import SettingsError
from segue.storage.address import database_url
from segue.storage.database import Database
from segue.storage.engine import Pool
from segue.storage.postgres import connect_arguments


def arguments(query, tmp_path):
    return connect_arguments(database_url(f"postgresql://u:p@h/d?{query}", tmp_path), "segue")


def certificate() -> bytes:
    """Of an authority, by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now, now + timedelta(days=1)
    ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


def parameters(dsn):
    """What asyncpg reads out of its address."""
    _, read = _parse_connect_dsn_and_args(
        dsn=dsn,
        host="h",
        port=1,
        user="u",
        password="p",  # noqa: S106 - of nobody
        passfile=None,
        database="d",
        ssl=None,
        direct_tls=None,
        server_settings=None,
        target_session_attrs=None,
        krbsrvname=None,
        gsslib=None,
        service=None,
        servicefile=None,
    )
    return read


def test_names_of_connections_are_the_servers_settings(tmp_path):
    read = parameters(arguments("application_name=mine&options=-c%20a%3Db", tmp_path)["dsn"])
    default = parameters(arguments("", tmp_path)["dsn"])

    assert read.server_settings == {"application_name": "mine", "options": "-c a=b"}
    assert default.server_settings == {"application_name": "segue"}


@pytest.mark.parametrize("word", ["sslmode", "ssl"])
def test_a_certificate_is_checked_against_the_authority_that_is_named(tmp_path, word):
    authority = tmp_path / "ca.pem"
    authority.write_bytes(certificate())
    made = arguments(f"{word}=verify-full&sslrootcert={authority}", tmp_path)
    read = parameters(made["dsn"])

    assert read.sslmode.name == "verify_full"
    assert read.ssl.check_hostname
    assert read.ssl.get_ca_certs()


def test_numbers_are_numbers_and_what_only_libpq_knows_is_left_out(tmp_path):
    made = arguments("connect_timeout=5&command_timeout=30&channel_binding=require", tmp_path)

    assert (made["timeout"], made["command_timeout"]) == (5.0, 30.0)
    assert "channel_binding" not in made["dsn"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("sslmode=strict", "sslmode .* 'strict'"),
        ("sslrootcert=/not/there.pem", "sslrootcert .* /not/there.pem"),
        ("statement_cache_size=none", "statement_cache_size .* 'none'"),
    ],
)
def test_a_value_that_cannot_work_is_named(tmp_path, query, named):
    with pytest.raises(SettingsError, match=named):
        arguments(query, tmp_path)


@pytest.mark.parametrize("pooled", ["", "&statement_cache_size=0"], ids=["direct", "pooled"])
async def test_a_server_takes_all_of_it_and_shows_the_name(postgres_url, tmp_path, pooled):
    join = "&" if "?" in postgres_url else "?"
    url = f"{postgres_url}{join}connect_timeout=5&sslmode=prefer&target_session_attrs=any{pooled}"
    database = Database(database_url(url, tmp_path), pool=Pool(application="segue worker"))
    named = text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")

    async with database.reading() as connection:
        names = [await connection.scalar(named) for _ in range(2)]
    async with database.writing() as connection:
        prepared = await connection.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
    await database.aclose()

    assert names == ["segue worker"] * 2
    assert prepared is not None


def test_a_process_opens_no_more_connections_than_it_may():
    assert (Pool(connections=2).idle, Pool().idle) == (1, 5)
