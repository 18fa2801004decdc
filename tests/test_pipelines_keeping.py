"""From pages to rows: what counts as new, revised, unchanged, a duplicate, gone; on a real archive."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.articles import find_previous
from archive.fingerprint import signature
from archive.health import note_run
from archive.links import add_link
from archive.records import (
    Article,
    Capture,
    Extractor,
    Feed,
    FeedKind,
    FoundFeed,
    FoundIn,
    FoundLink,
    Hints,
    Link,
    Removal,
    Signal,
)
from archive.store import Store, open_store
from archive.times import iso
from archive.url_key import url_key
from pipelines.items import Failure, FeedItem, NoArticle, PageItem
from pipelines.keeping import Keeper, Rhythm
from pipelines.keeping_feeds import MAX_DEPTH, MAX_FEEDS, MAX_INDEXED
from pipelines.keeping_feeds import keep_feed as run_keep_feed
from pipelines.sample import facts_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EXTRACTOR = Extractor(name="presskeep", version="1", options="full", rules="1")
BODY = "\n\n".join(
    f"Paragraph {n} of the harbour story tells how the {n} boats came home before the storm broke over the mole."
    for n in range(1, 9)
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def keeper(store: Store) -> Keeper:
    with store.transaction():
        run_id = store.start_run(command="crawl", options={}, now=NOW)
        for name in ("Courier", "Herald"):
            store.save_source(name=name, url=f"http://{name}.example/", language=None, tags=(), enabled=True, now=NOW)
    later = Rhythm(
        keeps_schedule=False,
        link_due_at=lambda *_: NOW + timedelta(hours=1),
        feed_due_at=lambda *_: NOW + timedelta(hours=1),
    )
    return Keeper(store=store, run_id=run_id, rhythm=later)


def article(url: str, **changes: object) -> Article:
    plain = Article(
        url=url,
        canonical_url=None,
        headline="Boats come home",
        description="A storm.",
        authors=("Ada Byron",),
        published="2026-11-22T10:00:00+01:00",
        modified=None,
        section=None,
        keywords=("harbour",),
        language="en",
        image=None,
        article_type="NewsArticle",
        paywall=None,
        body=BODY,
        marks=(),
        signals={"headline": Signal(origin="h1", confidence=0.9)},
        removals=(
            Removal(
                stage="dom",
                reason="hidden_links",
                rule="hidden@1",
                position=0,
                text="slot",
                urls=("http://s.example/",),
            ),
        ),
        extractor=EXTRACTOR,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def keep(
    keeper: Keeper,
    url: str,
    extraction: Article | NoArticle | None = None,
    *,
    source_id: int | None = 1,
    at: datetime = NOW,
    **slots: object,
) -> tuple[str, int | None]:
    row = keeper.store.one("SELECT id, article_id, etag, n_tries FROM links WHERE url = ?", (url,))
    link = Link(
        id=row["id"] if row else None, url=url, url_key=url_key(url), source_id=source_id, found_in=FoundIn.FEED,
        discovered_at=at, article_id=row["article_id"] if row else None,
        etag=row["etag"] if row else None, n_tries=row["n_tries"] if row else 0,
    )  # fmt: skip
    item = PageItem(link=link, asked_at=at, extraction=extraction, **slots)  # type: ignore[arg-type]
    if isinstance(extraction, Article):
        item.signature = signature(extraction.body)
        item.final_url = item.final_url or extraction.url
    with keeper.store.transaction():
        return keeper.keep_page(item, at)


def outcome(store: Store, url: str) -> str | None:
    row = store.one("SELECT outcome FROM links WHERE url = ?", (url,))
    return row["outcome"] if row else "no row"


def count(store: Store, table: str) -> int:
    row = store.one(f"SELECT count(*) FROM {table}")
    assert row is not None
    return int(row[0])


URL = "http://courier.example/news/boats"


def test_a_first_seen_article_is_new_with_one_revision_and_its_removals(keeper: Keeper, store: Store) -> None:
    word, article_id = keep(keeper, URL, article(URL))
    assert word == "new"
    row = store.one("SELECT * FROM current_articles WHERE id = ?", (article_id,))
    assert row is not None
    assert (row["headline"], row["revision"], row["body"], row["published_day"]) == (
        "Boats come home",
        1,
        BODY,
        "2026-11-22",
    )
    assert count(store, "removals") == 1
    assert store.one("SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'boats'") is not None
    assert outcome(store, URL) == "new"


def test_an_unchanged_page_makes_nothing(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    later = NOW + timedelta(days=1)
    assert keep(keeper, URL, article(URL), at=later)[0] == "unchanged"
    assert (count(store, "revisions"), count(store, "extractions"), count(store, "removals")) == (1, 1, 1)
    row = store.one("SELECT checked_at FROM articles")
    assert row is not None
    assert row[0] == iso(later)


@pytest.mark.parametrize(
    "change", [{"headline": "Boats come home late"}, {"body": BODY + "\n\nCorrection: nine boats."}]
)
def test_an_edited_headline_or_body_makes_a_revision(keeper: Keeper, store: Store, change: dict[str, str]) -> None:
    _, article_id = keep(keeper, URL, article(URL))
    assert keep(keeper, URL, article(URL, **change)) == ("revised", article_id)
    assert keep(keeper, URL, article(URL)) == ("revised", article_id), "a return to an earlier text is a new revision"
    assert [tuple(row) for row in store.db.execute("SELECT number FROM revisions ORDER BY id")] == [(1,), (2,), (3,)]


def test_search_finds_the_latest_text_alone(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    keep(keeper, URL, article(URL, headline="Zeppelins come home"))
    assert store.one("SELECT 1 FROM articles_fts WHERE articles_fts MATCH 'headline : boats'") is None
    assert store.one("SELECT 1 FROM articles_fts WHERE articles_fts MATCH 'headline : zeppelins'") is not None
    store.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


NEXT = replace(EXTRACTOR, version="2")


def test_another_extractor_makes_an_extraction_and_never_a_revision(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    reading = article(URL, body=BODY + "\n\nA line that the old extractor lost.", extractor=NEXT)
    assert keep(keeper, URL, reading, previous=reading)[0] == "unchanged"
    assert (count(store, "revisions"), count(store, "extractions")) == (1, 2)
    previous = find_previous(store, url_key(URL))
    assert previous is not None
    assert previous.extractor == NEXT


def test_an_edit_seen_across_an_upgrade_is_compared_like_with_like(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    old_now = article(URL, body=BODY + " More.", extractor=NEXT)
    edited = article(URL, body=BODY + " More. And an edit.", extractor=NEXT)
    assert keep(keeper, URL, edited, previous=old_now)[0] == "revised"
    rows = store.db.execute(
        "SELECT r.number, e.version, e.body FROM revisions r JOIN extractions e ON e.id = r.extraction_id ORDER BY 1"
    ).fetchall()
    assert [(row["number"], row["version"], row["body"][len(BODY) :]) for row in rows] == [
        (1, "2", " More."),
        (2, "2", " More. And an edit."),
    ]


def test_where_the_old_page_is_not_kept_no_revision_is_claimed(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    assert keep(keeper, URL, article(URL, body="Another text.", extractor=NEXT))[0] == "unchanged"
    assert (count(store, "revisions"), count(store, "extractions")) == (1, 2)


def test_one_text_under_two_urls_of_a_source_is_one_article(keeper: Keeper, store: Store) -> None:
    _, article_id = keep(keeper, URL, article(URL))
    twin = "http://courier.example/sport/boats-17"
    assert keep(keeper, twin, article(twin)) == ("duplicate", article_id)
    assert count(store, "articles") == 1


def test_a_wire_story_of_another_source_is_kept_and_names_the_first(keeper: Keeper, store: Store) -> None:
    _, first = keep(keeper, URL, article(URL))
    theirs = "http://herald.example/world/boats"
    word, second = keep(keeper, theirs, article(theirs, headline="Boats return"), source_id=2)
    assert word == "new"
    row = store.one(
        "SELECT duplicate_of, cluster_id FROM articles JOIN near_duplicates ON article_id = id WHERE id = ?", (second,)
    )
    assert row is not None
    assert tuple(row) == (first, first)


def test_near_duplicates_share_a_cluster_and_others_do_not(keeper: Keeper, store: Store) -> None:
    other = "\n\n".join(
        f"Budget line {n} of the council grew by {n * 7} crowns, said the treasurer on day {n}." for n in range(9)
    )
    keep(keeper, URL, article(URL))
    keep(keeper, URL + "2", article(URL + "2", body=BODY.replace("Paragraph 4", "Part 4") + "\n\n(Agency)"))
    keep(keeper, URL + "3", article(URL + "3", body=other))
    clusters = [row[0] for row in store.db.execute("SELECT cluster_id FROM near_duplicates ORDER BY article_id")]
    assert clusters == [1, 1, 3]
    keep(keeper, URL, article(URL, body=other + " Edited."))
    clusters = [row[0] for row in store.db.execute("SELECT cluster_id FROM near_duplicates ORDER BY article_id")]
    assert clusters == [1, 2, 1], "an edited article leaves its cluster for the one where its text belongs"


def test_who_holds_a_text_first_is_asked_again_after_an_edit(keeper: Keeper, store: Store) -> None:
    def firsts() -> list[int | None]:
        return [row[0] for row in store.db.execute("SELECT duplicate_of FROM articles ORDER BY id")]

    store.save_source(name="Post", url="http://post.example/", language=None, tags=(), enabled=True, now=NOW)
    urls = [URL, "http://herald.example/boats", "http://post.example/boats"]
    for number, url in enumerate(urls, 1):
        keep(keeper, url, article(url, headline=f"Boats {number}"), source_id=number)
    assert firsts() == [None, 1, 1]
    keep(keeper, URL, article(URL, body=BODY + "\n\nMore of it."))
    assert firsts() == [None, None, 2], "the first has another text now"
    keep(keeper, urls[1], article(urls[1], headline="Boats 2", body=BODY + "\n\nMore of it."), source_id=2)
    assert firsts() == [None, 1, None]
    keep(keeper, URL, article(URL, body=BODY))
    assert firsts() == [3, None, None], "who returns to a text that another holds did not have it first"


@pytest.mark.parametrize("reason", ["http_404", "http_410"])
def test_what_is_gone_stays_and_says_so(keeper: Keeper, store: Store, reason: str) -> None:
    _, article_id = keep(keeper, URL, article(URL))
    assert keep(keeper, URL, failure=Failure(reason=reason, http_status=int(reason[-3:])))[1] == article_id
    row = store.one("SELECT gone_at, headline FROM articles")
    assert row is not None
    assert tuple(row) == (iso(NOW), "Boats come home")
    keep(keeper, URL, article(URL))
    row = store.one("SELECT gone_at FROM articles")
    assert row is not None
    assert row[0] is None, "it came back"


def test_a_redirect_to_the_home_page_is_gone_and_never_an_edit(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    home = "http://courier.example/"
    word, _ = keep(keeper, URL, article(home, body="All the news."), final_url=home)
    assert word == "gone_home"
    row = store.one("SELECT gone_at IS NOT NULL, n_revisions FROM articles")
    assert row is not None
    assert tuple(row) == (1, 1)


def test_a_bot_wall_never_overwrites_a_good_copy(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    assert keep(keeper, URL, NoArticle(reason="bot_wall"))[0] == "bot_wall"
    row = store.one("SELECT body FROM current_articles")
    assert row is not None
    assert row[0] == BODY


def test_a_failure_is_an_outcome_with_its_tries(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, failure=Failure(reason="timeout", detail="30 seconds"))
    row = store.one("SELECT outcome, detail, n_tries, next_due_at FROM links")
    assert row is not None
    assert tuple(row) == ("timeout", "30 seconds", 1, iso(NOW + timedelta(hours=1)))


def test_every_hop_of_a_redirect_has_an_outcome(keeper: Keeper, store: Store) -> None:
    final = "http://courier.example/final"
    _, article_id = keep(keeper, URL, article(final), final_url=final, hops=("http://courier.example/hop",))
    rows = store.db.execute("SELECT url, outcome, article_id FROM links ORDER BY url").fetchall()
    assert [tuple(row) for row in rows] == [
        ("http://courier.example/final", "new", article_id),
        ("http://courier.example/hop", "new", article_id),
        (URL, "new", article_id),
    ]


def test_a_304_to_an_unconditional_request_is_said(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    assert keep(keeper, URL, not_modified=True)[0] == "unexpected_304"


def capture(url: str) -> Capture:
    return Capture(
        url=url, fetched_at=NOW, http_status=200, content_type="text/html", payload_digest="sha1:X", payload_length=1,
        record_type="response", record_id="<urn:x>", warc_file="warc/x", warc_offset=0, warc_length=10,
    )  # fmt: skip


def feed_item(keeper: Keeper, **slots: object) -> FeedItem:
    row = keeper.store.one("SELECT id FROM feeds")
    if row is None:
        with keeper.store.transaction():
            feed_id = keeper.store.insert(
                "feeds",
                {
                    "source_id": 1,
                    "url": "http://courier.example/feed",
                    "kind": "feed",
                    "found_in": "declared",
                    "first_seen_at": iso(NOW),
                },
            )
    else:
        feed_id = row["id"]
    feed = Feed(id=feed_id, source_id=1, url="http://courier.example/feed", kind=FeedKind.FEED, found_in="declared")
    return FeedItem(feed=feed, asked_at=NOW, capture=capture(feed.url), http_status=200, **slots)  # type: ignore[arg-type]


def keep_feed(keeper: Keeper, item: FeedItem) -> int:
    with keeper.store.transaction():
        return run_keep_feed(keeper, item, NOW)


def found(url: str, at: datetime | None = None, **hints: str) -> FoundLink:
    return FoundLink(url=url, found_in=FoundIn.FEED, hints=Hints(**hints), newest_at=at)  # type: ignore[arg-type]


def test_a_feed_that_never_was_first_with_a_link_is_missed_as_long_as_it_lists_nothing(
    keeper: Keeper, store: Store
) -> None:
    link = found("http://courier.example/a")
    with store.transaction():
        add_link(store, link, source_id=1, found_at_url="http://courier.example/", now=NOW)

    def run(*links: FoundLink) -> list[str]:
        keep_feed(keeper, feed_item(keeper, links=links))
        facts = facts_of(keeper.tallies.pop(1).sample, Counter())
        with store.transaction():
            return [complaint.rule for complaint in note_run(store, 1, facts, NOW)[1]]

    assert [run(link), run(), run(), run(), run(link), run()] == [[], [], ["feed_gone"], ["feed_gone"], [], []]


def test_links_of_a_feed_are_due_once_whatever_tracks_them(keeper: Keeper, store: Store) -> None:
    item = feed_item(keeper, links=(found(URL + "?utm_source=rss", headline="Boats"), found(URL), found(URL + "#top")))
    assert keep_feed(keeper, item) == 1
    row = store.one("SELECT url, next_due_at, hints FROM links")
    assert row is not None
    assert (row["url"], row["next_due_at"]) == (URL + "?utm_source=rss", iso(NOW))
    assert '"headline": "Boats"' in row["hints"]


def test_a_feed_that_speaks_of_a_change_makes_its_article_due_again(keeper: Keeper, store: Store) -> None:
    keep_feed(keeper, feed_item(keeper, links=(found(URL, NOW - timedelta(days=1)),)))
    keep(keeper, URL, article(URL))
    keep_feed(keeper, feed_item(keeper, links=(found(URL, NOW - timedelta(days=1)),)))
    row = store.one("SELECT next_due_at FROM links")
    assert row is not None
    assert row[0] == iso(NOW + timedelta(hours=1)), "what is old news does not"
    keep_feed(keeper, feed_item(keeper, links=(found(URL, NOW + timedelta(minutes=1), modified="x"),)))
    row = store.one("SELECT next_due_at FROM links")
    assert row is not None
    assert row[0] == iso(NOW)


def test_an_unchanged_feed_writes_its_own_state_alone(keeper: Keeper, store: Store) -> None:
    item = feed_item(keeper, links=(found(URL),), etag='"1"')
    keep_feed(keeper, item)
    changes = store.db.conn.total_changes
    item.capture = None
    keep_feed(keeper, item)
    assert store.db.conn.total_changes - changes == 1
    row = store.one("SELECT outcome, etag, n_unchanged, n_links FROM feeds")
    assert row is not None
    assert tuple(row) == ("ok", '"1"', 1, 1)


def test_a_failed_feed_keeps_its_validators_and_counts(keeper: Keeper, store: Store) -> None:
    keep_feed(keeper, feed_item(keeper, etag='"1"'))
    keep_feed(keeper, feed_item(keeper, failure=Failure(reason="http_500", http_status=500)))
    keep_feed(keeper, feed_item(keeper, failure=Failure(reason="http_500", http_status=500)))
    row = store.one("SELECT outcome, etag, n_failures FROM feeds")
    assert row is not None
    assert tuple(row) == ("http_500", '"1"', 2)


def test_a_sitemap_tree_without_end_stops(keeper: Keeper, store: Store) -> None:
    many = tuple(
        FoundFeed(url=f"http://courier.example/s{n}.xml", kind=FeedKind.SITEMAP, found_in="sitemap_index")
        for n in range(700)
    )
    keep_feed(keeper, feed_item(keeper, feeds=many))
    assert count(store, "feeds") == MAX_INDEXED
    later = tuple(
        FoundFeed(url=f"http://courier.example/f{n}.xml", kind=FeedKind.FEED, found_in="autodiscovered")
        for n in range(700)
    )
    keep_feed(keeper, feed_item(keeper, feeds=later))
    assert count(store, "feeds") == MAX_FEEDS


def test_a_sitemap_tree_stops_at_its_depth(keeper: Keeper, store: Store) -> None:
    item = feed_item(keeper)
    for level in range(1, 6):
        child = FoundFeed(url=f"http://courier.example/{level}.xml", kind=FeedKind.SITEMAP, found_in="sitemap_index")
        item = replace(item, feeds=(child,), feed=replace(item.feed, depth=level - 1), capture=None)
        keep_feed(keeper, item)
    assert [row[0] for row in store.db.execute("SELECT max(depth) FROM feeds")] == [MAX_DEPTH]


def test_a_page_without_its_end_is_kept_once_it_has_come_twice(keeper: Keeper, store: Store) -> None:
    def cut(n_bytes: int) -> str:
        cut_capture = replace(capture(URL), payload_length=n_bytes)
        return keep(keeper, URL, article(URL), capture=cut_capture, ends_early=True, unframed=True)[0]

    assert [cut(500), cut(300), cut(500)] == ["suspect_truncated", "suspect_truncated", "new"]
    assert cut(200) == "suspect_truncated", "a part never takes the place of a whole one"
    assert cut(500) == "unchanged"


def test_a_refused_link_has_a_row_with_its_reason(keeper: Keeper, store: Store) -> None:
    keep_feed(keeper, feed_item(keeper, refused=(("http://courier.example/" + "x" * 3000, "url_too_long"),)))
    row = store.one("SELECT outcome, next_due_at FROM links")
    assert row is not None
    assert tuple(row) == ("url_too_long", None)


def test_foreign_keys_hold(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL), capture=capture(URL))
    keep(keeper, URL, article(URL, headline="Other"), capture=capture(URL))
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert store.one("PRAGMA foreign_keys")[0] == 1  # type: ignore[index]


def test_a_lone_surrogate_costs_nobody_anything(keeper: Keeper, store: Store) -> None:
    word, _ = keep(keeper, URL, article(URL, headline="Bad \ud800", body=BODY + " \udfff", authors=("A \ud83d",)))
    assert word == "new"
    row = store.one("SELECT headline, authors FROM articles")
    assert row is not None
    assert tuple(row) == ("Bad ?", '["A ?"]')
    assert keep(keeper, URL, article(URL, headline="Bad ?", body=BODY + " ?"))[0] == "unchanged"


def test_a_404_of_a_duplicate_says_nothing_about_the_original(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    twin = "http://courier.example/sport/boats-17"
    keep(keeper, twin, article(twin))
    keep(keeper, twin, failure=Failure(reason="http_404", http_status=404))
    row = store.one("SELECT gone_at FROM articles")
    assert row is not None
    assert row[0] is None


def test_an_edit_seen_first_at_a_second_url_is_an_edit_and_no_new_article(keeper: Keeper, store: Store) -> None:
    _, article_id = keep(keeper, URL, article(URL))
    twin = "http://courier.example/sport/boats-17"
    keep(keeper, twin, article(twin))
    edited = {"body": BODY + "\n\nCorrection."}
    assert keep(keeper, twin, article(twin, **edited)) == ("revised", article_id)
    assert keep(keeper, URL, article(URL, **edited))[0] == "unchanged"
    assert (count(store, "articles"), count(store, "revisions")) == (1, 2)
    assert keep(keeper, twin, article(twin, **edited)) == ("duplicate", article_id)


def test_walls_and_empty_pages_count_as_tries(keeper: Keeper, store: Store) -> None:
    for n in (1, 2):
        keep(keeper, URL, NoArticle(reason="bot_wall"))
        row = store.one("SELECT n_tries FROM links")
        assert row is not None
        assert row[0] == n
    keep(keeper, URL, failure=Failure(reason="paused"))
    row = store.one("SELECT n_tries FROM links")
    assert row is not None
    assert row[0] == 2, "a link that was not sent has not been tried"


def test_a_fetch_by_hand_leaves_the_schedule_as_it_is(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    by_hand = Keeper(store=store, run_id=keeper.run_id, rhythm=Rhythm())
    keep(by_hand, URL, failure=Failure(reason="timeout"))
    row = store.one("SELECT outcome, next_due_at FROM links")
    assert row is not None
    assert tuple(row) == ("timeout", iso(NOW + timedelta(hours=1)))
    keep(by_hand, URL + "-new", article(URL + "-new", body="Another text. " * 40), source_id=None)
    keep_feed(keeper, feed_item(keeper, links=(found(URL + "-new"),)))
    row = store.one("SELECT source_id FROM links WHERE url = ?", (URL + "-new",))
    assert row is not None
    assert row[0] == 1, "a source that lists it adopts it"


def test_a_redirect_never_spoils_the_row_of_its_target(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    old = "http://courier.example/old"
    keep(keeper, old, failure=Failure(reason="http_500", http_status=500), final_url=URL)
    row = store.one("SELECT outcome, next_due_at FROM links WHERE url = ?", (URL,))
    assert row is not None
    assert tuple(row) == ("new", iso(NOW + timedelta(hours=1)))


def test_validators_belong_to_the_answer_that_brought_the_article(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL), etag='"good"')
    keep(keeper, URL, NoArticle(reason="bot_wall"), etag='"wall"')
    keep(keeper, URL, failure=Failure(reason="http_500"), etag='"error"')
    row = store.one("SELECT etag FROM links")
    assert row is not None
    assert row[0] == '"good"'


def test_a_kept_page_that_cannot_be_read_again_claims_nothing(keeper: Keeper, store: Store) -> None:
    keep(keeper, URL, article(URL))
    assert keep(keeper, URL, article(URL, body="Another text.", extractor=NEXT), reread_failed=True)[0] == "unchanged"
    assert (count(store, "revisions"), count(store, "extractions")) == (1, 1)


def test_a_feed_that_rewords_its_title_is_no_edit(keeper: Keeper, store: Store) -> None:
    hinted = {"headline": Signal(origin="feed", confidence=0.5)}
    keep(keeper, URL, article(URL, signals=hinted))
    assert keep(keeper, URL, article(URL, headline="Boats! Home!", signals=hinted))[0] == "unchanged"


def test_the_first_of_a_cluster_may_be_edited_a_little(keeper: Keeper, store: Store) -> None:
    for n in range(3):
        keep(
            keeper,
            f"{URL}{n}",
            article(f"{URL}{n}", headline=f"Boats {n}", body=BODY.replace("Paragraph 4", f"Part {n}")),
        )
    keep(keeper, f"{URL}0", article(f"{URL}0", body=BODY.replace("Paragraph 4", "Part 10")))
    clusters = [row[0] for row in store.db.execute("SELECT cluster_id FROM near_duplicates ORDER BY article_id")]
    assert len(set(clusters)) == 1
    keep(keeper, f"{URL}0", article(f"{URL}0", body="Withdrawn."))
    assert count(store, "near_duplicates") == 2
    assert store.one("SELECT 1 FROM near_duplicate_bands WHERE article_id = 1") is None
