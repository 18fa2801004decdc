"""`presskeep import warc` as a user runs it: with worker processes, from disk and from an S3 server on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import presskeep, rows
from foreign_warcs import AT, browsertrix, heritrix, http, packed, record, sha1, stormcrawler, story, wget
from s3_server import put_into, s3_server, s3_settings

SITE = "http://courier.example"
TEXTS = "SELECT id, url, url_key, body_sha256, n_revisions, first_seen_at, duplicate_of FROM articles ORDER BY id"
CLUSTERS = "SELECT article_id, cluster_id FROM near_duplicates ORDER BY article_id"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("warcs")
    (folder / "a.warc.gz").write_bytes(
        packed(wget(f"{SITE}/a", story("harbour wall")) + heritrix(f"{SITE}/b", story("taxes")))
    )
    (folder / "b.warc").write_bytes(packed(browsertrix(f"{SITE}/c", story("railway line")), "plain"))
    (folder / "c.warc.zst").write_bytes(packed(stormcrawler(f"{SITE}/d", story("library roof")), "zstd"))
    return folder


@pytest.fixture(scope="module")
def imported(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of these files, by one worker process."""
    archive = tmp_path_factory.mktemp("one") / "archive"
    done = presskeep("import", "warc", "--archive", archive, files, "--workers", "1", timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return archive


def test_a_copied_record_and_a_broken_one_are_told_by_the_exit_code(files: Path, tmp_path: Path) -> None:
    page = story("market hall")
    good = record("response", http(page), WARC_Target_URI=f"{SITE}/m", WARC_Date=AT, WARC_Payload_Digest=sha1(page),
                  WARC_Record_ID="<urn:uuid:m>", Content_Type="application/http; msgtype=response")  # fmt: skip
    (tmp_path / "x.warc.gz").write_bytes(b"\x1f\x8b\x08 broken" + packed([good]))
    done = presskeep("import", "warc", "--archive", tmp_path / "archive", tmp_path / "x.warc.gz", "--copy", timeout=120)
    assert (done.returncode, done.stdout) == (3, "")
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"{tmp_path / 'x.warc.gz'} at 0: ")
    assert lines[1] == "1 answers in 1 files: 1 new"
    assert rows(tmp_path / "archive", "SELECT warc_file LIKE 'warc/%' FROM captures") == [(1,)]
    last = json.loads(presskeep("runs", "last", "--archive", tmp_path / "archive", "--json").stdout)
    assert (last["command"], last["exit_code"], last["options"]["copy"]) == ("import", 3, True)


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [(("gone.warc.gz",), "cannot read gone.warc.gz: No such file or directory", 2),
     (("s3-that-nobody-has://a/b",), "cannot read s3-that-nobody-has://a/b", 2),
     (("x", "--status", "ok"), "--status ok: three digits, or 2xx", 2),
     (("x", "--source", "Nobody"), "no source Nobody in this archive", 1)],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_in_one_line(
    arguments: tuple[str, ...], said: str, code: int, tmp_path: Path
) -> None:
    done = presskeep("import", "warc", "--archive", tmp_path / "archive", *arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)
    assert said in done.stderr


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server() as address:
        yield address


def test_files_in_s3_are_imported_where_they_lie_by_two_workers_as_by_one(
    files: Path, imported: Path, s3: str, tmp_path: Path
) -> None:
    settings = s3_settings(s3)
    assert put_into("papers", files, s3) == "s3://papers/24/"
    archive = tmp_path / "archive"
    done = presskeep(
        "import", "warc", "--archive", archive, "s3://papers/24/", "--workers", "2", timeout=120, **settings
    )
    assert (done.returncode, done.stderr) == (0, "")
    for sql in (TEXTS, CLUSTERS, "SELECT url, outcome FROM links ORDER BY id"):
        assert rows(archive, sql) == rows(imported, sql)
    assert rows(archive, "SELECT DISTINCT warc_file LIKE 's3://papers/24/%' FROM captures") == [(1,)]
    before = rows(archive, "SELECT * FROM captures")
    assert presskeep("import", "warc", "--archive", archive, "s3://papers/24/", **settings).returncode == 0
    assert rows(archive, "SELECT * FROM captures") == before
    out = tmp_path / "out.warc.gz"
    assert presskeep("export", "--archive", archive, "-o", out, timeout=60, **settings).returncode == 0
    assert out.stat().st_size > 1000
    checked = presskeep("doctor", "--archive", archive, "--json", timeout=60, **settings)
    assert "damaged" not in checked.stdout
    missing = presskeep("import", "warc", "--archive", archive, "s3://papers/none.warc.gz", **settings)
    assert (missing.returncode, len(missing.stderr.splitlines())) == (2, 1)
