"""Where webhooks may go: nowhere that only the worker reaches, whoever asks."""

import pytest

from segue.errors.webhook import WebhookAddressError
from segue.webhooks.sending.addresses import AllowedHosts, check_url, target_of

NOBODY = AllowedHosts()


def answers(*addresses: str):
    async def look_up(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return look_up


async def test_a_public_host_is_called_at_the_address_that_was_looked_up_once():
    target = await target_of("https://example.org:8443/hook?a=1", NOBODY, answers("93.184.216.34"))

    assert target.url == "https://93.184.216.34:8443/hook?a=1"
    assert (target.host, target.netloc) == ("example.org", "example.org:8443")


async def test_an_ipv6_address_stands_in_brackets():
    target = await target_of("https://example.org/", NOBODY, answers("2606:4700::6810:84e5"))

    assert target.url == "https://[2606:4700::6810:84e5]:443/"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fd00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    ],
)
async def test_a_name_at_a_private_address_is_refused(address: str):
    with pytest.raises(WebhookAddressError, match="no public address"):
        await target_of("https://example.org/", NOBODY, answers("93.184.216.34", address))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/", "Expected a URL"),
        ("https:///nobody", "Expected a URL"),
        ("example.org/hook", "Expected a URL"),
        ("https://example.org:0/", "Expected a URL"),
        ("https://example.org:99999/", "is none"),
        ("https://[::1/", "is none"),
        ("https://example.org/" + "a" * 2_000, "Expected a URL"),
        ("https://exämple.org/", "ASCII"),
        ("https://example.org/a b", "ASCII"),
        ("https://ann:secret@example.org/", "name or password"),
        ("https://127.0.0.1/", "no public address"),
        ("https://[::1]/", "no public address"),
        ("http://example.org/", "Expected https"),
        ("http://93.184.216.34/", "Expected https"),
    ],
)
def test_a_url_that_cannot_be_called_is_refused_when_it_is_given(url: str, reason: str):
    with pytest.raises(WebhookAddressError, match=reason):
        check_url(url, NOBODY)


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
async def test_numbers_that_a_resolver_takes_for_loopback_are_looked_up_and_refused(spelling: str):
    with pytest.raises(WebhookAddressError, match="no public address"):
        await target_of(f"https://{spelling}/", NOBODY, answers("127.0.0.1"))


@pytest.mark.parametrize("name", ["hooks.internal", "10.0.0.0/8", "10.1.2.3"])
async def test_what_the_operator_names_may_be_private_and_without_tls(name: str):
    host = "10.1.2.3" if name[0] == "1" else "HOOKS.internal"
    target = await target_of(f"http://{host}/x", AllowedHosts([name]), answers("10.1.2.3"))

    assert target.url == "http://10.1.2.3:80/x"


async def test_an_allowed_network_allows_no_other():
    with pytest.raises(WebhookAddressError):
        await target_of("https://a.example/", AllowedHosts(["10.0.0.0/8"]), answers("192.168.0.1"))


async def test_a_host_without_an_address_is_no_refusal_for_good():
    with pytest.raises(OSError, match="no address"):
        await target_of("https://example.org/", NOBODY, answers())


def test_a_network_that_is_none_is_told_when_it_is_read():
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        AllowedHosts(["10.0.0.0/99"])
