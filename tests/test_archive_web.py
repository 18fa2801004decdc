"""The pages of the web archive, asked without a browser: what they show, where they lead, and what they never let through."""

import csv
import io
import json
import re
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from archives import ArchiveArticle, ArchiveRevision, make_archive
from commands import presskeep
from web_archive import ESCAPES, HOSTILE, OVERRIDE, Web, attributes, inner_links, links

from archive.warc import Exchange, WarcWriter
from archive.web.policy import OURS

STORY = (
    "The harbour bridge was closed on Monday.\n\nA spokesman said that it would open again in June.\n\nNobody was hurt."
)
REST = "It stays as it is on Sunday.\n\n" + "\n\n".join(["Filler."] * 6)
PAGE = (
    b"<html><head><title>Bridge</title></head><body><h1>Bridge closed</h1><p>The harbour bridge was closed on Monday.</p>"
    b'<div style="display:none">slot gacor <a href="https://slot.example/">maxwin</a></div>'
    b"<p>A spokesman said that it would open again in June.</p><p>Nobody was hurt.</p><p>Read also: more</p></body></html>"
)
ARTICLES = [
    ArchiveArticle(
        headline="Bridge closed",
        body=STORY,
        source="Courier",
        language="en",
        published="2024-01-05T08:30:00Z",
        authors=("Jane Doe",),
        description="Ships wait outside.",
        keywords=("bridge",),
        removals=(("related", "Read also: more"), ("hidden-spam", "slot gacor maxwin")),
        cluster=1,
    ),
    ArchiveArticle(
        headline="Bridge closed, harbour says", body=STORY + " At last.", source="Echo", language="en",
        published="2024-01-06", cluster=1,
    ),
    ArchiveArticle(
        headline="Ferry loses one evening boat",
        body=f"One evening ferry will end.\n\n{REST}",
        earlier=(
            ArchiveRevision(headline="Ferry loses two evening boats", body=f"Two evening ferries will end.\n\n{REST}"),
        ),
        source="Courier",
        language="en",
        published="2024-02-01",
        gone_at="2024-06-02T00:00:00.000000Z",
    ),
    ArchiveArticle(headline="پل چوبی دوباره باز شد", body="پل پس از چهل سال باز شد.", source="بامداد", language="fa"),
    ArchiveArticle(
        headline=f"Rumour {HOSTILE} {OVERRIDE} {ESCAPES}",
        body=f"Text {HOSTILE} {OVERRIDE} {ESCAPES}",
        url="https://evil.example/x",
        source=f"Evil {HOSTILE}",
        authors=(f"Author {HOSTILE} {OVERRIDE} {ESCAPES}",),
        description=f"Said {HOSTILE}",
        section=HOSTILE,
        keywords=(HOSTILE,),
        language='en" onload="alert(3)',
        published=f"2024-03-01 {HOSTILE}",
        marks=(("link", 0, 4, "javascript:alert(4)"),),
        removals=(("spam", f"Cut {HOSTILE} {OVERRIDE} {ESCAPES}"),),
    ),
    ArchiveArticle(headline="Link", body="Here it is.", url="javascript:alert(5)//x.example/", source="Courier"),
]  # fmt: skip


def with_warc(folder: Path) -> Path:
    """Give article 1 a capture whose WARC record is there, and its removals their real places."""
    writer = WarcWriter(folder, name="test")
    written = writer.append(
        Exchange(
            url="https://Courier.example/1",
            fetched_at=datetime(2024, 6, 1, 12, tzinfo=UTC),
            request_head=b"GET /1 HTTP/1.1\r\nHost: courier.example\r\n\r\n",
            response_head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
            payload=PAGE,
        )
    )
    writer.close()
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute(
            "UPDATE captures SET warc_file = ?, warc_offset = ?, warc_length = ?, record_id = ? WHERE id = 1",
            (written.warc_file, written.offset, written.length, written.record_id),
        )
        db.execute("UPDATE removals SET stage = 'dom' WHERE reason = 'hidden-spam'")
        db.execute(
            "INSERT INTO runs (id, command, version, started_at, finished_at, exit_code, reasons)"
            " VALUES (1, 'crawl', '0', '2024-06-01T12:00:00.000000Z', '2024-06-01T12:00:09.500000Z', 3, '{\"new\": 6}')"
        )
        db.execute(
            "INSERT INTO run_sources (run_id, source_id, status, detail, n_new) SELECT 1, id, 'failed', ?, 2 FROM sources",
            (HOSTILE,),
        )
        db.execute(
            "UPDATE removals SET urls = ? WHERE reason = 'spam'", (json.dumps([f"https://x.example/{HOSTILE}"]),)
        )
        db.execute(
            "INSERT INTO feeds (source_id, url, kind, found_in, first_seen_at, outcome, detail)"
            " VALUES (1, 'javascript:alert(6)', 'feed', 'home', '2024', 'timeout', ?)",
            (HOSTILE,),
        )
    return folder


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Web:
    return Web(with_warc(make_archive(tmp_path_factory.mktemp("web"), ARTICLES, captures=True)))


