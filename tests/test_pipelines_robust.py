"""No page crashes extraction or makes it hang: broken, cut, shuffled, hostile pages, with spam and without."""

import contextlib
import random
import re
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from articles import STORY, paragraphs, wordpress_page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innocent_pages import INNOCENT
from lxml import html as lxml_html
from spam_pages import ATTRIBUTES, BLOCKS, SHEETS, STYLES, VOCABULARIES, WRAPPERS, variants

from archive.records import Article
from pipelines.clean.hidden import Hiding
from pipelines.clean.injected import clear
from pipelines.clean.sheets import Sheets
from pipelines.extract import extract
from pipelines.items import NoArticle, Page
from pipelines.parse import parse
from pipelines.source_blocks import source_blocks

URL = "http://valley-times.example/news/odd"
PAGES = [variant.page().encode() for variant in variants(97)] + [
    INNOCENT[name].encode() for name in list(INNOCENT)[::9]
]
_TAG = re.compile(rb"<[^>]*>")


def read(body: bytes, content_type: str | None = "text/html") -> Article | NoArticle:
    found = extract(Page(url=URL, body=body, content_type=content_type), profile="fast")
    if isinstance(found, NoArticle):
        assert found.reason != "extractor_error", found.detail
    else:
        found.body.encode("utf-8")  # no lone surrogate
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", found.body + (found.headline or ""))
        assert all(0 <= mark.start < mark.end <= len(found.body) for mark in found.marks)
    return found


def truncated(page: bytes, chance: random.Random) -> bytes:
    return page[: chance.randrange(len(page))]


def shuffled(page: bytes, chance: random.Random) -> bytes:
    tags = _TAG.findall(page)
    chance.shuffle(tags)
    return _TAG.sub(lambda _: tags.pop(), page)


def without_some_tags(page: bytes, chance: random.Random) -> bytes:
    return _TAG.sub(lambda tag: b"" if chance.random() < 0.3 else tag[0], page)


def nested(page: bytes, chance: random.Random) -> bytes:
    tag = chance.choice(
        [b"div", b"p", b"span", b"b", b"ul", b"table", b"font", b"template", b"details", b"a href=x", b"style"]
    )
    n = chance.choice([3, 300, 3000])
    at = chance.randrange(len(page))
    return page[:at] + b"<%s>" % tag * n + page[at:]


def random_bytes(page: bytes, chance: random.Random) -> bytes:
    noisy = bytearray(page)
    for _ in range(chance.choice([1, 20, 400])):
        noisy[chance.randrange(len(noisy))] = chance.randrange(256)
    return bytes(noisy)


def references(page: bytes, chance: random.Random) -> bytes:
    odd = [
        b"&#27;",
        b"&#xB;",
        b"&#xFFFE;",
        b"&#0;",
        b"&#xD800;",
        b"&#x110000;",
        b"&#99999999999;",
        b"\x00",
        b"&#1",
        b"\xed\xa0\x80",
        b"\xff",
    ]
    for _ in range(12):
        at = chance.randrange(len(page))
        page = page[:at] + chance.choice(odd) + page[at:]
    return page


def attributes(page: bytes, chance: random.Random) -> bytes:
    odd = [b' style="left:-9e999px"', b' style="color:#"', b' style="scale(', b" href='http://[bad'", b' href="//"', b' href="http://%zz"', b" class=''",
           b' style="font-size:1e400px;opacity:-"', b" style=':;:;'", b' href="javascript:x"', b" href='http://a.example:99999999/'", b' bgcolor="#zz"']  # fmt: skip
    return _TAG.sub(lambda tag: tag[0][:-1] + chance.choice(odd) + b">" if chance.random() < 0.4 else tag[0], page)


def doubled(page: bytes, chance: random.Random) -> bytes:
    return page + page[chance.randrange(len(page)) :] * chance.choice([1, 5])


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    truncated, shuffled, without_some_tags, nested, random_bytes, references, attributes, doubled,
]  # fmt: skip


