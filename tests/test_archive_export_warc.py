"""An export of captures, read by warcio and replayed by pywb."""

import gzip
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from archive_commands import run, said
from commands import environment
from test_archive_warc import exchange, warcio_check
from warcio.archiveiterator import ArchiveIterator

from archive.articles import add_article, add_revision
from archive.cli.keep import export
from archive.records import Article, Capture, Extractor
from archive.store import Store, open_store
from archive.url_key import url_key
from archive.warc import WarcWriter

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
PYWB = Path(__file__).parent.parent / ".venv" / "pywb" / "bin"


class Maker:
    """Keeps pages as a crawl does: a WARC record each, a revisit where the payload is known, then the rows."""

    def __init__(self, folder: Path) -> None:
        self.store: Store = open_store(folder)
        self.writer = WarcWriter(folder, name="test")
        self.at = NOW

    def capture(self, url: str, payload: bytes) -> int:
        self.at += timedelta(minutes=1)
        made = exchange(payload, url)
        known = self.store.original(made.payload_digest)
        written = self.writer.append(made, original=known[1] if known else None)
        return self.store.save_capture(
            Capture(
                url=url, fetched_at=made.fetched_at, http_status=200, content_type="text/html", payload_digest=made.payload_digest,
                payload_length=len(payload), record_type=written.record_type, record_id=written.record_id,
                warc_file=written.warc_file, warc_offset=written.offset, warc_length=written.length,
                revisit_of=known[0] if known else None,
            ),
            run_id=None,
        )  # fmt: skip

    def keep(self, url: str, *bodies: str) -> None:
        """Keep an article with these bodies as its revisions."""
        article_id = None
        for number, body in enumerate(bodies, 1):
            capture_id = self.capture(url, f"<html>{body}</html>".encode())
            rest: dict[str, Any] = {"capture_id": capture_id, "signature": None, "captured_at": self.at, "now": self.at}
            if article_id is None:
                article_id = add_article(
                    self.store, article(url, body), url_key=url_key(url), source_id=None, duplicate_of=None, **rest
                )
            else:
                add_revision(self.store, article_id, article(url, body), number=number, **rest)

    def close(self) -> None:
        self.store.db.commit()
        self.writer.close()
        self.store.close()


def article(url: str, body: str) -> Article:
    return Article(
        url=url, canonical_url=None, headline="A headline", description=None, authors=(), published="2024-03-05", modified=None,
        section=None, keywords=(), language="en", image=None, article_type=None, paywall=None, body=body, marks=(), signals={},
        removals=(), extractor=Extractor(name="t", version="1", options="", rules=""),
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("captures") / "archive"
    maker = Maker(folder)
    maker.keep("http://one.example/a", "First text of a flood.", "Second text of a flood.", "First text of a flood.")
    maker.keep("http://two.example/b", "First text of a flood.")
    maker.keep("http://three.example/c", "Nothing of the kind.")
    maker.close()
    return folder


def records(path: Path) -> list[tuple[str, str | None, str | None]]:
    with path.open("rb") as file:
        return [
            (record.rec_type, record.rec_headers["WARC-Target-URI"], record.rec_headers["WARC-Refers-To"])
            for record in ArchiveIterator(file)
        ]


def test_all_revisions_captures_come_with_their_requests(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "hits.warc.gz"
    assert run(folder, export, "flood", "-o", path).exit_code == 0
    found = records(path)
    assert [(kind, (url or "")[-1:]) for kind, url, _ in found] == [
        ("warcinfo", ""), ("response", "a"), ("request", "a"), ("response", "a"), ("request", "a"), ("revisit", "a"),
        ("request", "a"), ("revisit", "b"), ("request", "b"),
    ]  # fmt: skip
    assert warcio_check(path).returncode == 0


def test_a_file_that_is_gone_is_called_by_its_own_name(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    (gone,) = (copy / "warc").rglob("*.warc.gz")
    gone.unlink()
    result = run(copy, export, "-o", tmp_path / "hits.warc.gz")
    assert result.exit_code == 5
    assert re.fullmatch(
        rf"{re.escape(str(gone))} holds no whole record at \d+: No such file or directory", said(result)
    )
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_the_record_that_a_revisit_refers_to_comes_along(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "hits.warc.gz"
    run(folder, export, "http://two.example/b", "-o", path)
    found = records(path)
    assert [kind for kind, _, _ in found] == ["warcinfo", "response", "request", "revisit", "request"]
    with path.open("rb") as file:
        ids = {record.rec_headers["WARC-Record-ID"] for record in ArchiveIterator(file)}
    assert found[3][2] in ids


def test_records_are_copied_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "hits.warc.gz"
    run(folder, export, "-o", path)
    (kept,) = folder.glob("warc/*/*/*.warc.gz")

    def members(data: bytes) -> set[bytes]:
        parts = re.split(rb"(?=\x1f\x8b\x08)", data)
        return {part for part in parts if part}

    # both begin with a warcinfo record of their own
    assert len(members(kept.read_bytes()) - members(path.read_bytes())) == 1


def test_articles_without_a_capture_are_counted(folder: Path, tmp_path: Path) -> None:
    from archives import ArchiveArticle, make_archive

    imported = make_archive(tmp_path / "imported", [ArchiveArticle(headline="h", body="Text.")])
    result = run(imported, export, "-o", tmp_path / "x.warc.gz")
    assert result.exit_code == 0
    assert said(result).endswith("; no capture is kept of 1 of them")


def test_a_damaged_record_is_one_line_and_leaves_no_file(folder: Path, tmp_path: Path) -> None:
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (kept,) = broken.glob("warc/*/*/*.warc.gz")
    kept.write_bytes(kept.read_bytes()[:1500])
    result = run(broken, export, "-o", tmp_path / "x.warc.gz")
    assert result.exit_code == 5
    assert "holds no whole record at" in said(result)
    assert not list(tmp_path.glob("x.*"))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.long
def test_pywb_replays_an_export_and_its_revisits(folder: Path, tmp_path: Path) -> None:
    if not (PYWB / "wayback").exists():
        pytest.fail("pywb is not installed: make test-long installs it") if os.environ.get("CI") else pytest.skip(
            "no pywb"
        )
    run(folder, export, "http://two.example/b", "-o", tmp_path / "hits.warc.gz")
    clean = {**environment(), "PATH": os.environ["PATH"]}
    for words in (["init", "hits"], ["add", "hits", str(tmp_path / "hits.warc.gz")]):
        subprocess.run(
            [PYWB / "wb-manager", *words], cwd=tmp_path, env=clean, check=True, capture_output=True, timeout=60
        )
    port = free_port()
    server = subprocess.Popen(
        [PYWB / "wayback", "-b", "127.0.0.1", "-p", str(port)], cwd=tmp_path, env=clean,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        assert b"First text of a flood." in replayed(port, "http://two.example/b")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


def replayed(port: int, url: str) -> bytes:
    """Ask pywb for a page as it was, for at most half a minute until it listens."""
    for _ in range(60):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/hits/20261123120000id_/{url}", timeout=10) as answer:
                data: bytes = answer.read()
                return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.5)
    raise AssertionError("pywb does not answer")
