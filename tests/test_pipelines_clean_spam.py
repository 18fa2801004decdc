"""Injected spam, hidden or seen: what is cut, what is flagged, what stays. The ids (S01 …) are those of the list of hostile cases."""

import re
from html import escape

import pytest
from articles import SPAM_URLS, STORY, article, paragraphs, wordpress_page

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
def test_s01_s02_the_seed_page_gives_the_story_and_nothing_else(excerpt: str, known: bool, profile: str) -> None:
    found = article(wordpress_page(known=known, excerpt=excerpt), profile=profile)
    assert found.body == BODY
    removed = {removal.text: removal for removal in found.removals}
    assert removed["About admin"].reason == "author"
    assert removed["Check Also"].reason == "related"
    assert any(text.startswith("Retirees in Kabul Rally Again") for text in removed)
    urls = {url for removal in found.removals if "spam" in removal.reason for url in removal.urls}
    assert urls >= set(SPAM_URLS)
    assert all(
        re.search(r"@\d+$", removal.rule) and removal.stage in {"dom", "text", "extractor"}
        for removal in found.removals
    )


@pytest.mark.parametrize("tag", ["p", "span", "div"])
@pytest.mark.parametrize("hiding", HIDING, ids=list(HIDING))
def test_s05_hidden_links_leave_no_trace_but_an_audit_row(hiding: str, tag: str) -> None:
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
def test_s03_s07_a_spam_tail_is_cut_and_the_story_is_whole(tail: str) -> None:
    body = paragraphs(*STORY).rstrip().removesuffix("</p>") + tail
    found = article(wordpress_page(body))
    assert found.body == BODY
    assert [removal for removal in found.removals if removal.reason == "spam"]


def test_s09_one_sentence_with_a_spam_tail_keeps_its_sentence() -> None:
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


def test_what_is_flagged_stays_in_the_body_and_has_a_row() -> None:
    spam = f"<p>{ANCHORS}</p>"
    lines = [f"<p>{escape(text)}</p>" for text in STORY]
    found = article(wordpress_page("\n".join([*lines[:2], spam, *lines[2:]])))
    assert "slot gacor slot gacor slot gacor" in found.body
    [row] = [removal for removal in found.removals if "spam" in removal.reason]
    assert (row.stage, row.rule) == ("flag", "middle+host-family@3")
    assert set(row.urls) == set(SPAM_URLS)


def test_a_teaser_that_was_kept_below_the_body_is_not_its_end() -> None:
    spam = f"<p>{ANCHORS}</p>"
    html = (
        wordpress_page(paragraphs(*STORY) + spam)
        .replace("<h3>Check Also</h3>", "")
        .replace('<h2><a href="/retirees-rally">', "<h2>")
    )
    found = article(html)
    assert "slot gacor" not in found.body
    assert STORY[-1] in found.body


def test_neighbouring_hidden_blocks_make_one_row() -> None:
    hidden = "".join(
        f'<p style="left:-9999px;position:absolute"><a href="{url}">slot gacor</a></p>' for url in SPAM_URLS
    )
    found = article(wordpress_page(hidden + paragraphs(*STORY)))
    assert found.body == BODY
    [row] = [removal for removal in found.removals if "spam" in removal.reason]
    assert set(row.urls) == set(SPAM_URLS)


def test_links_hidden_from_sight_need_no_words() -> None:
    links = (
        '<a href="http://garden-chairs.example/">garden chairs</a> <a href="http://blue-kettles.example/">kettles</a>'
    )
    found = article(wordpress_page(f'{paragraphs(*STORY)}<div style="position:absolute;top:-9000px">{links}</div>'))
    assert found.body == BODY
    assert [removal.rule for removal in found.removals if "spam" in removal.reason] == [
        "hidden-off-screen+foreign-links@3"
    ]


HACKED_HEADLINE = (
    '<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle",'
    '"headline":"Slot gacor maxwin hari ini, situs judi online terpercaya"}</script>'
)