def mutated(n: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(n):
        page = chance.choice(PAGES)
        for mutation in chance.sample(MUTATIONS, chance.choice([1, 1, 2, 3])):
            page = mutation(page, chance) or b" "
        yield page


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_way_to_break_a_page_is_survived(mutation: Callable[[bytes, random.Random], bytes]) -> None:
    chance = random.Random(7)
    for page in chance.sample(PAGES, 12):
        read(mutation(page, chance) or b" ")


def test_broken_pages_neither_crash_nor_hang() -> None:
    for page in mutated(60, seed=11):
        read(page)


@pytest.mark.parametrize(
    "odd",
    ["&#27;", "&#xB;", "&#xFFFE;", "&#0;", "&#1e", "&#1", "&#\x0127;", "&#&#1;1;", "\x1b", "&#xD800;", "&amp;#27;"],
)
def test_no_control_character_comes_out_of_a_page(odd: str) -> None:
    head = (
        f'<meta property="og:description" content="A longer description {odd} of the page"><meta name="keywords" content="a{odd}b, c">'
        '<script type="application/ld+json">{"@type":"NewsArticle","articleSection":"Wor\\u0001ld","author":{"name":"Ann\\u001b Lee"}}</script>'
    )
    found = read(
        wordpress_page(
            f"<p>{STORY[0]}{odd}</p>" + paragraphs(*STORY[1:]), head=head, headline=f"Putin{odd} speaks"
        ).encode()
    )
    assert isinstance(found, Article)
    texts = [found.body, found.headline, found.description, found.section, *found.authors, *found.keywords]
    assert not any(re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\ud800-\udfff]", text or "") for text in texts)
    assert STORY[1] in found.body


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_broken_pages_neither_crash_nor_hang(seed: int) -> None:
    for page in mutated(1500, seed):
        started = time.process_time()
        read(page)
        assert time.process_time() - started < 20, page[:500]


_SPAM = [form(vocabulary) for form in BLOCKS.values() for vocabulary in list(VOCABULARIES)[::4]]
_HIDING = [f'<div style="{style}">' for style in list(STYLES.values())[::3]]
_HIDING += [f"<div {attribute}>" for attribute, _ in SHEETS.values()] + [
    f"<p {attribute}>" for attribute in ATTRIBUTES.values()
]
_PIECES = [
    *_SPAM,
    *_HIDING,
    *WRAPPERS.values(),
    "</div>",
    "</p>",
    "<p>",
    "<br>",
    "<li>",
    "<h2>",
    *(f"<p>{text}</p>" for text in STORY),
]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=30)), max_size=25))
def test_spam_in_any_order_and_nesting_is_taken_out_without_a_crash(pieces: list[str]) -> None:
    sheet = "".join(css for _, css in SHEETS.values())
    body = "".join(pieces).encode("utf-8", "replace").decode()
    found = read(wordpress_page(paragraphs(*STORY) + body, head=f"<style>{sheet}</style>").encode())
    # whatever is beside it, the story itself is never taken for spam
    assert isinstance(found, Article)
    removed = "\n".join(removal.text for removal in found.removals if "spam" in removal.reason)
    assert not any(text in removed for text in STORY if f"<p>{text}</p>" not in pieces)


@settings(max_examples=100, deadline=None)
@given(
    st.text(alphabet="abc.#:{}@,>+~[]()\"'\\/*-;% 019\n", max_size=200),
    st.text(alphabet="abcdefgilnoprstu:;-()#.,%/*\\ 0159px!", max_size=80),
)
def test_no_style_raises(sheet: str, style: str) -> None:
    tree = lxml_html.document_fromstring("<body><p id=a class='b c'>text</p></body>")
    for element in tree.iter("p"):
        element.set("style", style)
    holder = tree.find("body")
    assert holder is not None
    node = lxml_html.Element("style")
    node.text = sheet
    holder.append(node)
    hiding = Hiding(Sheets(tree))
    for element in tree.iter("p", "body"):
        hiding.how(element)


_LINK = '<a href="http://slot-gacor{}.example/">slot gacor</a> '
COSTLY: dict[str, Callable[[], str]] = {
    "links in one paragraph": lambda: "<p>" + "".join(_LINK.format(n) for n in range(8000)) + "</p>",
    "lines of links": lambda: "".join(f"<li>{_LINK.format(n)}</li>" for n in range(8000)),
    "hidden in hidden": lambda: "<div style='display:none'>x slot gacor " * 380 + _LINK * 5,
    "a hidden novel": lambda: f"<div hidden>{('<p>slot gacor ' + 'word ' * 100 + '</p>') * 6000}</div>",
    "rules": lambda: f"<style>{'div p{color:#fff} ' * 5000}</style>" + f"<div><p>{_LINK}</p></div>" * 3000,
    "braces": lambda: f"<style>{'a{' * 140_000}</style>{_LINK}",
    "a style": lambda: f'<p style="transform:{"scale(" * 200_000}">{_LINK}</p>',
    "one word": lambda: f"<p>{'slot gacor ' * 400_000}</p>",
    "addresses": lambda: f"<p>{'https://a.ac.id/ ' * 200_000}</p>",
    "sentences": lambda: f"<p>{'Slot gacor. ' * 100_000}</p>",
}


@contextlib.contextmanager
def untraced() -> Iterator[None]:
    """Run without the tracer of a coverage report, which makes a page cost four times as much."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


@pytest.mark.parametrize("name", COSTLY)
def test_the_search_for_spam_has_a_bounded_cost(name: str) -> None:
    tree = parse(wordpress_page(paragraphs(*STORY) + COSTLY[name]()))
    assert tree is not None
    blocks = source_blocks(tree)
    with untraced():
        started = time.process_time()
        clear(tree, blocks, URL, ["Purging insurgency"])
        assert time.process_time() - started < 20, name  # a worker has twenty seconds for the whole page


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>" + b"<p>" * 1_000_000, "too_complex"),
        (b"<html><body>" + b"<p>word" * 100_000, "too_complex"),
        (b"<html><body>" + b"<a href=x>l</a>" * 500_000, "too_complex"),
        (b"<html><body>" + b"<div>" * 200_000 + b"deep", "too_complex"),
        (b"<html><body>" + b"<div>" * 12_000 + b"deep", "too_complex"),
        (b"<html><body>" + b"<p>" + b"A long sentence of a page that never ends. " * 600_000, "too_complex"),
    ],
    ids=["1M p", "100k p", "500k links", "200k div", "12k div", "24 MB"],
)
def test_a_page_that_is_too_much_is_known_at_once(body: bytes, reason: str) -> None:
    started = time.process_time()
    found = read(body)
    assert isinstance(found, NoArticle)
    assert found.reason == reason
    assert time.process_time() - started < 2
