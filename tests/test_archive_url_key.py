import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.url_key import url_key
from archive.url_twins import article_key


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a/b",
        "https://www.example.org/a/b/",
        "HTTPS://EXAMPLE.org:443/a//b#top",
        "http://example.org:80/a/b?utm_source=rss&utm_medium=feed",
        "http://example.org/a/b?fbclid=x&gclid=y&PHPSESSID=1",
        "http://example.org./a/b;jsessionid=AB12",
        "https://example.org/%61/b?ref_src=twsrc",
        "https://example.org/a/b?sid=0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    ],
)
def test_every_url_of_a_work_has_one_key(url: str) -> None:
    assert url_key(url) == "example.org/a/b"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("http://example.org/a?id=1", "http://example.org/a?id=2"),
        ("http://example.org/a", "http://example.org/A"),
        ("http://example.org:8080/a", "http://example.org/a"),
        ("http://example.org/a%2Fb", "http://example.org/a/b"),
        ("http://news.example.org/a", "http://example.org/a"),
        ("http://example.org/?p=1", "http://example.org/"),
        ("http://example.org/articleshow.cms?msid=1", "http://example.org/articleshow.cms?msid=2"),
        ("http://example.org/modules.php?file=article&sid=17", "http://example.org/modules.php?file=article&sid=18"),
        ("http://example.org/story?gid=1", "http://example.org/story?gid=2"),
        ("http://example.org/story?linkid=1", "http://example.org/story?linkid=2"),
    ],
)
def test_different_works_have_different_keys(left: str, right: str) -> None:
    assert url_key(left) != url_key(right)


def test_parameters_are_sorted_and_hosts_are_ascii() -> None:
    assert url_key("http://müller.example/x?b=2&a=1") == "xn--mller-kva.example/x?a=1&b=2"


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z%:@\[\].0-9-]{1,20}/[^\s#]{0,40}", fullmatch=True))
def test_a_key_is_its_own_key(url: str) -> None:
    assert url_key(url_key(url)) == url_key(url)


@pytest.mark.parametrize(
    "twin",
    [
        "https://example.org/news/one/amp/",
        "https://example.org/news/one.amp.html",
        "https://m.example.org/news/one",
        "https://amp.example.org/x/123",
        "https://example.org/news/one?outputType=amp",
    ],
)
def test_an_amp_or_mobile_twin_has_the_key_of_its_page(twin: str) -> None:
    assert article_key(twin, "https://www.example.org/news/one") == "example.org/news/one"


@pytest.mark.parametrize(
    ("final", "canonical"),
    [
        ("https://example.org/news/one", "https://example.org/"),
        ("https://example.org/news/one", "https://example.org/news/two"),
        ("https://example.org/news/one/amp", "https://example.org/"),
        ("https://example.org/news/one/amp", "https://spam.example/x"),
        ("https://example.org/news/one/amp", "https://[bad"),
        ("https://example.org/news/one", None),
    ],
)
def test_a_claimed_canonical_url_is_not_trusted_alone(final: str, canonical: str | None) -> None:
    assert article_key(final, canonical) == url_key(final)
