import re
import xml.etree.ElementTree as ET
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pytest
from archives import ArchiveArticle, make_archive
from hypothesis import given
from hypothesis import strategies as st
from test_archive_kept import article

from archive.blocks import blocks
from archive.kept import kept_article
from archive.page import page
from archive.reader import open_reader
from archive.records import Mark
from archive.render import FORMATS, render
from archive.text import cells
from archive.wrap import wrap

TEI = "{http://www.tei-c.org/ns/1.0}"
BODY = (
    "Opening with a link.\n\nPart\n\none\ntwo\n\nfirst\n\nQuoted.\n\nQuoted again.\n\na | b\n\nif x:\n\n  y()\n\nEnd."
)
KINDS = ["link", "em", "strong", "h2", "h3", "li", "oli", "quote", "code", "row", "caption"]


def mark(kind: str, text: str, target: str | None = None) -> Mark:
    start = BODY.index(text)
    return Mark(kind=kind, start=start, end=start + len(text), target=target)


MARKS = (
    mark("link", "link", "https://x.example/?a=1&b=2"),
    mark("strong", "Opening"),
    mark("h2", "Part"),
    mark("li", "one"),
    mark("li", "two"),
    mark("oli", "first"),
    mark("quote", "Quoted.\n\nQuoted again."),
    mark("row", "a | b"),
    mark("code", "if x:\n\n  y()"),
)


def test_marks_cut_a_body_into_blocks() -> None:
    found = [(block.kind, block.text, block.quoted, block.first) for block in blocks(BODY, MARKS)]
    assert found == [
        ("p", "Opening with a link.", False, True),
        ("h2", "Part", False, True),
        ("li", "one", False, True),
        ("li", "two", False, False),
        ("oli", "first", False, True),
        ("p", "Quoted.", True, True),
        ("p", "Quoted again.", True, True),
        ("row", "a | b", False, True),
        ("code", "if x:\n\n  y()", False, True),
        ("p", "End.", False, True),
    ]


@given(
    st.text("ab \n", max_size=40),
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(-3, 45), st.integers(-3, 45)), max_size=8),
)
def test_whatever_the_marks_say_no_text_is_lost(body: str, marks: list[tuple[str, int, int]]) -> None:
    found = blocks(
        body, [Mark(kind=kind, start=start, end=end, target="http://a.example/") for kind, start, end in marks]
    )
    assert "".join(block.text for block in found).replace("\n", "") == body.replace("\n", "")
    made = article(
        body=body, marks=tuple(Mark(kind=k, start=s, end=e, target="http://a.example/") for k, s, e in marks)
    )
    for form in FORMATS:
        render(made, form)
    ET.fromstring(render(made, "xml"))
    ET.fromstring(render(made, "tei"))


def test_markdown_has_front_matter_and_structure() -> None:
    text = render(article(body=BODY, marks=MARKS), "markdown")
    front, body = text.removeprefix("---\n").split("\n---\n", 1)
    assert 'headline: "A headline"' in front.splitlines()
    assert body == (
        "\n# A headline\n\n**Opening** with a [link](<https://x.example/?a=1&b=2>).\n\n## Part\n\n- one\n- two\n\n1. first\n\n"
        "> Quoted.\n>\n> Quoted again.\n\n| a | b |\n| --- | --- |\n\n```\nif x:\n\n  y()\n```\n\nEnd.\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. no list", "1\\. no list"),
        ("- no list", "\\- no list"),
        ("+ no list", "\\+ no list"),
        ("# no heading", "\\# no heading"),
        ("--- no rule", "\\--- no rule"),
        ("> no quote", "\\> no quote"),
        ("a\n===", "a\\\n\\==="),
        ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
        ("*stars* and `code` and [a](b)", "\\*stars\\* and \\`code\\` and \\[a\\](b)"),
        ("snake_case stays, _this_ does not", "snake_case stays, \\_this\\_ does not"),
        ("AT&amp;T and AT&T", "AT\\&amp;T and AT&T"),
        ("50 - 3 = 47", "50 - 3 = 47"),
        ("esc\x1b[31m", "esc\ufffd\\[31m"),
    ],
)
def test_markdown_keeps_text_as_text(text: str, expected: str) -> None:
    assert render(article(body=text, headline=None), "markdown").split("\n---\n\n", 1)[1] == expected + "\n"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style><svg onload=alert(1)>",
    "'-alert(1)-'",
    "{{7*7}}",
    "\x00\x08\x1b]0;owned\x07",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_html_never_lets_a_page_make_markup(text: str) -> None:
    link = Mark(kind="link", start=0, end=4, target="https://a.example/" + text)
    made = article(
        headline=text, body=text + "\n\n" + text, authors=(text,), published=text, language=text, marks=(link,),
        url="https://a.example/" + text,
    )  # fmt: skip
    parser = Tags()
    parser.feed(render(made, "html"))
    assert parser.tags <= {"html", "head", "meta", "title", "style", "body", "article", "h1", "p", "a", "br"}
    assert {name for name, _ in parser.attributes} <= {"dir", "charset", "http-equiv", "content", "name", "rel", "href"}
    assert not re.search("[\x00-\x08\x0b-\x1f]", parser.text)


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
     "//evil.example", "http://[", "", None],
)  # fmt: skip
def test_a_link_only_goes_where_it_can_run_nothing(target: str | None) -> None:
    made = article(body="Click here.", marks=(Mark(kind="link", start=0, end=5, target=target),))
    for form in ("html", "markdown", "xml", "tei"):
        text = render(made, form)
        assert "script:" not in text
        assert "passwd" not in text
        assert "evil.example" not in text
        assert "Click here." in text


