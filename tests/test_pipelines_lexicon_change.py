"""A changed spam lexicon: what is said to be untouched by it comes out the same, and nothing else is read again."""

import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from articles import URL, paragraphs, wordpress_page
from changed_lists import (
    LISTS,
    NOW,
    STORIES,
    Shipped,
    check_only_touched,
    import_stories,
    other_lists,
    read,
    reread,
    story_page,
)
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innocent_pages import INNOCENT
from spam_pages import variants

from archive.articles import add_extraction, find_previous_of
from archive.kept import kept_article
from archive.merge import merge
from archive.store import Store, open_store
from archive.traces import find_trace
from pipelines.clean.trace import Asked, SetsOfItems, is_known, packed, unpacked
from pipelines.parts import join
from pipelines.word_change import WordChange
from pipelines.word_lists import SPAM, as_kept

SHIPPED = LISTS[SPAM]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shipped]:
    with other_lists(tmp_path_factory.mktemp("shipped") / "data") as found:
        yield found


def with_terms(*terms: str, key: str = "terms", trade: str = "gambling", text: str = SHIPPED) -> str:
    """The lexicon with more of a trade's words."""
    words = "".join(f'"{term}", ' for term in terms)
    head, name, rest = text.partition(f"[{trade}]\n")
    before, equals, after = rest.partition(f"{key} = [")
    return head + name + before + equals + words + after


def without_term(term: str, text: str = SHIPPED) -> str:
    assert f'"{term}", ' in text
    return text.replace(f'"{term}", ', "")


def change(before: str, after: str) -> WordChange:
    found = between(before, after)
    assert found is not None
    return found


def between(before: str, after: str) -> WordChange | None:
    return WordChange.between(as_kept({**LISTS, SPAM: before}), as_kept({**LISTS, SPAM: after}))


# that nothing else is touched


def trace_of(html: str) -> bytes:
    found = read(html)
    assert found is not None
    return found.trace


QUIET = wordpress_page()
SPEAKING = wordpress_page(
    paragraphs(
        "The team of the Blue Lagoon played well, and won at last.", "It was a long evening, said the coach." * 3
    )
    + '<p><a href="http://lagoon-palace.example/">more</a></p>'
)
THAI = wordpress_page(paragraphs("นักข่าวรายงานจากกรุงเทพ" * 5, "It was a long evening, said the coach." * 3))


@pytest.mark.parametrize(
    ("after", "touched"),
    [
        (with_terms("blue lagoon"), {"speaking"}),
        (with_terms("Blue LAGOON", key="topics"), {"speaking"}),
        (with_terms("lagoon blue moon"), set()),  # a word of it stands nowhere
        (with_terms("lagoon palace"), {"speaking"}),  # spelled by a host's label
        (with_terms("lagoon-?palace", key="hosts"), {"speaking"}),
        (with_terms("palace$", key="host_topics"), {"speaking"}),
        (with_terms("ข่าวราย"), {"thai"}),
        (with_terms("ข่าวนัก"), set()),
        (with_terms("evening", key="fillers"), set()),  # nothing was weighed in which it stood
        (with_terms("slot gacor"), set()),  # it is there already
        (without_term("dominoqq"), set()),
        (SHIPPED + "\n# a remark\n", set()),
    ],
)
def test_a_page_is_touched_where_it_holds_what_was_added_or_taken_away(after: str, touched: set[str]) -> None:
    pages = {"quiet": QUIET, "speaking": SPEAKING, "thai": THAI}
    found = change(SHIPPED, after)
    assert {name for name, html in pages.items() if found.touches(trace_of(html))} == touched
    back = change(after, SHIPPED)
    assert {name for name, html in pages.items() if back.touches(trace_of(html))} == touched


def test_words_that_tags_and_hidden_elements_cut_are_touched_as_they_are_read() -> None:
    hidden = '<span style="display:none">x</span>'
    cut = wordpress_page(
        paragraphs("It was a long evening, said the coach." * 5) + f"<p>bl<b>ue</b> lag{hidden}oon</p>"
    )
    joined = change(SHIPPED, with_terms("blue", "lag", key="topics"))
    assert joined.touches(trace_of(cut))


