from collections import Counter
from datetime import UTC, datetime
from functools import cache

import pytest
from articles import URL
from innocent_pages import INNOCENT
from spam_pages import (  # fmt: skip
    ATTRIBUTES,
    BLOCKS,
    HIDDEN_PLACES,
    SHEETS,
    STORIES,
    STYLES,
    TEMPLATES,
    VOCABULARIES,
    WRAPPERS,
    Variant,
    variants,
)

from archive.records import Article
from pipelines.extract import current_extractor, extract
from pipelines.items import NoArticle, Page
from pipelines.reading import read_article

STEP = 13
SAMPLE = tuple(variants(STEP))
HIDINGS = ("visible", *STYLES, *SHEETS, *ATTRIBUTES, *WRAPPERS)
NOW = datetime(2024, 6, 1, tzinfo=UTC)


@cache
def _clean_body(html: str, url: str, profile: str) -> str:
    found = _read(html, url, profile)
    assert isinstance(found, Article), found
    return found.body


def _read(html: str, url: str, profile: str) -> Article | NoArticle:
    return extract(Page(url=url, body=html.encode(), content_type="text/html"), profile=profile, now=NOW)


def _fault(variant: Variant, profile: str) -> str | None:
    """Say what is left of a variant: its body is that of the page before, and one row tells of it."""
    found = _read(variant.page(), variant.url, profile)
    if not isinstance(found, Article):
        return f"{found.reason} {found.detail}"
    rows = [removal for removal in found.removals if "spam" in removal.reason]
    if found.body != _clean_body(variant.clean_page(), variant.url, profile):
        return f"another body, rows {[row.rule for row in rows]}"
    if [row.stage == "flag" for row in rows] != [False]:
        return f"rows {[row.rule for row in rows]}"
    return None


def _faults(chosen: list[Variant], profile: str) -> list[str]:
    return [f"{variant}: {fault}" for variant in chosen if (fault := _fault(variant, profile)) is not None]


def test_the_sample_has_every_value_of_every_dimension() -> None:
    assert {variant.hiding for variant in SAMPLE} == set(HIDINGS)
    assert {variant.form for variant in SAMPLE} == set(BLOCKS)
    assert {variant.place for variant in SAMPLE} == set(HIDDEN_PLACES)
    assert {variant.vocabulary for variant in SAMPLE} == set(VOCABULARIES)
    assert {variant.template for variant in SAMPLE} == set(TEMPLATES)
    assert {variant.language for variant in SAMPLE} == set(STORIES)
    assert len(SAMPLE) > 600


@pytest.mark.parametrize("part", range(8))
def test_injected_spam_leaves_no_trace_but_one_row(part: int) -> None:
    assert _faults(list(SAMPLE[part::8]), "fast") == []


def test_the_extractors_that_vote_see_no_spam_either() -> None:
    assert _faults(list(SAMPLE[::9]), "full") == []


@pytest.mark.long
@pytest.mark.parametrize("profile", ["fast", "full"])
def test_of_all_variants_hardly_one_is_missed(profile: str) -> None:
    every = list(variants(1 if profile == "fast" else 4))
    faults = _faults(every, profile)
    assert len(faults) <= 0.01 * len(every), Counter(fault.rpartition(": ")[2] for fault in faults).most_common(20)


@pytest.mark.parametrize("name", INNOCENT)
def test_s13_innocent_pages_come_out_the_same_with_and_without_the_spam_stages(name: str) -> None:
    page = Page(url=URL, body=INNOCENT[name].encode(), content_type=None)
    for profile in ("fast", "full"):
        with_stages, without = (
            read_article(page, INNOCENT[name], current_extractor(profile), NOW, spam_stages=on) for on in (True, False)
        )
        assert isinstance(with_stages, Article)
        assert [removal.rule for removal in with_stages.removals if "spam" in removal.reason] == []
        assert with_stages == without


def test_there_are_enough_innocent_pages() -> None:
    assert len(INNOCENT) >= 100
