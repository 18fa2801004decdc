"""Crawling on a Dask cluster of real processes on loopback: the same archive as from one process, whoever is killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from commands import environment, presskeep, rows, sources_file
from dask_cluster import DaskCluster, wait_until
from migrating import archive_before
from newsroom import Newsroom

from archive.doctor import examine
from archive.merge import merge
from archive.parts import add_part
from archive.schema import MIGRATIONS
from archive.shard import cut
from archive.shared_folder import SharedFolder
from archive.store import open_store
from crawler.shards import make_shards
from crawler.sources import Source

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
LISTED = (
    "SELECT a.url_key, s.name, a.n_revisions, a.gone_at IS NULL FROM articles a LEFT JOIN sources s"
    " ON s.id = a.source_id ORDER BY 1",
    # which of two papers was asked first is chance
    "SELECT body_sha256, count(*), count(duplicate_of) FROM articles GROUP BY 1 ORDER BY 1",
    "SELECT a.url_key, r.number, e.extractor, e.version, e.options, e.rules, e.template, e.headline, e.description,"
    " e.authors, e.published, e.section, e.keywords, e.language, e.body, e.marks"
    " FROM extractions e JOIN revisions r ON r.id = e.revision_id JOIN articles a ON a.id = r.article_id ORDER BY 1, 2, 7",
    "SELECT a.url_key, x.position, x.stage, x.reason, x.rule, x.text FROM removals x JOIN extractions e"
    " ON e.id = x.extraction_id JOIN revisions r ON r.id = e.revision_id JOIN articles a ON a.id = r.article_id ORDER BY 1, 2",
    "SELECT l.url, s.name, l.outcome, l.http_status, l.final_url, a.url_key, l.n_unchanged"
    " FROM links l LEFT JOIN sources s ON s.id = l.source_id LEFT JOIN articles a ON a.id = l.article_id ORDER BY 1",
    "SELECT s.name, f.url, f.kind, f.found_in, f.outcome, f.n_links FROM feeds f JOIN sources s ON s.id = f.source_id"
    " ORDER BY 1, 2",
    "SELECT s.name, b.key, b.place, b.rule, b.text, b.n_articles FROM site_blocks b JOIN sources s ON s.id = b.source_id"
    " ORDER BY 1, 2",
    "SELECT min(a.url_key), count(*) FROM near_duplicates n JOIN articles a ON a.id = n.article_id GROUP BY n.cluster_id"
    " ORDER BY 1",
    "SELECT url, count(*) FROM captures WHERE purpose = 'page' GROUP BY url ORDER BY 1",
)


def told(archive: Path, *, captures: bool = True) -> list[list[tuple[Any, ...]]]:
    """What an archive holds, without ids, moments and places; and without what the list says that named a page first: of two
    lists in flight, either may.
    """
    return [rows(archive, sql) for sql in LISTED[: None if captures else -1]]


def bad(archive: Path) -> list[str]:
    return [finding.detail for finding in examine(archive) if finding.bad]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with DaskCluster(tmp_path_factory.mktemp("cluster"), 3) as started:
        yield started


@pytest.fixture
def newsrooms() -> Iterator[list[Newsroom]]:
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(Newsroom(address=address)) for address in HOSTS]
        for newsroom in found:
            newsroom.publish_many(3)
            # one agency's text in all of them
            newsroom.publish(
                "agency", headline="A wire report", paragraphs=[f"Sentence {n} of the wire." * 4 for n in range(9)]
            )
        yield found


def sources_of(folder: Path, newsrooms: list[Newsroom], **settings: Any) -> Path:
    names = {f"Paper {number}": newsroom.url for number, newsroom in enumerate(newsrooms, 1)}
    return sources_file(folder, names, **settings)


def make_due(archive: Path) -> None:
    import sqlite3

    with contextlib.closing(sqlite3.connect(archive / "archive.db")) as db, db:
        for table in ("feeds", "links"):
            db.execute(f"UPDATE {table} SET next_due_at = '2020-01-01T00:00:00.000000Z' WHERE next_due_at IS NOT NULL")


def crawled(archive: Path, sources: Path, *arguments: str) -> Path:
    ended = presskeep(
        "--archive", archive, "crawl", "--sources", sources, *arguments, timeout=400, PRESSKEEP_CONTACT="x@y.example"
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    return archive


def test_a_crawl_on_a_cluster_brings_what_one_process_brings(
    cluster: DaskCluster, newsrooms: list[Newsroom], tmp_path: Path
) -> None:
    sources = sources_of(tmp_path, newsrooms)
    one = crawled(tmp_path / "one", sources)
    many = crawled(tmp_path / "many", sources, "--cluster", cluster.address)
    assert told(many) == told(one)
    assert len(told(many)[0]) == 12
    assert bad(many) == []
    assert not list((many / "shards").iterdir())


@pytest.mark.long
def test_a_second_crawl_on_a_cluster_brings_only_what_is_new(
    cluster: DaskCluster, newsrooms: list[Newsroom], tmp_path: Path
) -> None:
    sources = sources_of(tmp_path, newsrooms)
    one = crawled(tmp_path / "one", sources)
    many = crawled(tmp_path / "many", sources, "--cluster", cluster.address)
    newsrooms[0].edit("report-0001", headline="Council takes it all back")
    newsrooms[1].withdraw("report-0002", status=410, listed=True)
    newsrooms[2].publish("late")
    for archive, arguments in ((one, ()), (many, ("--cluster", cluster.address))):
        make_due(archive)
        crawled(archive, sources, *arguments)
    assert told(many) == told(one)
    assert rows(many, "SELECT count(*) FROM revisions") == [(14,)]
    assert bad(many) == []


def begin(archive: Path, sources: Path, address: str, **changes: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "crawler.start",
            "--archive",
            archive,
            "crawl",
            "--sources",
            sources,
            "--cluster",
            address,
        ],
        env=environment(**changes),
    )


def crawls() -> dict[int, int]:
    """The processes that crawl shards now: pid -> their parent."""
    found = {}
    for path in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if path.name.isdigit() and b"crawler.shard_process" in (path / "cmdline").read_bytes():
                found[int(path.name)] = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
    return found


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")
def test_workers_that_are_killed_twice_lose_and_double_nothing(
    cluster: DaskCluster, newsrooms: list[Newsroom], tmp_path: Path
) -> None:
    one, many = tmp_path / "one", tmp_path / "many"
    crawled(one, sources_of(tmp_path, newsrooms))
    running = begin(many, slow(tmp_path, newsrooms), cluster.address)
    for _ in range(2):
        wait_until("a shard is crawled", crawls)
        pid, parent = next(iter(crawls().items()))
        (worker,) = [each for each in cluster.workers if each.pid == parent]
        cluster.kill_worker(worker)
        wait_until("the crawl ends with its worker", lambda pid=pid: pid not in crawls())
        cluster.add_worker()
    assert running.wait(timeout=90) == 0
    assert told(many) == told(one)
    assert bad(many) == []


def slow(folder: Path, newsrooms: list[Newsroom]) -> Path:
    """The same sources, asked so slowly that there is time to kill."""
    (folder / "slow").mkdir()
    path = sources_of(folder / "slow", newsrooms)
    path.write_text(path.read_text().replace("delay = 0", "delay = 0.2"))
    return path


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")
def test_after_a_killed_coordinator_the_next_run_goes_on(
    cluster: DaskCluster, newsrooms: list[Newsroom], tmp_path: Path
) -> None:
    one, many = tmp_path / "one", tmp_path / "many"
    crawled(one, sources_of(tmp_path, newsrooms))
    sources = slow(tmp_path, newsrooms)
    running = begin(many, sources, cluster.address, PRESSKEEP_CONTACT="x@y.example")
    wait_until("shards are crawled", crawls)
    time.sleep(1.5)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    crawled(many, sources, "--cluster", cluster.address)
    assert told(many, captures=False) == told(one, captures=False)
    assert bad(many) == []
    assert crawls() == {}
    assert not list((many / "shards").iterdir())


def test_a_part_of_an_archive_is_whole_in_itself_and_changes_nothing_when_it_is_merged(tmp_path: Path) -> None:
    whole = archive_before(MIGRATIONS[1], tmp_path / "whole")
    with contextlib.closing(open_store(whole)) as store:
        add_part(store, 1, 2, 2)
        store.db.commit()
        before = told(whole)
        part = cut(whole, tmp_path / "part", ["Daily"], is_near=lambda url: True)
        assert rows(tmp_path / "part", "PRAGMA foreign_key_check") == []
        assert rows(tmp_path / "part", "SELECT count(*) FROM links") == rows(whole, "SELECT count(*) FROM links")
        assert rows(tmp_path / "part", "SELECT count(*) FROM parts") == [(1,)]
        report = merge(store, tmp_path / "part", now=datetime.now(UTC), part=part)
    assert not report.changed
    assert told(whole) == before
    nobody = cut(whole, tmp_path / "nothing", ["Nobody"], is_near=lambda url: False)
    assert (nobody.captures, rows(tmp_path / "nothing", "SELECT count(*) FROM links")) == (0, [(0,)])


def test_hosts_in_common_make_one_shard() -> None:
    def source(name: str, url: str, **more: Any) -> Source:
        return Source(name=name, url=url, **more)

    sources = [
        source("a", "https://www.paper.co.uk/"),
        source("b", "https://sport.paper.co.uk/"),
        source("c", "https://other.co.uk/"),
        source("d", "https://d.example/", feeds=("https://feeds.other.co.uk/d",)),
        source("e", "https://e.example/"),
        source("f", "https://f.example/"),
    ]
    known = {"e": ["https://cdn.f.example/feed"]}
    shards = make_shards(sources, known=known, weights={"f": 50}, most=10)
    assert [sorted(one.name for one in shard.sources) for shard in shards] == [["e", "f"], ["a", "b"], ["c", "d"]]
    domains = [domain for shard in shards for domain in shard.domains]
    assert len(domains) == len(set(domains))
    packed = make_shards(sources, known=known, weights={"f": 50}, most=2)
    assert [sorted(one.name for one in shard.sources) for shard in packed] == [["e", "f"], ["a", "b", "c", "d"]]
    assert packed[0].is_near("http://x.f.example/1")
    assert not packed[0].is_near("http://paper.co.uk/1")


@pytest.fixture
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 of moto's on loopback, with one bucket."""
    from moto.server import ThreadedMotoServer

    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.get_host_and_port()[1]}")
    try:
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir("bucket")
        yield "s3://bucket/shards"
    finally:
        server.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_shared_folder_may_be_on_s3(tmp_path: Path, s3_server: str) -> None:
    gives_back_what_was_put_there(SharedFolder(s3_server).below("run"), tmp_path)


