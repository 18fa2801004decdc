"""Files that a user names: whole or not at all, in the place that was meant, with the rights of any other file."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.drafts import drafted, is_stream


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def put(path: Path, text: str) -> None:
    with drafted(path) as draft:
        draft.write_text(text)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_mode_of_the_umask_and_an_old_one_keeps_its_own(tmp_path: Path, umask: None) -> None:
    put(tmp_path / "new", "text")
    assert mode(tmp_path / "new") == 0o640
    (tmp_path / "new").chmod(0o604)
    put(tmp_path / "new", "more")
    assert mode(tmp_path / "new") == 0o604
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("new", "more")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_a_file_stays_whose_it_is(tmp_path: Path) -> None:
    (tmp_path / "theirs").touch()
    os.chown(tmp_path / "theirs", 1234, 1234)
    put(tmp_path / "theirs", "text")
    assert ((tmp_path / "theirs").stat().st_uid, (tmp_path / "theirs").stat().st_gid) == (1234, 1234)


def test_what_fails_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    put(path, "old")

    def put_half() -> None:
        with drafted(path) as draft:
            draft.write_text("half")
            assert path.read_text() == "old"
            raise KeyError

    with pytest.raises(KeyError):
        put_half()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("list.txt", "old")]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path, is_there: bool) -> None:
    (tmp_path / "deep").mkdir()
    if is_there:
        (tmp_path / "deep" / "target").write_text("old")
    (tmp_path / "link").symlink_to("deep/target")
    put(tmp_path / "link", "new")
    assert (tmp_path / "link").readlink() == Path("deep/target")
    assert [(path.name, path.read_text()) for path in (tmp_path / "deep").iterdir()] == [("target", "new")]


def test_a_link_in_a_circle_is_no_place_to_write(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(OSError, match="symbolic links"):
        put(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()


def test_a_fifo_and_an_open_descriptor_are_written_straight(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    put(fifo, "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert fifo.is_fifo()
    reader, writer = os.pipe()
    put(Path(f"/dev/fd/{writer}"), "through, too")
    assert os.read(reader, 100) == b"through, too"
    os.close(reader)
    put(Path(f"/dev/fd/{writer}"), "nobody reads this any more")
    os.close(writer)


def test_a_device_is_a_stream_and_what_lies_in_shared_memory_is_a_file(tmp_path: Path) -> None:
    assert is_stream(Path(os.devnull))
    assert is_stream(Path("/dev/stdout"))
    assert not is_stream(Path("/dev/shm/corpus.jsonl"))
    assert not is_stream(tmp_path / "corpus.jsonl")