@pytest.mark.parametrize(
    ("head", "field", "expected"),
    [
        (HACKED_HEADLINE, "headline", "Purging insurgency; Ready to work with US in Afghanistan: Putin"),
        ('<meta property="og:description" content="Moscow is ready to work with Washington. Slot gacor maxwin https://slot-gacor-7.example/ togel">',
         "description", "Moscow is ready to work with Washington."),
        ('<meta property="og:description" content="Daftar situs slot gacor terpercaya, judi bola dan togel online bonus new member">',
         "description", None),
        ('<meta name="keywords" content="putin, slot gacor, situs judi online, kabul">', "keywords", ("putin", "kabul")),
        ('<meta name="author" content="Situs Slot Gacor">', "authors", ()),
        ('<meta property="article:section" content="SLOT GACOR">', "section", None),
    ],
    ids=["headline", "description tail", "description", "keywords", "author", "section"],
)  # fmt: skip
def test_injected_fields_are_emptied_or_trimmed(head: str, field: str, expected: object) -> None:
    found = article(wordpress_page(head=head))
    assert getattr(found, field) == expected
    [row] = [removal for removal in found.removals if "spam" in removal.reason]
    assert (row.stage, row.reason) == ("field", "field-spam")
    assert row.rule.startswith(f"{field}+lexicon-gambling@")


def test_a_canonical_url_at_a_sellers_host_is_told_and_stays_what_the_page_claims() -> None:
    found = article(wordpress_page(head='<link rel="canonical" href="https://www.markas303.ac.id/">'))
    assert found.canonical_url == "https://www.markas303.ac.id/"
    [row] = [removal for removal in found.removals if "spam" in removal.reason]
    assert (row.stage, row.text, row.urls) == (
        "flag",
        "https://www.markas303.ac.id/",
        ("https://www.markas303.ac.id/",),
    )
    elsewhere = "https://wire.example/the-report.html"
    found = article(wordpress_page(head=f'<link rel="canonical" href="{elsewhere}">'))
    assert (found.canonical_url, [removal for removal in found.removals if "spam" in removal.reason]) == (elsewhere, [])


def test_a_breadcrumb_of_spam_is_no_section() -> None:
    crumbs = (
        '<script type="application/ld+json">{"@context":"https://schema.org","@type":"BreadcrumbList","itemListElement":['
        '{"@type":"ListItem","position":1,"name":"Home"},{"@type":"ListItem","position":2,"name":"SLOT GACOR"},'
        '{"@type":"ListItem","position":3,"name":"Purging insurgency"}]}</script>'
    )
    found = article(wordpress_page(head=crumbs))
    assert found.section is None


@pytest.mark.parametrize(
    "words",
    [
        "онлайн казино, ігрові автомати на гроші, бездепозитний бонус, ігрові автомати онлайн",
        "online καζίνο, φρουτάκια δωρεάν, δωρεάν περιστροφές, φρουτάκια online",
        "online kaszinó, nyerőgépek ingyen, befizetés nélküli bónusz, ingyen pörgetés",
        "קזינו אונליין, מכונות מזל חינם, בונוס ללא הפקדה, הימורים אונליין",
        "cazino online, păcănele gratis, rotiri gratuite, bonus fără depunere",
        "casino utan svensk licens, betting utan spelpaus, casino utan konto",
        "online kazino, besplatni slotovi, bonus bez depozita, besplatni spinovi",
    ],
)
def test_what_sellers_write_in_smaller_languages_is_cut_at_the_end_where_it_links_elsewhere(words: str) -> None:
    links = " ".join(f'<a href="http://h{at}.example/">{word}</a>' for at, word in enumerate(words.split(", ")))
    found = article(wordpress_page(paragraphs(*STORY) + f"<p>{links}</p>"), profile="fast")
    assert found.body == BODY
    assert "spam" in {removal.reason for removal in found.removals}