@pytest.mark.parametrize("kind", ["path", "memory"])
def test_a_shared_folder_gives_back_what_was_put_there(tmp_path: Path, kind: str) -> None:
    name = str(tmp_path / "shared") if kind == "path" else "memory://presskeep/shared"
    gives_back_what_was_put_there(SharedFolder(name).below("run"), tmp_path)


def gives_back_what_was_put_there(shared: SharedFolder, tmp_path: Path) -> None:
    assert shared.names() == []
    (tmp_path / "file").write_bytes(b"content")
    shared.put("a.tar", tmp_path / "file")
    shared.write("sign", "1")
    shared.write("sign", "2")
    assert (shared.names(), shared.read("sign"), shared.read("other")) == (["a.tar", "sign"], "2", None)
    shared.get("a.tar", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"content"
    shared.remove("sign")
    shared.remove("sign")
    assert shared.names() == ["a.tar"]
    shared.remove_all()
    assert shared.names() == []


def test_wrong_questions_are_answered_in_one_line(tmp_path: Path) -> None:
    sources = sources_file(tmp_path, {"Paper": "http://127.0.0.1:9/"})
    for arguments, why in (
        (("--cluster", "tcp://127.0.0.1:1", "--limit", "3"), "--limit counts the pages of one process"),
        (("--shared", "x"), "--shared goes with --cluster"),
        (("--cluster", "127.0.0.1:1"), "write tcp://127.0.0.1:1"),
    ):
        ended = presskeep(
            "--archive", tmp_path / "a", "crawl", "--sources", sources, *arguments, PRESSKEEP_CONTACT="x@y.example"
        )  # fmt: skip
        assert (ended.returncode, len(ended.stderr.splitlines()), why in ended.stderr) == (2, 1, True)


def test_an_import_on_a_cluster_brings_what_local_processes_bring(cluster: DaskCluster, tmp_path: Path) -> None:
    warcs = archive_before(MIGRATIONS[1], tmp_path / "earlier") / "warc"
    one, many = tmp_path / "one", tmp_path / "many"
    for archive, arguments in ((one, ("--workers", "2")), (many, ("--cluster", cluster.address))):
        assert presskeep("--archive", archive, "import", "warc", warcs, *arguments).returncode == 0
    assert told(many) == told(one)
    assert rows(many, "SELECT count(*) FROM articles")[0][0] > 3
    assert rows(many, "SELECT done_to > 0, finished_at IS NOT NULL FROM imported_files") == rows(
        one, "SELECT done_to > 0, finished_at IS NOT NULL FROM imported_files"
    )
    assert bad(many) == []
    for archive, arguments in ((one, ("--workers", "2")), (many, ("--cluster", cluster.address))):
        with contextlib.closing(open_store(archive)) as store, store.transaction():
            store.db.execute("UPDATE extractions SET version = '0'")
        assert presskeep("--archive", archive, "reextract", *arguments).returncode == 0
    assert told(many) == told(one)
    assert rows(many, "SELECT count(*) > 3 FROM extractions WHERE version != '0'") == [(1,)]
    wrong = presskeep("--archive", many, "import", "warc", warcs, "--cluster", cluster.address, "--workers", "2")
    assert (wrong.returncode, "does not go with --cluster" in wrong.stderr) == (2, True)
