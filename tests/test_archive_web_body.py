import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from archive.records import Article, Extractor, Mark, Removal
from archive.web.body import parts, places
from archive.web.page_text import html_text

KINDS = ("h2", "h4", "h6", "li", "oli", "row", "code", "quote", "caption", "link", "em", "strong")


def article(body: str, *, marks: tuple[Mark, ...] = (), removals: tuple[Removal, ...] = ()) -> Article:
    extractor = Extractor(name="test", version="1", options="", rules="1")
    return Article(
        url="https://a.example/", canonical_url=None, headline="A", description=None, authors=(), published=None,
        modified=None, section=None, keywords=(), language=None, image=None, article_type=None, paywall=None, body=body,
        marks=marks, signals={}, removals=removals, extractor=extractor,
    )  # fmt: skip


def removal(text: str, *, stage: str = "dom", position: int = 0, reason: str = "spam") -> Removal:
    return Removal(stage=stage, reason=reason, rule="test@1", position=position, text=text, urls=())


def told(found: Article, **options: object) -> str:
    html = "\n".join(str(part.html) for part in parts(found, **options))  # type: ignore[arg-type]
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r'<span class="unseen">U\+(\w+)</span>', _character, html)))


def _character(found: re.Match[str]) -> str:
    return f"&#x{found[1]};" if int(found[1], 16) > 0x9F else " "


@st.composite
def marked_bodies(draw: st.DrawFn) -> tuple[str, tuple[Mark, ...], list[tuple[int, int]]]:
    text = draw(st.text("ab <>&\"'\n|\u202e\u0001ا日", max_size=80))
    spot = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(spot, spot, st.sampled_from(KINDS)), max_size=6))
    marks = tuple(
        Mark(kind=kind, start=min(a, b), end=max(a, b), target="https://b.example/" if kind == "link" else None)
        for a, b, kind in spans
    )
    hits = sorted({(min(a, b), max(a, b)) for a, b in draw(st.lists(st.tuples(spot, spot), max_size=3)) if a != b})
    apart = [span for n, span in enumerate(hits) if n == 0 or span[0] >= hits[n - 1][1]]
    return text, marks, apart[:1]


@given(marked_bodies(), st.dictionaries(st.integers(0, 5), st.just([removal("cut")]), max_size=3))
def test_no_letter_of_a_body_is_lost_or_doubled(
    found: tuple[str, tuple[Mark, ...], list[tuple[int, int]]], cut: dict[int, list[Removal]]
) -> None:
    text, marks, hits = found
    shown = told(article(text, marks=marks), marks=hits, removals=cut)
    # a table's bars become cells
    for character in "ab<>&\"'ا日":
        assert shown.count(character) == text.count(character), (character, shown)


def test_headings_never_skip_a_level() -> None:
    body = "Deep\n\nText\n\nDeeper\n\nText"
    marks = (Mark(kind="h5", start=0, end=4, target=None), Mark(kind="h6", start=12, end=18, target=None))
    (part,) = parts(article(body, marks=marks))
    assert re.findall(r"<(h\d)", part.html) == ["h2", "h3"]


def test_lines_that_were_cut_stand_between_those_that_were_kept() -> None:
    cut = tuple(removal(f"Cut {n}", stage="text", position=position) for n, position in enumerate((0, 2, 3, 5)))
    placed, lost = places(article("One\n\nTwo\n\nThree", removals=cut), None)
    assert {at: [one.text for one in found] for at, found in placed.items()} == {
        0: ["Cut 0"], 1: ["Cut 1", "Cut 2"], 2: ["Cut 3"],
    }  # fmt: skip
    assert lost == []


def test_neighbours_that_were_cut_for_one_reason_are_one() -> None:
    cut = [removal("a"), removal("b"), removal("c", reason="related"), removal("d")]
    (first, *_) = parts(article("Text"), removals={0: cut})
    assert [[one.text for one in group.removals] for group in first.removed] == [["a", "b"], ["c"], ["d"]]
    assert [group.injected for group in first.removed] == [True, False, True]


def test_the_text_of_a_page_has_its_hidden_parts_and_no_scripts() -> None:
    page = "<body><script>x()</script><p>Ein <b>Wört</b></p><div hidden>slot</div><style>p{}</style></body>"
    text = html_text(page.encode("latin-1"), "latin-1")
    assert text is not None
    assert text.split() == ["Ein", "Wörtslot"]
    assert html_text(page.encode(), "no-such-charset") is not None
    assert html_text(b"", None) is None
