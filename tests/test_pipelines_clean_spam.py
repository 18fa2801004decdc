from datetime import UTC, datetime
from html import escape

import pytest
from articles import SPAM_URLS, STORY, URL, article, paragraphs, wordpress_page

from archive.records import Article
from pipelines.decode import decode
from pipelines.extract import current_extractor
from pipelines.items import Page
from pipelines.reading import read_article

BODY = "\n\n".join(STORY)
ANCHORS = " ".join(f'<a href="{url}">slot gacor</a>' for url in SPAM_URLS)
BARE = " ".join(SPAM_URLS)
HIDING = {
    "display none": 'style="display:none"',
    "upper case": 'style="DISPLAY : NONE"',
    "important": 'style="color:red;display:none!important"',
    "visibility": 'style="visibility:hidden"',
    "hidden attribute": "hidden",
    "aria-hidden": 'aria-hidden="true"',
    "left": 'style="position:absolute;left:-9999px"',
    "top": 'style="position: absolute; top: -9990px;"',
    "right in em": 'style="position:fixed;right:-999em"',
    "margin": 'style="margin-left:-5000px"',
    "text-indent": 'style="text-indent:-9999px"',
    "font 0": 'style="font-size:0"',
    "font 1px": 'style="font-size:1px"',
    "opacity": 'style="opacity:0"',
    "opacity 0.01": 'style="opacity:0.01;"',
    "z-index": 'style="position:absolute;z-index:-1"',
    "white on white": 'style="color:#fff;background:#ffffff"',
    "transparent": 'style="color: transparent"',
    "clip": 'style="position:absolute;clip:rect(0,0,0,0)"',
    "clip-path": 'style="clip-path:inset(100%)"',
    "scale": 'style="transform:scale(0)"',
    "translate": 'style="transform: translateX(-9999px)"',
    "no height": 'style="height:0;overflow:hidden"',
    "class": 'class="xk2"',
}
STYLE = "<style>/* theme */ .xk2{position:absolute;left:-9999px} p{margin:0}</style>"


@pytest.mark.parametrize("known", [True, False], ids=["known classes", "unknown classes"])
@pytest.mark.parametrize(
    "excerpt",
    [
        BARE,
        ANCHORS,
        f'<span style="display:none">{ANCHORS}</span>',
        f'<div style="left:-9999px">{BARE}</div>',
    ],
    ids=["bare", "anchors", "hidden anchors", "hidden bare"],
)
@pytest.mark.parametrize("profile", ["full", "fast"])
def test_the_seed_page_gives_the_story_and_nothing_else(excerpt: str, known: bool, profile: str) -> None:
    found = article(wordpress_page(known=known, excerpt=excerpt), profile=profile)
    assert found.body == BODY
    removed = {removal.text: removal for removal in found.removals}
    assert removed["About admin"].reason == "author"
    assert removed["Check Also"].reason == "related"
    assert any(text.startswith("Retirees in Kabul Rally Again") for text in removed)
    urls = {url for removal in found.removals if "spam" in removal.reason for url in removal.urls}
    assert urls >= set(SPAM_URLS)
    assert all(
        removal.rule.endswith("@1") and removal.stage in {"dom", "text", "extractor"} for removal in found.removals
    )


@pytest.mark.parametrize("tag", ["p", "span", "div"])
@pytest.mark.parametrize("hiding", HIDING, ids=list(HIDING))
def test_hidden_links_leave_no_trace_but_an_audit_row(hiding: str, tag: str) -> None:
    block = f"<{tag} {HIDING[hiding]}>{ANCHORS}</{tag}>"
    lines = [f"<p>{escape(text)}</p>" for text in STORY]
    found = article(wordpress_page("\n".join([*lines[:2], block, *lines[2:]]), head=STYLE), profile="fast")
    assert found.body == BODY
    assert [removal.reason for removal in found.removals if removal.stage == "dom"] == ["hidden-spam"]