OUR_PAGES = (
    "/", "/search", "/search?q=bridge", "/search?q=rumour", "/search?q=nothing+at+all", "/search?undated=1",
    "/search?q=bridge&since=2024-01-01&until=2024-01-31&source=Courier&lang=en&author=jane&field=headline&sort=date",
    "/concordance?q=rumour+OR+text",
    "/article/1", "/article/1?removed=1", "/article/1?q=bridge&hit=1", "/article/3?revision=1", "/article/3/diff",
    "/article/2/diff?with=1", "/article/4", "/article/5", "/article/5?removed=1", "/article/6", "/sources", "/source/1",
    "/source/3", "/runs", "/run/1", "/spam", "/explain", "/explain?url=5", "/explain?url=https%3A%2F%2Fevil.example%2Fx",
)  # fmt: skip


@pytest.mark.parametrize("path", OUR_PAGES)
def test_nothing_of_a_hostile_page_comes_alive(web: Web, path: str) -> None:
    page = web.page(path)
    assert "<script" not in page
    assert HOSTILE not in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    for tag, name, value in attributes(page):
        assert not name.startswith("on"), (tag, name)
        assert name != "style", tag
        if name in ("href", "src", "action"):
            assert re.match(r"(https?://|/|#)", value), (tag, name, value)
    assert "x onerror" not in " ".join(tag for tag, _, _ in attributes(page))


def test_overrides_and_escapes_are_seen(web: Web) -> None:
    page = web.page("/article/5")
    assert '<span class="unseen">U+202E</span>gnp.exe' in page
    assert '<span class="unseen">U+001B</span>[31mred' in page
    assert "<title>Rumour" in page


def test_an_address_that_runs_something_is_text(web: Web) -> None:
    page = web.page("/article/6")
    assert "javascript:alert(5)" in page
    assert not any("javascript" in link for link in links(page))


@pytest.mark.parametrize("path", ["/", "/search?q=bridge", "/article/1", "/nope", "/static/style.css", "/search.json"])
def test_our_pages_may_run_nothing(web: Web, path: str) -> None:
    headers = web.get(path).headers
    policy = headers["content-security-policy"]
    assert policy == OURS
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_datasettes_pages_run_what_comes_with_it_alone(web: Web) -> None:
    answer = web.get("/archive/articles")
    policy = answer.headers["content-security-policy"]
    scripts = re.search(r"script-src ([^;]*)", policy)
    assert scripts is not None
    assert "unsafe" not in scripts[1]
    assert HOSTILE not in answer.text
    import base64
    import hashlib

    for script in re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in scripts[1], script


def test_every_link_of_every_page_leads_somewhere(web: Web) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting and len(seen) < 150:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = web.get(path)
        # only article 1 has a record in these
        gone = path.endswith("/record.warc.gz") and not path.startswith("/article/1/")
        assert answer.status in ((404,) if gone else (200, 302)), (path, answer.status)
        # Datasette's own pages lead on to the whole of it
        if answer.headers["content-type"].startswith("text/html") and not path.startswith("/archive"):
            waiting += sorted(inner_links(answer.text) - seen)
    assert {"/sources", "/runs", "/spam", "/article/1", "/article/3/diff?from=1&to=2"} <= seen


def test_a_search_marks_its_words_and_counts_its_hits(web: Web) -> None:
    page = web.page("/search?q=bridge")
    assert "<strong>2</strong> of 6 articles" in page
    assert "<mark>Bridge</mark> closed" in page
    assert "harbour <mark>bridge</mark> was closed" in page
    assert "2 alike" in page


def test_a_doubtful_query_says_how_it_was_read(web: Web) -> None:
    page = web.page("/search?" + urlencode({"q": 'bridge "closed'}))
    assert 'role="status">a quote is not closed and was left out' in page


