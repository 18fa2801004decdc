import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from archive_commands import run, said
from archives import ArchiveArticle, make_archive

from archive.cli.keep import migrate, serve
from archive.lock import hold
from archive.serve import web_archive
from archive.web.policy import local_only


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve an archive on a free port of loopback in a process of its own, and give its address."""
    code = f"from archive.cli.keep import serve; serve(['--archive', {str(folder)!r}, '--port', '0'])"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        try:
            yield line.split(" at ")[1].split()[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)
            process.stderr.read()


def get(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def test_the_web_archive_shows_tables_searches_and_escapes(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    folder = make_archive(
        tmp_path, [ArchiveArticle(headline=f"Flood {hostile}", body="Rain in Kabul."), ArchiveArticle(body="Sun.")]
    )
    with served(folder) as url:
        assert "Articles with their current text" in get(url + "archive/current_articles")
        page = get(url + "archive/current_articles?_search=kabul")
        assert "&lt;script&gt;" in page
        assert hostile not in page
        assert "Sun." not in page
        with closing(sqlite3.connect(folder / "archive.db", timeout=5)) as writer, writer:
            writer.execute("UPDATE articles SET headline = 'New headline' WHERE id = 2")
        assert "New headline" in get(url + "archive/articles/2")
        with pytest.raises(urllib.error.HTTPError):
            get(url + "archive?sql=delete+from+articles")


@pytest.mark.parametrize(
    ("host", "status"), [("localhost", 200), ("127.0.0.1:8001", 200), ("[::1]", 200), ("evil.example", 421)]
)
def test_this_machine_is_asked_under_its_own_names_alone(tmp_path: Path, host: str, status: int) -> None:
    application = local_only(web_archive(make_archive(tmp_path)).app())

    async def ask() -> int:
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/search.json", headers={"host": host})).status_code

    assert asyncio.run(ask()) == status


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    folder = make_archive(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(folder, serve, "--port", str(port))
    assert result.exit_code == 2
    assert said(result) == f"cannot listen on 127.0.0.1:{port}: Address already in use"


def test_serving_no_archive_is_one_line(tmp_path: Path) -> None:
    result = run(tmp_path / "none", serve)
    assert result.exit_code == 5
    assert said(result).startswith("no archive at ")
    (tmp_path / "archive.db").write_bytes(b"no database" * 100)
    assert run(tmp_path, serve).exit_code == 5


def test_migrate_says_what_it_did(tmp_path: Path) -> None:
    folder = make_archive(tmp_path)
    result = run(folder, migrate)
    assert (result.exit_code, result.output) == (0, "nothing to do: the schema is this presskeep's\n")


def test_migrate_refuses_what_it_cannot_migrate(tmp_path: Path) -> None:
    assert run(tmp_path / "none", migrate).exit_code == 5
    assert not (tmp_path / "none").exists()
    folder = make_archive(tmp_path)
    with hold(folder):
        result = run(folder, migrate)
    assert result.exit_code == 75
    assert f"process {os.getpid()}" in said(result)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE _sqlite_migrations SET name = 'm999_later' WHERE name = 'm001_tables'")
    result = run(folder, migrate)
    assert result.exit_code == 5
    assert "upgrade presskeep" in said(result)
