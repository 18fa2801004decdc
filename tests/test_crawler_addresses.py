import pytest

from crawler.addresses import AddressPolicy

NOBODYS_BUSINESS = [
    "http://127.0.0.1/",
    "http://127.0.0.1:8901/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://localhost./",
    "http://a.localhost:8000/",
    "http://user:password@127.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1%25eth0]/",
    "http://[::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[fec0::1]/",
    "http://[fd00::1]/",
    "http://[2001:db8::5efe:10.0.0.1]/",
    "http://[2a00::5efe:127.0.0.1]/",
    "http://[2001:0:7f00:1::1]/",
    "http://[5f00::1]/",
    "http://[ff02::1]/",
    "http://0/",
    "http://017700000001/",
    "http://0177.1/",
    "http://127.1./",
    "http://example.org@127.0.0.1/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://172.16.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://192.0.0.8/",
    "http://192.88.99.1/",
    "http://[3fff::1]/",
    "http://[64:ff9b::192.0.0.8]/",
    "http://localhost.localdomain/",
    "http://intranet/",
    "http://printer.local/",
    "http://db.internal/",
]


@pytest.mark.parametrize("url", NOBODYS_BUSINESS)
def test_private_places_are_refused_in_every_spelling(url: str) -> None:
    assert AddressPolicy().judge_url(url) == "refused_address"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "data:text/html,x", "javascript:alert(1)", "gopher://x/"]
)
def test_other_schemes_are_refused(url: str) -> None:
    assert AddressPolicy().judge_url(url) == "refused_scheme"


def test_the_public_web_is_open_at_its_own_ports() -> None:
    policy = AddressPolicy()
    assert policy.judge_url("http://example.org/a") is None
    assert policy.judge_url("https://example.org:443/a") is None
    assert policy.judge_url("http://93.184.216.34/") is None
    assert policy.judge_url("http://[2a00:1450:4001:81c::200e]/") is None
    assert policy.judge_url("http://[64:ff9b::93.184.216.34]/") is None, "the public web behind NAT64"
    assert policy.judge_url("http://me:secret@example.org/") == "credentials"
    assert policy.judge_url("http://example.org:8080/") == "refused_port"
    assert policy.judge_url("http://[bad") == "bad_url"
    assert policy.judge_url("http:///path") == "bad_url"
    assert policy.judge_url("http://1\0/") == "refused_address"


def test_what_the_user_typed_is_listed_with_its_port_alone() -> None:
    policy = AddressPolicy()
    policy.list_url("http://127.0.0.1:8900/feed.xml")
    assert policy.judge_url("http://127.0.0.1:8900/a") is None
    assert policy.judge_url("http://127.0.0.1:8901/a") == "refused_address"
    assert policy.judge_url("http://localhost:8900/a") == "refused_address"
    assert policy.allows_address("127.0.0.1", 8900, "127.0.0.1")


def test_a_public_name_may_not_lead_to_a_private_address() -> None:
    policy = AddressPolicy()
    policy.list_url("http://news.example/")
    assert not AddressPolicy().allows_address("rebound.example", 80, "127.0.0.1")
    assert not AddressPolicy().allows_address("rebound.example", 80, "::ffff:10.0.0.1")
    assert AddressPolicy().allows_address("news.example", 80, "93.184.216.34")
    assert not policy.allows_address("news.example", 80, "192.168.0.1"), (
        "a source's own name may not lead inside, either"
    )
    policy.list_entry("news.example")
    assert policy.allows_address("news.example", 80, "192.168.0.1")


def test_networks_and_names_can_be_listed() -> None:
    policy = AddressPolicy()
    for entry in ("10.1.0.0/16", "intranet:8080", "printer.local"):
        policy.list_entry(entry)
    assert policy.judge_url("http://10.1.2.3/") is None
    assert policy.judge_url("http://10.2.2.3/") == "refused_address"
    assert policy.judge_url("http://intranet:8080/") is None
    assert policy.judge_url("https://printer.local/") is None
