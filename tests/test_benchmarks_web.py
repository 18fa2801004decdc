from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from archive.doctor import examine
from archive.reader import open_reader
from archive.search import search
from benchmarks.articles import articles
from benchmarks.invented_archive import Progress, main, write_articles
from benchmarks.web import serving, timed, words_by_share

N = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_articles(tmp_path_factory.mktemp("invented") / "archive", N)


def test_the_same_seed_invents_the_same_articles() -> None:
    assert list(islice(articles(50), 20)) == list(articles(20))
    assert list(articles(5, seed=2)) != list(articles(5))


def test_invented_articles_are_as_news_is_and_kept_as_a_crawl_keeps_them(folder: Path) -> None:
    found = list(articles(N))
    assert 3000 < sum(len(one.article.body) for one in found) / N < 3600
    assert 0 < sum(one.article.published is None for one in found) < N * 0.1
    edited = {one.number for one in found if one.earlier}
    copies = {one.number: one.original for one in found if one.original != one.number}
    assert 0 < len(edited) < N * 0.1
    assert 0 < len(copies) < N * 0.1
    with closing(open_reader(folder)) as db:
        assert search(db, "", limit=1).n_hits == N
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert {row[0] for row in db.execute("SELECT article_id FROM revisions WHERE number = 2")} == edited
        clusters = dict(
            db.execute("SELECT article_id, cluster_id FROM near_duplicates WHERE article_id != cluster_id").fetchall()
        )
        assert clusters == copies
        assert db.execute("SELECT outcome, count(*) FROM links GROUP BY 1 ORDER BY 1").fetchall()[0][:] == (
            "new",
            N - len(edited),
        )
        wanted = found[17].article.body.split(".")[0]
        assert found[17].number in {hit.article_id for hit in search(db, f'"{wanted}"').hits}
    assert [finding for finding in examine(folder) if finding.bad] == []


def test_writing_goes_on_where_it_stopped(tmp_path: Path) -> None:
    told: list[Progress] = []
    for n in (200, 320):
        write_articles(tmp_path / "grown", n, tell=told.append)
    write_articles(tmp_path / "at_once", 320)
    assert [progress.n_articles for progress in told] == [100, 200, 300, 320]
    assert 0 < told[0].cpu < told[1].cpu
    texts = "SELECT url_key, headline, body_sha256, n_revisions, cluster_id FROM articles a LEFT JOIN near_duplicates n"
    texts += " ON n.article_id = a.id ORDER BY id"
    with closing(open_reader(tmp_path / "grown")) as grown, closing(open_reader(tmp_path / "at_once")) as at_once:
        assert list(map(tuple, grown.execute(texts))) == list(map(tuple, at_once.execute(texts)))


def test_words_are_chosen_by_the_articles_that_hold_them(folder: Path) -> None:
    n_articles, words = words_by_share(folder)
    assert n_articles == N
    with closing(open_reader(folder)) as db:
        for (low, high), chosen in words.items():
            for word in chosen[:3]:
                assert low * N < search(db, word, limit=1).n_hits <= high * N


def test_pages_are_timed_from_the_real_server(folder: Path) -> None:
    with serving(folder) as address:
        found = timed(address, "search", ["/search?q=an", "/article/1"])
        assert len(found.times) == 2
        assert found.row[:2] == ("search", "2")
        with pytest.raises(RuntimeError, match="HTTP 404"):
            timed(address, "nothing", ["/article/999999"])


def test_an_archive_of_other_articles_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--articles", "400", "--seed", "2"]) == 1
    assert "is there already" in capsys.readouterr().err