def test_what_is_not_known_is_touched() -> None:
    assert change(SHIPPED, SHIPPED).touches(b"")
    assert not change(SHIPPED, SHIPPED).touches(trace_of(QUIET))
    assert between("no lexicon", SHIPPED) is None
    assert between('[gambling]\nterms = ["x"]\n', SHIPPED) is None


def test_pages_that_are_joined_have_the_traces_of_all() -> None:
    first, second = read(QUIET), read(SPEAKING)
    assert first is not None
    assert second is not None
    both = join([first, second])
    assert len(list(unpacked(both.trace))) == 2
    assert change(SHIPPED, with_terms("blue lagoon")).touches(both.trace)
    assert not change(SHIPPED, with_terms("green lagoon")).touches(both.trace)
    assert not is_known(join([first, replace(second, trace=b"")]).trace)


@hypothesis_settings(max_examples=30)
@given(
    st.sets(st.text(min_size=1), max_size=300),
    st.sets(st.text(st.characters(exclude_categories=()), max_size=20)),
    st.sets(st.text(max_size=9)),
)
def test_a_trace_forgets_nothing(items: set[str], names: set[str], shaped: set[str]) -> None:
    (found,) = unpacked(packed(Asked(items, names, shaped)))
    assert (set(found.names), set(found.shaped)) == (names, shaped)
    assert SetsOfItems([items]).any_in(found)
    assert all(SetsOfItems([["not asked"], [item]]).any_in(found) for item in items)


def test_hardly_a_word_seems_to_have_been_asked_that_was_not() -> None:
    (found,) = unpacked(packed(Asked({f"word{at}" for at in range(800)})))
    assert len(found.words) == 800
    assert sum(SetsOfItems([[f"other{at}"]]).any_in(found) for at in range(2000)) < 0.04 * 2000
    assert sum(SetsOfItems([[f"other{at}", f"another{at}"]]).any_in(found) for at in range(2000)) < 0.005 * 2000


# that what is untouched comes out the same

PAGES = [*((html, URL) for html in INNOCENT.values()), *((each.page(), each.url) for each in variants(97))]
TRADES = {name: trade for name, trade in tomllib.loads(SHIPPED).items() if isinstance(trade, dict)}
WORDS = sorted({word for html, _ in PAGES for word in html.split() if word.isalpha()})


@st.composite
def lexicons(draw: st.DrawFn) -> str:
    """The shipped lexicon with terms taken away, and with words of the pages put into it."""
    text = SHIPPED
    for term in draw(
        st.lists(st.sampled_from([term for trade in TRADES.values() for term in trade["terms"]]), max_size=9)
    ):
        text = text.replace(f'"{term}", ', "")
    word = st.sampled_from(WORDS)
    for _ in range(draw(st.integers(0, 3))):
        key = draw(st.sampled_from(["terms", "topics", "fillers", "hosts", "host_topics", "shapes"]))
        added = draw(st.one_of(word, st.tuples(word, word).map(" ".join)))
        text = with_terms(added, key=key, trade=draw(st.sampled_from(sorted(TRADES))), text=text)
    return text


@hypothesis_settings(max_examples=12, deadline=None)
@given(lexicons(), st.data())
def test_what_a_change_does_not_touch_is_read_the_same(shipped: Shipped, text: str, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(PAGES), min_size=4, max_size=4, unique=True))
    shipped.use()
    before = [read(*page) for page in chosen]
    shipped.use({SPAM: text})
    found = change(SHIPPED, text)
    for page, old in zip(chosen, before, strict=True):
        if old is not None and not found.touches(old.trace):
            new = read(*page)
            assert new is not None
            assert replace(new, extractor=old.extractor) == old
            assert new.trace == old.trace, "what it asks is the same, too"


# an archive