def test_a_concordance_shows_every_place_in_its_order(web: Web) -> None:
    assert 'href="/concordance?q=bridge">As a concordance' in web.page("/search?q=bridge")
    page = web.page("/concordance?q=bridge")
    assert "4 places</strong> in 2 articles" in page
    assert page.count("<mark>bridge</mark>") == 2
    by_before = web.page("/concordance?q=open+OR+closed&order=left")
    befores = re.findall(r'class="before"><bdi>([^<]*)</bdi>', by_before)
    words = [text.split()[-1].lower() if text.split() else "" for text in befores]
    assert words == sorted(words)
    assert "No place has" in web.page("/concordance?q=zzz")
    assert "Every place" in web.page("/concordance")
    persian = web.page("/concordance?q=%D9%BE%D9%84")
    assert '<p class="line" dir="rtl">' in persian


def test_an_empty_form_field_leaves_no_trace_in_the_address(web: Web) -> None:
    answer = web.get("/search?q=bridge&since=&until=&sort=&source=Echo")
    assert (answer.status, answer.headers["location"]) == (302, "/search?q=bridge&source=Echo")


@pytest.mark.parametrize("until", ["2024-13", "soon"])
def test_a_date_that_is_none_is_left_out_and_said(web: Web, until: str) -> None:
    page = web.page(f"/search?q=bridge&until={until}")
    assert f"“{until}” is no moment" in page
    assert "<strong>2</strong>" in page


def test_a_facet_leads_to_as_many_articles_as_it_says(web: Web) -> None:
    page = web.page("/search?q=bridge")
    entry = re.search(r'href="(/search\?[^"]*source=Echo[^"]*)"[^>]*>.*?class="n">(\d+)<', page, re.DOTALL)
    assert entry is not None
    assert f"<strong>{entry[2]}</strong> of 6" in web.page(entry[1].replace("&amp;", "&"))


def test_a_bar_of_the_timeline_leads_to_its_articles(web: Web) -> None:
    page = web.page("/search?q=bridge")
    bars = re.findall(r'<a href="([^"]+)" aria-label="([^:"]+): 1 article"', page)
    assert [label for _, label in bars] == ["5 January 2024", "6 January 2024"]
    narrowed = web.page(bars[0][0].replace("&amp;", "&"))
    assert "<strong>1</strong> of 6" in narrowed
    assert 'href="/search?q=bridge">All dates</a>' in narrowed


def test_the_undated_have_a_bucket(web: Web) -> None:
    assert "Without a date" in web.page("/search")
    page = web.page("/search?undated=1")
    assert "<strong>2</strong> of 6" in page
    assert "Bridge closed" not in page


@pytest.mark.parametrize(
    "query",
    [
        "covid-19",
        "AT&T",
        "C++",
        "o'neil",
        '"open',
        "https://x.example/a?b=c",
        "50%",
        "😀",
        "x" * 10_000,
        "\u202e",
        "\0",
        "a AND",
    ],
)
def test_whatever_is_typed_gives_a_page(web: Web, query: str) -> None:
    assert " of 6 articles" in web.page("/search?" + urlencode({"q": query}))