@pytest.mark.parametrize("element", ["template", "noscript"])
def test_links_in_elements_that_are_never_shown_go(element: str) -> None:
    found = article(wordpress_page(paragraphs(*STORY) + f"<{element}><p>{ANCHORS}</p></{element}>"))
    assert found.body == BODY
    assert any(removal.reason == "hidden-spam" for removal in found.removals)


@pytest.mark.parametrize(
    "tail",
    [
        f" {BARE}</p>",
        f"</p><p>{BARE}</p>",
        f"</p>{BARE}",
        f"</p><p>{ANCHORS}</p>",
        f" {ANCHORS}</p>",
        f"</p><ul><li>{'</li><li>'.join(SPAM_URLS)}</li></ul>",
        "</p><p>slot gacor, situs judi, agen slot, togel online, slot88 gacor hari ini</p>",
        "</p><h2>Situs slot gacor</h2><p>slot gacor maxwin slot online togel judi bola</p>",
        '</p><p><a href="http://a-slot.example">casino online</a> <a href="http://b-judi.example">poker online</a></p>',
        '</p><p><a href="http://x.example">Louis Vuitton outlet</a>, <a href="http://y.example">louis vuitton pas cher</a></p>',
        '</p><p><a href="http://x.example">สล็อตเว็บตรง</a> <a href="http://y.example">บาคาร่า</a></p>',
    ],
    ids=[
        "last p",
        "own p",
        "text node",
        "anchors",
        "anchors in last p",
        "list",
        "stuffed",
        "stuffed h2",
        "casino",
        "replica",
        "thai",
    ],
)
def test_a_spam_tail_is_cut_and_the_story_is_whole(tail: str) -> None:
    body = paragraphs(*STORY).rstrip().removesuffix("</p>") + tail
    found = article(wordpress_page(body))
    assert found.body == BODY
    assert [removal for removal in found.removals if removal.reason == "spam"]


def test_one_sentence_with_a_spam_tail_keeps_its_sentence() -> None:
    sentence = "The ministry said on Friday that the border crossing at Torkham was closed until further notice."
    found = article(wordpress_page(f"<p>{sentence}</p><p>{BARE}</p>"))
    assert found.body == sentence


def test_spam_in_the_middle_that_readers_see_is_not_cut() -> None:
    body = (
        paragraphs(*STORY[:2])
        + f"<p>Visit {BARE} now for the agreement’s full text in three languages.</p>"
        + paragraphs(*STORY[2:])
    )
    found = article(wordpress_page(body))
    assert "markas303.or.id" in found.body
    assert STORY[-1] in found.body


