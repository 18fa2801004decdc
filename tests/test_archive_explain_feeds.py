"""`explain` for the places that list links: they are asked, so their whole way can be asked for."""

from pathlib import Path

from commands import presskeep, sources_file
from newsroom import Newsroom


def test_explain_tells_the_way_of_a_feed(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        told = presskeep("--archive", archive, "explain", newsroom.url_of("/sitemap.xml"))
    assert told.returncode == 0, told.stderr
    assert "a sitemap of Daily, found in robots" in told.stdout
    assert "HTTP 200: ok" in told.stdout
    assert "2 links listed" in told.stdout
    assert "captured on" in told.stdout
