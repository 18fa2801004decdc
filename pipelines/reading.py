"""The steps between a page's text and its article.

Owns which candidate becomes the body, and what makes a page no article. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.records import Article, Extractor, Removal, Signal
from pipelines.body.choose import keep_story
from pipelines.body.wording import Known
from pipelines.bodytext import Line, compose, lines_of
from pipelines.clean.audit import dropped_by_extractor, removals_of
from pipelines.clean.fields import guard_fields, scrub_fields
from pipelines.clean.injected import Cleared, clear
from pipelines.clean.lines import PageFacts, clean_lines
from pipelines.clean.restore import Restored, put_back
from pipelines.field_values import Fields
from pipelines.headlines import first_headings, page_title
from pipelines.items import NoArticle, Page
from pipelines.language import language_of
from pipelines.links import with_links
from pipelines.metadata import choose, language_tag
from pipelines.page_kind import listing, soft_404, teaser_share, wall
from pipelines.parse import base_url, parse, too_deep
from pipelines.paywall import is_stub
from pipelines.source_blocks import SourceBlock, Sources, key_of, source_blocks
from pipelines.structured import Declared, declared

_LONG = 120
_RUNNING = 100
_MOSTLY_LINKS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How much text a page has, and how much of it is links."""

    n_text: int
    n_link_text: int
    n_long: int
    """Paragraphs of running text."""

    @property
    def link_share(self) -> float:
        """The share of the page's text that is links."""
        return self.n_link_text / max(1, self.n_text)


def shape(blocks: Sequence[SourceBlock]) -> Shape:
    """Measure a page's text; scripts and styles do not count."""
    return Shape(
        n_text=sum(len(block.text) for block in blocks),
        n_link_text=sum(min(block.n_link, len(block.text)) for block in blocks),
        n_long=sum(len(block.text) > _LONG and block.link_share < _MOSTLY_LINKS for block in blocks),
    )


def running_text(lines: Sequence[Line], sources: Sources) -> int:
    """Count the characters of a body's long lines that are no links on the page."""
    long = [line.text for line in lines if len(line.text) > _RUNNING]
    return sum(
        len(text) for text in long if (source := sources.find(text)) is not None and source.link_share < _MOSTLY_LINKS
    )


def titles_of(claims: Declared, fields: Fields, headings: Iterable[str]) -> list[str]:
    """List all that a page calls itself."""
    return [*headings, *(claim.value for claim in claims.of("headline")), fields.values.get("headline", "")]


def stated_by(claims: Declared, fields: Fields, headings: Iterable[str]) -> Known:
    """Give what a page says of itself: its headings and titles, its authors, its descriptions."""
    titles = titles_of(claims, fields, headings)
    authors = [*fields.lists.get("authors", ()), *(claim.value for claim in claims.of("author"))]
    return Known(
        titles=_keys(titles),
        authors=_keys(authors),
        descriptions=tuple(_keys(claim.value for claim in claims.of("description"))),
    )


def _keys(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(key_of, texts)))


def read_article(
    page: Page, text: str, extractor: Extractor, now: datetime, *, spam_stages: bool = True
) -> Article | NoArticle:
    """Read a page's article from its text; without `spam_stages` nothing is taken out as injected."""
    found = _read(page, text, extractor, now, spam_stages=spam_stages)
    if isinstance(found, frozenset):  # rare: what readers see in the middle of the body goes back to its place
        found = _read(page, text, extractor, now, spam_stages=spam_stages, leave=found)
    assert not isinstance(found, frozenset)
    return found