FILLER = (
    "The committee met on Tuesday in the old town hall and heard eleven witnesses before the session was adjourned. "
)
GAMBLING = (
    "The regulator fined three operators of online casinos on Monday. The casino online market has doubled in two years. ",
    "Experts on gambling say that slot online advertising reaches minors; poker online and togel are banned in the country. ",
)
NEGATIVES = {
    "gambling": paragraphs(*(text * 2 for text in GAMBLING)),
    "gambling with the operators' addresses": paragraphs(
        GAMBLING[0] * 3, "www.slot88.example www.casino-royal.example"
    ),
    "blocked hosts": paragraphs(FILLER * 3, "The ministry blocked these gambling sites:")
    + "<ul><li>slot-gacor.example</li><li>https://judi-online.example</li><li>https://togel88.example</li></ul>",
    "hacked universities": paragraphs(
        "Hackers put links to slot online gambling on sites under ac.id and sch.id, researchers found. " * 3,
        "Affected: https://markas303.ac.id/ https://markas303.sch.id/",
    ),
    "references": paragraphs(FILLER * 4)
    + "<h2>References</h2><ul><li>https://doi.org/10.1</li><li>https://who.int/r</li></ul>",
    "press release": paragraphs(
        FILLER * 4, "More: https://company.example/press and https://company.example/investors"
    ),
    "bare urls of a release": paragraphs(
        FILLER * 4, "https://www.company.example/press https://www.partner.example/news"
    ),
    "brand with country sites": paragraphs(
        FILLER * 4, "https://www.brand.de https://www.brand.fr https://www.brand.co.uk"
    ),
    "schools": paragraphs(FILLER * 4, "https://www.sman1.sch.id/ https://www.ui.ac.id/"),
    "one ministry's sites": paragraphs(FILLER * 4, "Sources: https://www.bmkg.go.id/ https://data.bmkg.go.id/"),
    "accordion": paragraphs(FILLER * 4) + f'<div class="panel" style="display:none"><p>{FILLER * 2}</p></div>',
    "tabs": paragraphs(FILLER * 4)
    + f'<div role="tabpanel" hidden><p>{FILLER}<a href="http://who.example/">WHO</a></p></div>',
    "paywalled": paragraphs(FILLER * 2) + f'<div class="paywall" style="display:none">{paragraphs(FILLER * 4)}</div>',
    "screen reader": f'<p>{FILLER * 3}<a href="http://other.example/x">report<span style="left:-9999px">'
    "(opens in a new window)</span></a></p>",
    "hidden references": paragraphs(FILLER * 4)
    + '<div style="display:none"><a href="https://doi.org/10.1/2">Smith 2020</a></div>',
    "hidden share menu": paragraphs(FILLER * 4)
    + '<div style="position:absolute;left:-9999px"><a href="https://facebook.com/s">Facebook</a><a href="https://x.com/s">X</a></div>',
    "pharmacy news": paragraphs(
        "The online pharmacy sold generic viagra without prescription, the court heard. " * 4, FILLER
    ),
    "fashion": paragraphs(
        "Louis Vuitton outlet shoppers queued; the court ruled on replica watches and fake Rolex sellers. " * 4
    ),
    "loans": paragraphs(
        "Payday loans are to be capped, the government said; bad credit loans will follow. " * 4, "www.payday.example"
    ),
    "essay mills": paragraphs("An essay writing service such as write my essay is illegal now in England. " * 5),
    "poker champion": paragraphs(
        "She won the poker tournament in Monte Carlo on Sunday. " * 8, "Her site: https://www.poker-champion.example"
    ),
    "a recipe's slots": paragraphs("Put the trays in the oven's lower slots and bake for an hour. " * 8),
    "wire credit": paragraphs(FILLER * 5, "Reporting by Ann Lee in Vienna and Bo Day in Oslo."),
    "links in the text": f'<p>{FILLER}<a href="https://a.example/1">one</a> and <a href="https://b.example/2">two</a> agree.</p>'
    * 4,
    "town list": paragraphs(FILLER * 3) + "<ul><li>Las Vegas</li><li>Macau</li><li>Monte Carlo</li></ul>",
    "japanese": paragraphs(
        "オンラインカジノの利用者が増えていると警察庁が発表した。違法であることを知らない人も多い。" * 6
    ),
}


def _read(html: str, *, spam_stages: bool) -> Article:
    page = Page(url=URL, body=html.encode(), content_type=None)
    found = read_article(
        page,
        decode(page.body, None),
        current_extractor("full"),
        datetime(2024, 6, 1, tzinfo=UTC),
        spam_stages=spam_stages,
    )
    assert isinstance(found, Article)
    return found


@pytest.mark.parametrize("body", NEGATIVES.values(), ids=list(NEGATIVES))
def test_legitimate_articles_come_out_the_same_with_and_without_the_spam_stages(body: str) -> None:
    html = wordpress_page(body, headline="What the committee heard on Tuesday")
    found = _read(html, spam_stages=True)
    assert found.body == _read(html, spam_stages=False).body
    assert [removal for removal in found.removals if "spam" in removal.reason] == []