HIDDEN = '<div style="position:absolute;left:-9999px"><a href="http://{host}.example/">{words}</a></div>'
INJECTED = {1: ("blue lagoon palace", "bluelagoon"), 3: ("slot x500", "lucky-x500")}
"""By story: what is hidden on its page. One is none of the lexicon's words yet, one is spam to it."""


def page_of(at: int) -> bytes:
    hidden = HIDDEN.format(words=INJECTED[at][0], host=INJECTED[at][1]) if at in INJECTED else ""
    return story_page(at, hidden=hidden)


@pytest.fixture
def imported(shipped: Shipped, tmp_path: Path) -> Path:
    shipped.use()
    return import_stories(tmp_path, map(page_of, range(len(STORIES))))


@pytest.mark.parametrize(
    ("lexicon_after", "touched"),
    [
        (with_terms("blue lagoon palace", "lagoon palace"), ["story-1"]),
        (without_term("slot x500"), ["story-3"]),
        (with_terms("^bluelagoon$", key="hosts"), ["story-1"]),
        (with_terms("nobody writes this"), []),
    ],
)  # fmt: skip
def test_only_touched_articles_are_read_again_and_reading_all_would_give_the_same(
    shipped: Shipped, imported: Path, lexicon_after: str, touched: list[str]
) -> None:
    check_only_touched(shipped, imported, {SPAM: lexicon_after}, touched)


def test_a_change_is_told_from_the_lexicon_that_read_a_text_and_not_from_the_last_one(
    shipped: Shipped, imported: Path
) -> None:
    shipped.use({SPAM: with_terms("nobody writes this")})
    assert reread(imported).n_read == 0
    shipped.use({SPAM: with_terms("nobody writes this", "blue lagoon palace")})
    assert (reread(imported).n_read, reread(imported).n_untouched) == (1, len(STORIES) - 1)
    shipped.use()
    assert (reread(imported).n_read, reread(imported).n_untouched) == (1, 0)


LOST: dict[str, Callable[[sqlite3.Connection], Any]] = {
    "the lexicon": lambda db: db.execute("DELETE FROM lexicons"),
    "the traces": lambda db: db.execute("DELETE FROM traces"),
}


@pytest.mark.parametrize("lost", LOST)
def test_where_something_is_not_known_everything_is_read_again(shipped: Shipped, imported: Path, lost: str) -> None:
    with closing(sqlite3.connect(imported / "archive.db")) as db:
        LOST[lost](db)
        db.commit()
    shipped.use({SPAM: with_terms("nobody writes this")})
    assert reread(imported).n_read == len(STORIES)


def read_by(store: Store, article_id: int, **changes: str) -> int:
    """Give an article another reading of its kept text, by another extractor."""
    assert store.db.conn is not None
    kept = kept_article(store.db.conn, article_id).article
    previous = find_previous_of(store, article_id)
    assert previous is not None
    with store.transaction():
        return add_extraction(
            store, article_id, previous.revision_id, replace(kept, extractor=replace(kept.extractor, **changes)),
            capture_id=previous.capture_id, signature=None, now=NOW,
        )  # fmt: skip


def test_a_trace_goes_with_the_current_reading(shipped: Shipped, imported: Path, tmp_path: Path) -> None:
    with closing(open_store(imported)) as store:
        assert store.db.conn is not None
        ((old, trace),) = store.db.execute("SELECT * FROM traces ORDER BY extraction_id LIMIT 1").fetchall()
        new = read_by(store, 1, template="1-ab")  # a template that cuts something
        assert (find_trace(store.db.conn, new), find_trace(store.db.conn, old)) == (trace, b"")
        read_by(store, 1, version="9")  # another extractor, of which nothing is known
        assert store.db.execute("SELECT count(*) FROM traces").fetchone()[0] == len(STORIES) - 1
    with closing(open_store(tmp_path / "other")) as other:
        merge(other, imported, now=NOW)
    assert reread(tmp_path / "other").n_read == 1, "the one that another extractor has read"
    shipped.use({SPAM: with_terms("nobody writes this")})
    found = reread(tmp_path / "other")
    assert (found.n_read, found.n_untouched) == (0, len(STORIES))
