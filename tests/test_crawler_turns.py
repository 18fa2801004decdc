"""Links that need not be asked: they get their outcomes, hold up nothing, and take nobody's turn."""

from collections import Counter
from pathlib import Path

from commands import outcomes, presskeep, sources_file
from newsroom import Newsroom

OPEN = 3


def crawl_map(archive: Path, newsroom: Newsroom, path: str, n: int, *more: str) -> Counter[str]:
    """Crawl a sitemap of `n` URLs below a path, and of some sound ones that are older; give the outcomes of all."""
    newest = [(newsroom.url_of(f"{path}story-of-the-day-{number}.html"), "2026-11-20") for number in range(n)]
    sound = [(url, "2026-01-01") for url in newsroom.publish_many(OPEN)]
    urls = "".join(f"<url><loc>{url}</loc><lastmod>{day}</lastmod></url>" for url, day in [*newest, *sound])
    newsroom.serve("/map.xml", f"<urlset>{urls}</urlset>", content_type="application/xml")
    newsroom.serve("/", "<html><body>nothing here</body></html>")
    sources = sources_file(archive.parent, {"Daily": newsroom.url}, sitemaps=f'["{newsroom.url_of("/map.xml")}"]')
    done = presskeep("--archive", archive, "crawl", "--sources", sources, *more)
    assert done.returncode == 0, done.stderr
    return Counter(word for url, word in outcomes(archive).items() if "/news/" in url or path in url)


def test_what_robots_txt_closes_takes_nobodys_turn(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.serve("/robots.txt", "User-agent: *\nDisallow: /closed/\n", content_type="text/plain")
        found = crawl_map(tmp_path / "archive", newsroom, "/closed/", 1_000, "--limit", str(OPEN))
        assert not any(path.startswith("/closed/") for _, path, _ in newsroom.requests)
    assert found == {"robots": 1_000, "new": OPEN}


def test_the_rest_of_a_pattern_that_brings_nothing_takes_nobodys_turn(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        found = crawl_map(tmp_path / "archive", newsroom, "/gone/", 1_000, "--limit", "120")
        n_asked = sum(path.startswith("/gone/") for _, path, _ in newsroom.requests)
    assert 100 <= n_asked <= 120 - OPEN
    assert found == {"http_404": n_asked, "barren_pattern": 1_000 - n_asked, "new": OPEN}