def _read(
    page: Page,
    text: str,
    extractor: Extractor,
    now: datetime,
    *,
    spam_stages: bool,
    leave: frozenset[int] | None = None,
) -> Article | NoArticle | frozenset[int]:
    """Read a page once; gives the suspects that stand in the middle of the body where `leave` was not told of them."""
    tree = parse(text)
    if tree is None:
        return NoArticle(reason="empty")
    if too_deep(tree):
        return NoArticle(reason="too_complex", detail="nested too deeply")
    claims = declared(tree, page.url)
    title, headings = page_title(tree), first_headings(tree)
    blocks = source_blocks(tree)
    measured = shape(blocks)
    if reason := wall(tree, title, page.url, measured.n_text):
        return NoArticle(reason=reason, detail=title[:200] or None)
    cleared, restored = Cleared(), Restored(page.restored)
    if spam_stages:
        stated_titles = [title, *headings, *(claim.value for claim in claims.of("headline"))]
        cleared = clear(tree, blocks, page.url, stated_titles, leave=leave or frozenset(), restored=restored)
    if cleared.changed:
        blocks, headings = source_blocks(tree), first_headings(tree)
        measured = shape(blocks)
    fields = choose(tree, claims, url=page.url, hints=page.hints, now=now)
    sources = Sources(blocks)
    headlines = [title, *headings]
    known = stated_by(claims, fields, headlines)
    facts = PageFacts(titles=known.titles, authors=known.authors, sources=sources)
    base = base_url(tree, page.url)
    story = keep_story(tree, blocks, known, page.url, extractor.options)
    lines, cuts = clean_lines(lines_of(tree, story), facts)
    if leave is None and (middle := cleared.in_the_middle({key_of(line.text) for line in lines})):
        return middle
    lines, cuts = put_back(lines, cuts, sources, restored)
    linked = with_links(lines, base)
    body, marks = compose(linked)
    if soft_404(title, headings, body):
        return NoArticle(reason="soft_404", detail=title[:200] or None)
    running = running_text(lines, sources)
    if listing(page.url, claims, running, measured.link_share, measured.n_long, lambda: teaser_share(linked, page.url)):
        return NoArticle(reason="not_article", detail=f"link share {measured.link_share:.2f}")
    if not any(character.isalnum() for character in body):
        return NoArticle(reason="no_text")
    scrub_fields(fields)
    guarded: tuple[Removal, ...] = ()
    if spam_stages:
        titles = titles_of(claims, fields, headlines)
        guarded = guard_fields(fields, body, titles, claims, page.url, is_hacked=cleared.changed, restored=restored)
    dropped = dropped_by_extractor(lines, cuts, facts)
    stated = language_tag(claims, page.hints)
    language = language_of(body, stated[0] if stated else None)
    signals = dict(fields.signals)
    if language:
        origin = stated[1] if stated and language[1] == "tag" else language[1]
        signals["language"] = Signal(origin=origin, confidence=language[2])
    article_type = _article_type(claims, signals)
    paywall = _paywall(claims, blocks, body, signals)
    return Article(
        url=page.url,
        canonical_url=fields.values.get("canonical_url"),
        headline=fields.values.get("headline"),
        description=fields.values.get("description"),
        authors=fields.lists.get("authors", ()),
        published=fields.values.get("published"),
        modified=fields.values.get("modified"),
        section=fields.values.get("section"),
        keywords=fields.lists.get("keywords", ()),
        language=language[0] if language else None,
        image=fields.values.get("image"),
        article_type=article_type,
        paywall=paywall,
        body=body,
        marks=marks,
        signals=signals,
        removals=(*guarded, *cleared.removals(key_of(body)), *removals_of(cuts, facts), *dropped),
        extractor=extractor,
    )


def _article_type(claims: Declared, signals: dict[str, Signal]) -> str | None:
    if claims.article_type:
        signals["article_type"] = Signal(origin=claims.article_type_origin, confidence=0.9)
        return claims.article_type
    if any(each.value.lower() == "article" for each in claims.of("type")):
        signals["article_type"] = Signal(origin="opengraph", confidence=0.6)
        return "Article"
    return None


def _paywall(claims: Declared, blocks: Sequence[SourceBlock], body: str, signals: dict[str, Signal]) -> bool | None:
    if claims.paywall is not None:
        signals["paywall"] = Signal(origin="json-ld", confidence=0.9)
    elif is_stub(blocks, body):
        signals["paywall"] = Signal(origin="text", confidence=0.6)
        return True
    return claims.paywall
