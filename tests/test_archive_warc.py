import gzip
import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from hypothesis import given
from hypothesis import strategies as st

from archive.warc import (
    DamagedWarcError,
    Exchange,
    Original,
    WarcWriter,
    Written,
    members,
    recover,
    warc_date,
)
from archive.warc_read import read_record

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def exchange(payload: bytes = b"<html>hello</html>", url: str = "http://example.org/a") -> Exchange:
    return Exchange(
        url=url,
        fetched_at=NOW,
        request_head=b"GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n",
        response_head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(payload),
        payload=payload,
        ip_address="127.0.0.1",
    )


def write(folder: Path, *exchanges: Exchange, roll_at: int = 1 << 30) -> list[Written]:
    writer = WarcWriter(folder, name="test", roll_at=roll_at)
    written = [writer.append(one) for one in exchanges]
    writer.close()
    return written


def warcio_check(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from warcio.cli import main; main()", "check", "-v", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_coded_payload_is_decoded_as_it_was_when_it_came_and_a_bomb_does_not_go_off(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
    payloads = [gzip.compress(b"<html>hello</html>"), b"<html>plain after all</html>", gzip.compress(bytes(80_000_000))]
    good, plain, bomb = write(tmp_path, *(replace(exchange(each), response_head=head) for each in payloads))
    assert read_record(tmp_path, good.warc_file, good.offset, decode=True).payload == b"<html>hello</html>"
    assert read_record(tmp_path, plain.warc_file, plain.offset, decode=True).payload == b"<html>plain after all</html>"
    with pytest.raises(DamagedWarcError, match="once decoded"):
        read_record(tmp_path, bomb.warc_file, bomb.offset, decode=True)


@given(st.binary(max_size=3000))
def test_what_is_written_is_read_back(payload: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        (written,) = write(Path(name), exchange(payload))
        kept = read_record(Path(name), written.warc_file, written.offset)
    assert (kept.payload, kept.status, kept.url) == (payload, 200, "http://example.org/a")
    assert ("Content-Type", "text/html") in kept.headers


def test_warcio_finds_every_digest_right(tmp_path: Path) -> None:
    first = exchange()
    writer = WarcWriter(tmp_path, name="test")
    written = writer.append(first)
    writer.append(first, original=Original(record_id=written.record_id, url=first.url, fetched_at=warc_date(NOW)))
    writer.close()
    (path,) = tmp_path.rglob("*.warc.gz")
    checked = warcio_check(path)
    assert checked.returncode == 0, checked.stdout
    assert "fail" not in checked.stdout
    assert checked.stdout.count("digest pass") == 4


def test_a_known_payload_is_a_revisit_that_names_its_original(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, name="test")
    first = writer.append(exchange())
    again = writer.append(
        exchange(url="http://example.org/b"),
        original=Original(record_id=first.record_id, url="http://example.org/a", fetched_at=warc_date(NOW)),
    )
    writer.close()
    assert again.record_type == "revisit"
    kept = read_record(tmp_path, again.warc_file, again.offset)
    assert (kept.status, kept.payload) == (200, b"")
    records = {r.record_id: r.headers.to_dict() for r in ArchiveIterator(str(next(tmp_path.rglob("*.gz"))))}
    headers = records[again.record_id]
    assert headers["WARC-Refers-To"] == first.record_id
    assert headers["WARC-Payload-Digest"] == records[first.record_id]["WARC-Payload-Digest"]


def test_each_response_is_followed_by_its_request(tmp_path: Path) -> None:
    write(tmp_path, exchange())
    records = [
        (r.record_type, r.headers.to_dict(), r.record_id) for r in ArchiveIterator(str(next(tmp_path.rglob("*.gz"))))
    ]
    kinds = [kind for kind, _, _ in records]
    assert kinds == [WarcRecordType.warcinfo, WarcRecordType.response, WarcRecordType.request]
    assert records[2][1]["WARC-Concurrent-To"] == records[1][2]


def test_a_file_is_open_until_it_is_closed_and_rolls(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, name="test", roll_at=1)
    first = writer.append(exchange())
    assert [path.name for path in tmp_path.rglob("*.gz*")] == ["test-00000.warc.gz.open"]
    assert read_record(tmp_path, first.warc_file, first.offset).payload == b"<html>hello</html>"
    writer.append(exchange(b"second"))
    writer.close()
    assert sorted(path.name for path in tmp_path.rglob("*.gz*")) == ["test-00000.warc.gz", "test-00001.warc.gz"]
    assert first.warc_file == "warc/2026/11/test-00000.warc.gz"


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, "tests")
from test_archive_warc import WarcWriter, exchange
writer = WarcWriter(Path(sys.argv[1]), name="test")
first = writer.append(exchange())
writer.append(exchange(os.urandom(2000)))
print(first.warc_file, first.offset, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("n_lost", [1, 40, 200])
def test_what_a_killed_run_left_is_cut_to_its_last_whole_record(tmp_path: Path, n_lost: int) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        warc_file, offset = killed.stdout.read().split()
    assert killed.returncode == -9
    (path,) = tmp_path.rglob("*.open")
    os.truncate(path, path.stat().st_size - n_lost)
    (recovered,) = recover(tmp_path)
    with recovered.open("rb") as file:
        assert list(members(file))[-1][1] == recovered.stat().st_size
    assert read_record(tmp_path, warc_file, int(offset)).payload == b"<html>hello</html>"
    assert warcio_check(recovered).returncode == 0


FULL = """
import os, resource, signal, sys
from pathlib import Path
sys.path.insert(0, "tests")
from test_archive_warc import NOW, WarcWriter, exchange
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = WarcWriter(Path(sys.argv[1]), name="test")
writer.append(exchange())
(path,) = Path(sys.argv[1]).rglob("*.open")
before = path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (before + 700, resource.RLIM_INFINITY))
try:
    eval(sys.argv[2])
except OSError:
    assert path.stat().st_size == before
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    written = writer.append(exchange(b"later"))
    writer.close()
    print(written.warc_file, written.offset)
"""


@pytest.mark.parametrize(
    "write_more", ["writer.append(exchange(os.urandom(5000)))", "writer.append_packed(os.urandom(5000), now=NOW)"]
)
def test_what_finds_only_half_its_room_is_taken_back(tmp_path: Path, write_more: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), write_more], capture_output=True, text=True, check=True
    )
    warc_file, offset = done.stdout.split()
    assert read_record(tmp_path, warc_file, int(offset)).payload == b"later"
    assert warcio_check(tmp_path / warc_file).returncode == 0


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, name="test")
    writer.append(exchange())
    assert recover(tmp_path) == []
    writer.close()


def test_a_pointer_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    (written,) = write(tmp_path, exchange())
    for offset in (written.offset + 1, 10_000_000):
        with pytest.raises(DamagedWarcError):
            read_record(tmp_path, written.warc_file, offset)
    with pytest.raises(DamagedWarcError):
        read_record(tmp_path, "warc/2020/01/none.warc.gz", 0)


def test_a_torn_member_ends_the_walk() -> None:
    import gzip

    whole = gzip.compress(b"a") + gzip.compress(b"b" * 5000)
    assert len(list(members(io.BytesIO(whole)))) == 2
    assert len(list(members(io.BytesIO(whole[:-3])))) == 1
    assert list(members(io.BytesIO(b"no gzip"))) == []
