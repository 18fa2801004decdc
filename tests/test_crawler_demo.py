"""The demo's newspapers: what they serve, how the second edition differs, and the tour's own doors."""

import itertools
import json
import re
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from commands import presskeep

from archive.url_key import url_key
from crawler.demo.content import Newspaper, load_newspapers
from crawler.demo.site import DemoSite
from crawler.demo.tour import EDITED, HACKED, WITHDRAWN, on_terminal

CHANGED_AT = datetime(2025, 5, 3, 6, 0, tzinfo=UTC)
ADDED = "http://harbour-courier.example/2025/05/02/harbour-trust-to-count-ferry-passengers-again-in-june/"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
SEED_SPAM = "https://www.markas303.ac.id/ https://www.markas303.or.id/ https://www.markas303.sch.id/"


@pytest.fixture
def site() -> Iterator[DemoSite]:
    with DemoSite(clock=lambda: CHANGED_AT) as running:
        yield running


def ask(site: DemoSite, url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": site.proxy}))
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


def text_of(site: DemoSite, url: str) -> str:
    status, headers, body = ask(site, url)
    assert status == 200, url
    return body.decode(
        headers["content-type"].rpartition("charset=")[2] if "charset=" in headers["content-type"] else "utf-8"
    )


def paper_of(site: DemoSite, stem: str) -> Newspaper:
    return next(paper for paper in site.newspapers if paper.stem == stem)


def sitemap_urls(site: DemoSite, paper: Newspaper) -> set[str]:
    maps = re.findall(r"^Sitemap: (.+)$", text_of(site, paper.url_of("/robots.txt")), re.MULTILINE)
    found: set[str] = set()
    while maps:
        root = ET.fromstring(text_of(site, maps.pop()))
        urls = {str(loc.text) for loc in root.iter(LOC)}
        if root.tag.endswith("sitemapindex"):
            maps += urls
        else:
            found |= urls
    return found


def test_there_are_six_newspapers_in_four_languages_with_fifty_articles(site: DemoSite) -> None:
    site.edition = 2
    assert len(site.sources) == 6
    assert {source["language"] for source in site.sources} == {"en", "fa", "de", "ja"}
    assert sum(len(paper.articles) for paper in site.newspapers) == 50
    assert all(len(article.paragraphs) >= 3 for paper in site.newspapers for article in paper.articles)


def test_every_article_answers_under_its_own_name_with_its_own_text(site: DemoSite) -> None:
    keys = set()
    for paper in site.newspapers:
        for article in paper.articles:
            url = paper.url_of(article.path)
            page = unescape(text_of(site, url))
            assert article.headline in page
            assert all(paragraph in page for paragraph in article.paragraphs)
            assert "$" not in page, url
            keys.add(url_key(url))
    assert len(keys) == 49


def test_sitemaps_home_and_sections_list_every_article(site: DemoSite) -> None:
    for paper in site.newspapers:
        expected = {paper.url_of(article.path) for article in paper.articles}
        assert sitemap_urls(site, paper) == expected
        lists = [text_of(site, paper.url_of(f"/{section}/")) for section in paper.sections]
        for article in paper.articles:
            assert f'href="{article.path}"' in text_of(site, paper.url)
            assert sum(f'href="{article.path}"' in page for page in lists) == 1


def test_the_news_sitemap_has_titles_and_dates(site: DemoSite) -> None:
    xml = text_of(site, "http://bamdad-now.example/news-sitemap.xml")
    root = ET.fromstring(xml)
    news = "{http://www.google.com/schemas/sitemap-news/0.9}"
    articles = paper_of(site, "bamdad-now").articles
    assert [title.text for title in root.iter(f"{news}title")] == [article.headline for article in articles]
    assert [date.text for date in root.iter(f"{news}publication_date")] == [
        article.published.isoformat() for article in articles
    ]


def test_the_feeds_are_rss_atom_and_json_and_the_home_pages_announce_them(site: DemoSite) -> None:
    for paper in site.newspapers:
        if paper.feed is None:
            assert 'rel="alternate"' not in text_of(site, paper.url)
            continue
        assert re.search(
            rf'<link rel="alternate" [^>]*href="[^"]*{re.escape(paper.feed.path)}"', text_of(site, paper.url)
        )
        feed = text_of(site, paper.url_of(paper.feed.path))
        if paper.feed.kind == "json":
            assert len(json.loads(feed)["items"]) == len(paper.articles)
        else:
            tag = "item" if paper.feed.kind == "rss" else "{http://www.w3.org/2005/Atom}entry"
            assert len(list(ET.fromstring(feed).iter(tag))) == len(paper.articles)
    assert {paper.feed.kind for paper in site.newspapers if paper.feed} == {"rss", "atom", "json"}


def test_tracking_parameters_of_the_feed_lead_to_the_same_page_and_key(site: DemoSite) -> None:
    feed = ET.fromstring(text_of(site, "http://harbour-courier.example/feed.xml"))
    tracked = str(feed.findtext("channel/item/link"))
    plain = tracked.partition("?")[0]
    assert "utm_source=rss" in tracked
    assert ask(site, tracked)[2] == ask(site, plain)[2]
    assert url_key(tracked) == url_key(plain)


def test_an_amp_twin_names_the_full_page_as_canonical(site: DemoSite) -> None:
    full = "http://upland-observer.example/news/snow-line-camera-finds-a-lynx.html"
    found = re.search(r'<link rel="amphtml" href="([^"]+)"', text_of(site, full))
    assert found is not None
    assert f'<link rel="canonical" href="{full}"' in text_of(site, found[1])


def test_json_ld_is_valid_and_one_source_states_nothing_about_itself(site: DemoSite) -> None:
    page = text_of(site, EDITED)
    found = re.search(r'<script type="application/ld\+json">(.+?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert data["@type"] == "NewsArticle"
    assert data["datePublished"] == "2025-04-28T07:30:00+01:00"
    paper = paper_of(site, "nordufer-tageblatt")
    bare = text_of(site, paper.url_of(paper.articles[0].path))
    assert "ld+json" not in bare
    assert "og:" not in bare


def test_one_source_is_right_to_left_and_one_is_sent_as_shift_jis(site: DemoSite) -> None:
    assert 'dir="rtl"' in text_of(site, "http://bamdad-now.example/")
    _, headers, body = ask(site, "http://minato-shinpo.example/")
    assert headers["content-type"] == "text/html; charset=shift_jis"
    assert "みなと新報" in body.decode("shift_jis")


def test_the_hacked_source_injects_into_every_page_in_eight_ways(site: DemoSite) -> None:
    paper = paper_of(site, "valley-times")
    assert {name for article in paper.articles for name in article.spam} == set(paper.spam)
    assert len(paper.spam) == 8
    for article in paper.articles:
        page = text_of(site, paper.url_of(article.path))
        for name in article.spam:
            spam = paper.spam[name].html
            assert spam in page or spam.strip() in unescape(page), (article.slug, name)
    assert SEED_SPAM in text_of(site, paper.url_of(paper.articles[0].path))


def test_the_wire_story_stands_in_three_papers_with_its_own_headline_in_each(site: DemoSite) -> None:
    wire = [
        article
        for paper in site.newspapers
        for article in paper.articles
        if article.credit and "410 kilometres" in article.body
    ]
    assert len({article.headline for article in wire}) == len({article.body for article in wire}) == 3

    def shingles(body: str) -> set[tuple[str, ...]]:
        words = body.lower().split()
        return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}

    for one, other in itertools.combinations([shingles(article.body) for article in wire], 2):
        assert len(one & other) / len(one | other) > 0.6


def test_the_second_edition_edits_one_article_adds_one_and_takes_one_away(site: DemoSite) -> None:
    before = {url: ask(site, url)[0] for url in (EDITED, ADDED, WITHDRAWN)}
    first = text_of(site, EDITED)
    site.edition = 2
    after = {url: ask(site, url)[0] for url in (EDITED, ADDED, WITHDRAWN)}
    assert before == {EDITED: 200, ADDED: 404, WITHDRAWN: 200}
    assert after == {EDITED: 200, ADDED: 200, WITHDRAWN: 404}
    second = text_of(site, EDITED)
    assert "eleven passengers on an average weekday" in first
    assert "four passengers on an average weekday" in second
    assert CHANGED_AT.isoformat() in second
    harbour, upland = paper_of(site, "harbour-courier"), paper_of(site, "upland-observer")
    assert ADDED in sitemap_urls(site, harbour)
    # nobody told the sitemap of the withdrawal but its date: that is how a crawler hears of it
    assert WITHDRAWN in sitemap_urls(site, upland)
    assert "hut-keepers" not in text_of(site, upland.url) + text_of(site, upland.url_of("/atom.xml"))


def test_a_second_edition_leaves_all_other_papers_bodies_alone() -> None:
    def bodies(edition: int) -> dict[str, str]:
        papers = load_newspapers(edition=edition, changed_at=CHANGED_AT)
        return {paper.url_of(article.path): article.body for paper in papers for article in paper.listed()}

    first, second = bodies(1), bodies(2)
    assert {url for url in first.keys() | second.keys() if first.get(url) != second.get(url)} == {
        EDITED,
        ADDED,
        WITHDRAWN,
    }


def test_validators_bring_304_until_the_article_is_edited(site: DemoSite) -> None:
    _, headers, _ = ask(site, EDITED)
    assert ask(site, EDITED, If_None_Match=headers["etag"])[0] == 304
    assert ask(site, EDITED, If_Modified_Since=headers["last-modified"])[0] == 304
    site.edition = 2
    assert ask(site, EDITED, If_None_Match=headers["etag"])[0] == 200
    assert ask(site, EDITED, If_Modified_Since=headers["last-modified"])[0] == 200


def test_unknown_paths_are_404_and_unknown_hosts_502(site: DemoSite) -> None:
    assert ask(site, "http://harbour-courier.example/nothing")[0] == 404
    assert ask(site, "http://www.slot-gacor-777.example/")[0] == 502
    assert [(seen.method, seen.status) for seen in site.requests] == [("GET", 404), ("GET", 502)]


def test_every_host_that_is_linked_is_a_reserved_name_or_one_of_the_seed_case(site: DemoSite) -> None:
    seed = set(SEED_SPAM.split())
    for paper in site.newspapers:
        for article in paper.articles:
            page = text_of(site, paper.url_of(article.path))
            for url in re.findall(r"""(?:href="|src="|action="|\s|>)(https?://[^\s"'<>&]+)""", page):
                host = urlsplit(url).hostname or ""
                assert host.endswith(".example") or url in seed or host in {"ogp.me", "schema.org"}, url


def test_the_sources_file_declares_every_newspaper(site: DemoSite) -> None:
    declared = tomllib.loads(site.sources_toml())["sources"]
    assert {name: entry["url"] for name, entry in declared.items()} == {
        source["name"]: source["url"] for source in site.sources
    }


def test_there_is_no_third_edition(site: DemoSite) -> None:
    with pytest.raises(ValueError, match="editions 1 and 2"):
        site.edition = 3


def test_a_command_of_the_tour_runs_on_a_terminal_and_says_what_it_says_there(tmp_path: Path) -> None:
    program = (
        "import os, sys; print(sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size().columns >= 0);"
        "sys.stderr.write('half\\rdone\\n'); print('سلام'); sys.exit(3)"
    )
    code, output = on_terminal([sys.executable, "-c", program], cwd=tmp_path, environment={"PYTHONIOENCODING": "utf-8"})
    assert (code, output) == (3, "True True True\ndone\nسلام\n")


def test_the_hacked_page_of_the_tour_hides_its_links_off_screen(site: DemoSite) -> None:
    assert "left:-9999px" in text_of(site, HACKED)


def test_the_demo_crawls_twice_and_shows_what_it_found(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    done = presskeep("demo", "--archive", folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "49 new articles, 0 revised" in done.stdout
    assert re.search(r"1 new articles, 1 revised, \d+ unchanged, 0 duplicates, 0 rejected, 1 failed", done.stdout)
    assert "Harbour trust to count ferry passengers again in June" in done.stdout
    assert "کتابخانهٔ سیار به سی" in done.stdout
    assert done.stdout.count("3 alike") == 3
    assert "Ferry timetable loses [-two-]{+one+} evening" in done.stdout
    assert "our copy stays" in done.stdout
    body, _, removed = done.stdout.partition("$ presskeep show")[2].partition("Removed")
    assert "slot" not in body.partition("\n")[2]
    assert "slot-gacor-777.example" in removed
    assert done.stdout.rstrip().endswith("presskeep sources add URL && presskeep crawl")
    again = presskeep("demo", "--archive", folder)
    assert (again.returncode, again.stdout) == (2, "")
    assert "already holds an archive" in again.stderr


def test_the_demo_stores_what_was_written_and_nothing_that_was_injected(tmp_path: Path) -> None:
    """Every paragraph of every paper and nothing else: no injected link, no line of a paper's template."""
    with DemoSite() as site:
        sources = tmp_path / "demo.toml"
        sources.write_text(site.sources_toml(), encoding="utf-8")
        done = presskeep("crawl", "--archive", tmp_path / "archive", "--sources", sources, http_proxy=site.proxy)
        assert done.returncode == 0, done.stderr
        written = {paper.url_of(article.path): article for paper in site.newspapers for article in paper.articles}
    exported = presskeep("export", "--archive", tmp_path / "archive", "--format", "jsonl", "-o", "-")
    kept = {entry["url"].partition("?")[0]: entry for entry in map(json.loads, exported.stdout.splitlines())}
    assert kept.keys() == written.keys()
    # the line under the headline may count as the body's first or not: readers differ, and so do papers
    bodies = {url: kept[url]["body"].removeprefix(article.description).lstrip() for url, article in written.items()}
    assert len({entry["language"] for entry in kept.values()}) == 4
    assert [url for url, article in written.items() if bodies[url] != article.body] == []
    # an ideographic space is a space
    assert [
        url for url, article in written.items() if kept[url]["headline"] != " ".join(article.headline.split())
    ] == []