def test_html_has_the_structure_of_the_body() -> None:
    text = render(article(body=BODY, marks=MARKS), "html")
    assert '<ul>\n<li dir="auto">one</li>\n<li dir="auto">two</li>\n</ul>\n<ol>' in text
    assert '<blockquote>\n<p dir="auto">Quoted.</p>\n<p dir="auto">Quoted again.</p>\n</blockquote>' in text
    assert 'href="https://x.example/?a=1&amp;b=2">link</a>' in text
    assert "default-src 'none'" in text
    assert '<html lang="en" dir="auto">' in text


@pytest.mark.parametrize("text", HOSTILE)
def test_xml_and_tei_stay_well_formed(text: str) -> None:
    made = article(
        headline=text, body=f"{text}\n\n{text}", authors=(text,), published=text, keywords=(text,), language=text
    )
    assert ET.fromstring(render(made, "xml")).findtext("headline") == re.sub("[\x00-\x08\x0b-\x1f]", "\ufffd", text)
    assert ET.fromstring(render(made, "tei")).tag == f"{TEI}TEI"


def test_tei_puts_what_follows_a_heading_into_its_division() -> None:
    root = ET.fromstring(render(article(body=BODY, marks=MARKS, published="2024-03-05", keywords=("k",)), "tei"))
    division = root.find(f"{TEI}text/{TEI}body/{TEI}div")
    assert division is not None
    assert [child.tag.removeprefix(TEI) for child in division] == ["head", "p", "div"]
    inner = division.find(f"{TEI}div")
    assert inner is not None
    assert [child.tag.removeprefix(TEI) for child in inner] == ["head", "list", "list", "quote", "table", "p", "p"]
    header = root.find(f"{TEI}teiHeader")
    assert header is not None
    assert [child.tag.removeprefix(TEI) for child in header] == ["fileDesc", "encodingDesc", "profileDesc"]
    assert root.find(f".//{TEI}publicationStmt/{TEI}date[@when='2024-03-05']") is not None
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_tei_states_a_date_only_where_its_form_is_one() -> None:
    assert 'when="' not in render(article(published="2024-03-05T10:00"), "tei")
    assert 'when="2024-03-05T10:00:00+04:30"' in render(article(published="2024-03-05T10:00:00+04:30"), "tei")


def test_text_is_the_headline_and_the_body_as_kept() -> None:
    assert render(article(body="One.\n\nTwo."), "text") == "A headline\n\nOne.\n\nTwo.\n"


def shown(tmp_path: Path, made: ArchiveArticle, *, width: int = 80, **more: bool) -> str:
    import click

    with closing(open_reader(make_archive(tmp_path, [made], captures=True))) as db:
        return click.unstyle(page(kept_article(db, 1), width=width, **more))


@pytest.mark.parametrize("width", [20, 40, 80, 300])
@pytest.mark.parametrize(
    "text",
    [
        "plain words " * 40,
        "新華社北京五月一日電，記者從會議上獲悉。" * 10,
        "دا یو ازموینه ده چې متن څنګه ماتیږي " * 10,
        "ภาษาไทยไม่มีช่องว่าง" * 10,
    ],
)
def test_a_page_fits_the_terminal_in_every_script(tmp_path: Path, text: str, width: int) -> None:
    lines = shown(tmp_path, ArchiveArticle(headline=text[:60], body=text), width=width).splitlines()
    assert max(cells(line) for line in lines if "://" not in line) <= min(width, 80)


def test_a_page_obeys_nothing_of_a_hostile_page(tmp_path: Path) -> None:
    bad = "x\x1b[2J\u202e\x9b\ry"
    made = ArchiveArticle(headline=bad, body=bad, authors=(bad,), published=bad, source=bad, removals=((bad, bad),))
    text = shown(tmp_path, made, removals=True, provenance=True)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "\\x1b[2J" in text


def test_a_page_shows_what_was_removed_and_where_it_is_from(tmp_path: Path) -> None:
    made = ArchiveArticle(
        headline="H", body="B", removals=(("spam", "casino now"),), extra={"signals": '{"headline": ["json-ld", 0.9]}'}
    )
    assert "casino" not in shown(tmp_path / "a", made)
    text = shown(tmp_path / "b", made, removals=True, provenance=True)
    assert "Removed\n\n1 spam · text · rule test@1\n  casino now\n" in text
    assert "warc/none.warc.gz" in text
    assert "headline      from json-ld (0.9)" in text


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2024", "2024"),
        ("2024-03-05", "2024-03-05"),
        ("2024-03-05T10:00:59+04:30", "2024-03-05 10:00 +04:30"),
        ("2024-03-05T10:00:00.123Z", "2024-03-05 10:00 UTC"),
        ("2024-03-05T10:00", "2024-03-05 10:00"),
        ("5 March\n2024", "5 March 2024"),
        (None, "undated"),
    ],
)
def test_a_page_states_the_date_as_precisely_as_it_is_known(
    tmp_path: Path, published: str | None, expected: str
) -> None:
    assert shown(tmp_path, ArchiveArticle(body="x", published=published)).splitlines()[1] == f"paper · {expected}"


@given(st.text(max_size=200), st.integers(4, 30))
def test_wrapping_loses_nothing_but_white_space(text: str, width: int) -> None:
    lines = list(wrap(text, width))
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapping_keeps_a_url_whole() -> None:
    url = "https://a.example/" + "long/" * 20
    assert url in list(wrap(f"see {url} there", 20))


def test_wrapping_begins_no_line_with_cjk_punctuation() -> None:
    assert all(line[0] not in "，。" for line in wrap("新華社北京電，記者獲悉。" * 8, 12))