def test_a_bad_raw_query_is_a_page_with_the_right_status(web: Web) -> None:
    answer = web.get("/search?raw=1&q=a+AND")
    assert answer.status == 400
    assert "FTS5 cannot read" in answer.text


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/nope", 404, "There is no such page."),
        ("/article/999", 404, "There is no article 999 in this archive."),
        ("/article/999999999999999999", 404, "no article"),
        ("/article/9999999999999999999999", 404, "no such page"),
        ("/article/1?revision=7", 404, "no revision 7 of article 1"),
        ("/article/1?revision=x", 400, "“x” is no number of a revision"),
        ("/article/1/diff", 400, "only one revision"),
        ("/article/1.exe", 404, "no form exe"),
        ("/article/2/record.warc.gz", 404, "There is no WARC"),
        ("/run/7", 404, "no run 7"),
        ("/source/77", 404, "no source 77"),
        ("/spam?source=nobody", 404, "no source nobody"),
        ("/spam?since=soon", 400, "is no moment"),
        ("/explain?url=https%3A%2F%2Fnowhere.example%2F", 404, "knows nothing of"),
        ("/static/../plugin.py", 404, "no"),
        ("/static/style.html", 404, "no file style.html"),
        ("/archive/nope", 404, ""),
        ("/archive?sql=delete+from+articles", 400, ""),
    ],
)
def test_an_error_is_a_page_with_the_right_status_and_no_traceback(
    web: Web, path: str, status: int, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = web.get(path)
    assert answer.status == status
    assert text in answer.text
    assert "Traceback" not in answer.text
    assert capfd.readouterr() == ("", "")


def test_an_error_of_json_is_json(web: Web) -> None:
    answer = web.get("/article/999.json")
    assert answer.status == 404
    assert json.loads(answer.text) == {"ok": False, "status": 404, "error": "There is no article 999 in this archive."}


def test_what_was_not_foreseen_tells_nothing_to_the_browser(
    web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("archive.web.home.holdings", fail)
    answer = web.get("/")
    assert answer.status == 500
    assert "secret" not in answer.text
    assert "page failed" in caplog.text


def test_tables_and_sql_show_text_that_is_no_utf8_after_a_page_of_ours(web: Web) -> None:
    for _ in range(4):  # more than Datasette has connections
        web.page("/search?q=bridge")
        rows = json.loads(
            web.get("/archive.json?" + urlencode({"sql": "select cast(x'61ff' as text) as t", "_shape": "array"})).text
        )
        assert rows == [{"t": "a\ufffd"}]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading_is_allowed(web: Web, method: str) -> None:
    assert web.get("/search", method=method).status == 405


def test_an_article_has_its_text_its_source_and_its_direction(web: Web) -> None:
    page = web.page("/article/4")
    assert '<article class="story" dir="rtl">' in page
    assert '<h1 dir="auto" lang="fa">' in page
    assert "undated" in page
    english = web.page("/article/1")
    assert 'dir="ltr"' in english
    assert "5 January 2024, 08:30 UTC" in english
    assert "Ships wait outside." in english


def test_hits_are_walked_from_article_to_article(web: Web) -> None:
    hits = re.findall(r'href="(/article/\d+\?[^"]+)"', web.page("/search?q=bridge"))
    first = web.page(hits[0].replace("&amp;", "&"))
    assert "Hit 1 of 2 for" in first
    assert f'rel="next" href="{hits[1]}"' in first
    assert 'rel="prev"' not in first
    assert "<mark>" in first[first.index('class="text"') :]
    last = web.page(hits[1].replace("&amp;", "&"))
    assert f'rel="prev" href="{hits[0]}"' in last
    assert 'rel="next"' not in last


def test_revisions_are_told_apart_by_word(web: Web) -> None:
    page = web.page("/article/3/diff")
    assert "<del>two</del><ins>one</ins>" in page
    assert "<del>Two</del><ins>One</ins>" in page
    assert "5 unchanged paragraphs" in page or "6 unchanged paragraphs" in page
    assert "Changed: headline, body" in page
    earlier = web.page("/article/3?revision=1")
    assert "Ferry loses two evening boats" in earlier
    assert "This is revision 1 of 2" in earlier
    assert "The publisher took this article away" in earlier


def test_a_cluster_shows_who_had_it_first_and_what_differs(web: Web) -> None:
    page = web.page("/article/1")
    cluster = page[page.index("Nearly the same text") :]
    assert cluster.index("This article") < cluster.index("out first") < cluster.index("Bridge closed, harbour says")
    assert "/article/2/diff?with=1" in cluster
    assert "<ins> At last.</ins>" in web.page("/article/2/diff?with=1")


def test_what_was_removed_is_shown_where_it_stood(web: Web) -> None:
    hidden = web.page("/article/1")
    assert "slot gacor" not in hidden
    assert "/article/1?removed=1#removed-1" in hidden
    page = web.page("/article/1?removed=1")
    places = [
        page.index(text)
        for text in (
            "bridge was closed on Monday",
            "slot gacor maxwin",
            "A spokesman said",
            "Nobody was hurt",
            "Read also",
        )
    ]
    assert places == sorted(places)
    assert "a place that is not known" not in page


def test_without_its_capture_a_removal_says_that_its_place_is_not_known(tmp_path: Path) -> None:
    folder = make_archive(tmp_path, [ArchiveArticle(body="One.\n\nTwo.", removals=(("spam", "slot"),))])
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE removals SET stage = 'dom'")
    page = Web(folder).page("/article/1?removed=1")
    assert page.index("Two.") < page.index("a place that is not known") < page.index("slot")


def test_the_warc_record_can_be_taken_along(web: Web) -> None:
    from warcio.archiveiterator import ArchiveIterator

    answer = web.get("/article/1/record.warc.gz")
    assert answer.headers["content-type"] == "application/warc"
    assert 'attachment; filename="000001.warc.gz"' in answer.headers["content-disposition"]
    (record,) = list(ArchiveIterator(io.BytesIO(answer.content)))[:1]
    assert record.rec_type == "response"


def test_a_record_in_a_file_of_others_is_given_and_never_changed(tmp_path: Path) -> None:
    folder = with_warc(make_archive(tmp_path, ARTICLES, captures=True))
    (own,) = (folder / "warc").rglob("*.warc.gz")
    foreign = own.rename(tmp_path / "of-a-library.warc.gz")
    before = foreign.read_bytes()
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE captures SET warc_file = ? WHERE id = 1", (str(foreign),))
    given = Web(folder).get("/article/1/record.warc.gz")
    assert (given.status, given.content[:2]) == (200, b"\x1f\x8b")
    done = presskeep("forget", "--archive", folder, "1", "--reason", "asked", "--yes")
    assert done.returncode == 0, done.stderr
    assert f"stay where they are: {foreign}" in done.stderr
    assert foreign.read_bytes() == before
    web = Web(folder)
    assert [web.get(f"/article/1{more}").status for more in ("", "/record.warc.gz", "/history")] == [404, 404, 404]
    found = presskeep("search", "--archive", folder, "--jsonl", "spokesman")
    assert 1 not in [json.loads(line)["id"] for line in found.stdout.splitlines()]


def test_a_revisit_record_comes_with_what_it_repeats(tmp_path: Path) -> None:
    from warcio.archiveiterator import ArchiveIterator

    from archive.warc import Original

    folder = with_warc(make_archive(tmp_path, ARTICLES, captures=True))
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        first = db.execute("SELECT record_id FROM captures WHERE id = 1").fetchone()[0]
        writer = WarcWriter(folder, name="again")
        written = writer.append(
            Exchange(
                url="https://echo.example/2",
                fetched_at=datetime(2024, 6, 2, tzinfo=UTC),
                request_head=b"GET /2 HTTP/1.1\r\n\r\n",
                response_head=b"HTTP/1.1 200 OK\r\n\r\n",
                payload=PAGE,
            ),
            original=Original(record_id=first, url="https://courier.example/1", fetched_at="2024-06-01T12:00:00Z"),
        )
        writer.close()
        db.execute(
            "UPDATE captures SET warc_file = ?, warc_offset = ?, warc_length = ?, record_id = ?, revisit_of = 1,"
            " record_type = 'revisit' WHERE id = 2",
            (written.warc_file, written.offset, written.length, written.record_id),
        )
    data = io.BytesIO(Web(folder).get("/article/2/record.warc.gz").content)
    assert [record.rec_type for record in ArchiveIterator(data)] == ["response", "revisit"]


def test_an_article_is_cited_with_its_hash(web: Web) -> None:
    page = web.page("/article/1")
    cited = page[page.index('class="citation"') :]
    for part in ("Jane Doe", "“Bridge closed”", "Courier", "5 January 2024", "captured 1 June 2024", "SHA-256 "):
        assert part in cited


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [("txt", "text/plain"), ("md", "text/markdown"), ("html", "text/html"), ("json", "application/json"),
     ("xml", "application/xml"), ("tei", "application/tei+xml"), ("bib", "application/x-bibtex"),
     ("ris", "application/x-research-info-systems"), ("csl", "application/vnd.citationstyles.csl+json")],
)  # fmt: skip
def test_an_article_is_given_in_each_form(web: Web, suffix: str, kind: str) -> None:
    answer = web.get(f"/article/1.{suffix}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    assert ("Bridge closed" if suffix in ("bib", "ris", "csl") else "harbour bridge") in answer.text
    assert ("content-disposition" in answer.headers) == (suffix != "json")


def test_an_earlier_revision_is_given_too(web: Web) -> None:
    assert json.loads(web.get("/article/3.json?revision=1").text)["headline"] == "Ferry loses two evening boats"


@pytest.mark.parametrize("form", ["html", "md", "txt"])
def test_a_webmaster_gets_a_report(web: Web, form: str) -> None:
    assert f'href="/spam/report.{form}?source=Courier"' in web.page("/spam?source=Courier")
    answer = web.get(f"/spam/report.{form}?source=Courier")
    assert answer.status == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert "ourier.example/1" in answer.text
    assert "evil.example" not in answer.text
    assert "evil.example" in web.get(f"/spam/report.{form}").text
    assert "<script>" not in web.get(f"/spam/report.{form}").text or form != "html"


def test_hits_are_given_as_references(web: Web) -> None:
    assert [one["title"] for one in json.loads(web.get("/search.csl?q=bridge").text)] == [
        "Bridge closed",
        "Bridge closed, harbour says",
    ]
    assert web.get("/search.ris?q=bridge").text.count("TY  - NEWS") == 2
    assert web.get("/search.bib?q=bridge").text.count("@") >= 2
    assert json.loads(web.get("/search.csl?q=zzz").text) == []


def test_hits_are_given_as_json_csv_and_json_lines(web: Web) -> None:
    found = json.loads(web.get("/search.json?q=bridge").text)
    assert found["n_hits"] == 2
    assert found["facets"]["source"] == {"Courier": 1, "Echo": 1}
    assert {hit["headline"] for hit in found["hits"]} == {"Bridge closed", "Bridge closed, harbour says"}
    rows = list(csv.DictReader(io.StringIO(web.get("/search.csv?q=bridge").text)))
    assert [row["id"] for row in rows] == ["1", "2"]
    lines = web.get("/search.jsonl?q=bridge").text.splitlines()
    assert [json.loads(line)["body"] for line in lines] == [STORY, STORY + " At last."]


def test_a_search_is_a_feed_that_a_reader_can_keep(web: Web) -> None:
    tree = ET.fromstring(web.get("/search.atom?q=bridge").text)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{atom}title") for entry in tree.iter(f"{atom}entry")] == [
        "Bridge closed, harbour says",
        "Bridge closed",
    ]
    assert ET.fromstring(web.get("/search.atom").text) is not None


def test_sql_is_one_click_away_and_asks_the_same(web: Web) -> None:
    (sql,) = [link for link in links(web.page("/search?q=bridge")) if link.startswith("/archive?") and "sql=" in link]
    asked = parse_qs(urlsplit(sql).query)
    rows = json.loads(web.get("/archive.json?" + urlencode({**asked, "_shape": "array"}, doseq=True)).text)
    assert {row["headline"] for row in rows} == {"Bridge closed", "Bridge closed, harbour says"}


def test_datasettes_facets_are_one_click_away_and_count_the_same(web: Web) -> None:
    (facets,) = [
        link for link in links(web.page("/search?q=bridge")) if link.startswith("/archive/current_articles?_facet")
    ]
    path, _, query = facets.partition("?")
    found = json.loads(web.get(f"{path}.json?{query}").text)
    assert found["filtered_table_rows_count"] == 2
    assert {one["value"]: one["count"] for one in found["facet_results"]["source"]["results"]} == {
        "Courier": 1,
        "Echo": 1,
    }


def test_the_command_on_the_page_exports_the_same(web: Web) -> None:
    page = web.page("/search?q=bridge&source=Echo&since=2024-01-01")
    assert "presskeep export bridge --source Echo --since 2024-01-01 --format jsonl -o corpus.jsonl" in page


def test_static_files_are_kept_by_browsers_until_they_change(web: Web) -> None:
    (address,) = re.findall(r'href="(/static/style\.css\?\w+)"', web.page("/"))
    answer = web.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert web.get("/static/style.css").headers["cache-control"] == "no-cache"
    assert web.get(address, headers={"if-none-match": answer.headers["etag"]}).status == 304
    for font in set(re.findall(r'url\("([\w-]+\.woff2)"\)', answer.text)):
        assert web.get(f"/static/{font}").headers["content-type"] == "font/woff2"


def test_it_serves_while_a_crawl_writes(tmp_path: Path) -> None:
    folder = make_archive(tmp_path, ARTICLES[:1])
    web = Web(folder)
    with closing(sqlite3.connect(folder / "archive.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE articles SET headline = 'Another headline'")
        assert "Another headline" not in web.page("/")
        writer.execute("COMMIT")
        assert "Another headline" in web.page("/")


def test_an_empty_archive_has_pages(tmp_path: Path) -> None:
    web = Web(make_archive(tmp_path))
    assert "holds no articles yet" in web.page("/")
    for path in ("/search", "/search?q=a", "/sources", "/runs", "/spam"):
        web.page(path)
