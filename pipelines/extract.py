"""From a page's bytes to its article: decode, read what it declares, find the body, clean it, choose the fields.

Owns the order of these steps and the extractor's identity. It never raises: what cannot be read is a NoArticle with
its reason. Costly imports wait for the first page.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib import metadata, resources

from archive.records import Article, Extractor
from pipelines.decode import decode, not_html
from pipelines.items import NoArticle, Page
from pipelines.word_lists import all_shipped, digest

log = logging.getLogger(__name__)

VERSION = "2"
RULES = "2"
MOST_TEXT = 1_000_000
"""Characters of a page's text, what was cut from it included: a newspaper's longest have a tenth, and the crawler holds it."""
_JUDGE = "body_judge.json"


@cache
def current_extractor(profile: str = "full") -> Extractor:
    """Give the identity of the extractor: its version and trafilatura's, the profile, the rules, the judge and the word lists."""
    judge = resources.files("presskeep_data").joinpath(_JUDGE).read_bytes()
    return Extractor(
        name="presskeep",
        version=f"{VERSION}+trafilatura-{metadata.version('trafilatura')}",
        options=profile,
        rules=f"{RULES}-{digest(judge)}-{digest(all_shipped().encode())}",
    )


def word_lists_of(extractor: Extractor) -> tuple[str, Extractor]:
    """Give the version of the word lists that an extractor read with, and the extractor apart from them and from templates."""
    rules, plus, restored = extractor.rules.partition("+")
    *others, lists = rules.split("-")
    return lists, replace(extractor, rules="-".join(others) + plus + restored, template="")


def extractor_of(profile: str, restored: Sequence[str]) -> Extractor:
    """Give the extractor's identity for a page of a source in which some blocks were put back."""
    extractor = current_extractor(profile)
    if not restored:
        return extractor
    texts = "\0".join(sorted(restored)).encode("utf-8", "replace")
    return replace(extractor, rules=f"{extractor.rules}+restored-{digest(texts)}")


def no_article(page: Page) -> NoArticle | None:
    """Say of a page's bytes, before anything is parsed, why there is no article in them; None where there may be one."""
    from pipelines.parse import too_complex

    if not page.body.strip(b"\x00 \t\r\n"):
        return NoArticle(reason="empty")
    if kind := not_html(page.body, page.content_type):
        return NoArticle(reason="not_html", detail=kind)
    if too_much := too_complex(page.body):
        return NoArticle(reason="too_complex", detail=too_much)
    return None


def extract(page: Page, *, profile: str = "full", now: datetime | None = None) -> Article | NoArticle:
    """Extract a page's article. `profile` is full or fast; dates after `now` are refused."""
    if (refused := no_article(page)) is not None:
        return refused
    try:
        from pipelines.clean.trace import listening, packed
        from pipelines.reading import read_article

        with listening() as asked:
            found = read_article(
                page,
                decode(page.body, page.content_type),
                extractor_of(profile, page.restored),
                now or datetime.now(UTC),
            )
        if not isinstance(found, Article):
            return found
        if (n := _n_characters(found)) > MOST_TEXT:
            return NoArticle(reason="too_complex", detail=f"a text of {n} characters")
        return replace(found, trace=packed(asked))
    except RecursionError:
        return NoArticle(reason="too_complex", detail="nested too deeply")
    except MemoryError:
        return NoArticle(reason="too_complex", detail="extraction took more memory than a page may")
    except Exception as error:  # noqa: BLE001 - one page's failure is recorded, and the crawl goes on
        log.warning("extraction failed url=%s error=%r", page.url, error)
        return NoArticle(reason="extractor_error", detail=f"{type(error).__name__}: {error}"[:300])


def _n_characters(article: Article) -> int:
    return len(article.body) + sum(len(removal.text) for removal in article.removals)
