"""Lists of URLs and articles of news-please: each line and each article has its row, and a second import changes nothing."""

import json
from pathlib import Path
from typing import Any

from archive_commands import run
from commands import presskeep, rows

from archive.cli.imports import import_

PAGE = {
    "authors": ["Ann Ames"], "date_download": "2024-03-06 10:11:12", "date_modify": None,
    "date_publish": "2024-03-05 00:00:00", "description": "A wall.", "filename": "x.json", "image_url": "http://a.example/i.jpg",
    "language": "en", "localpath": None, "source_domain": "a.example", "title": "Harbour wall", "title_page": None,
    "title_rss": None, "maintext": "The wall stands.\nIt is old.", "url": "http://a.example/wall",
}  # fmt: skip
SOURCES = '[sources."Courier"]\nurl = "http://courier.example/"\n'


def test_articles_of_newsplease_come_with_their_fields_and_say_who_read_them(tmp_path: Path) -> None:
    folder, archive = tmp_path / "from", tmp_path / "archive"
    (folder / "a.example").mkdir(parents=True)
    (folder / "a.example" / "wall.json").write_text(json.dumps(PAGE))
    others: list[dict[str, Any]] = [
        {**PAGE, "url": "http://b.example/1", "maintext": "Other.", "source_domain": "b.example",
         "date_publish": "2024-03-05 08:09:10"},
        {**PAGE, "url": "http://b.example/2", "maintext": None},
        {**PAGE, "url": "ftp://b.example/3"},
    ]  # fmt: skip
    (folder / "more.jsonl").write_text("\n".join(map(json.dumps, others)))
    done = run(archive, import_, "newsplease", folder)
    assert done.exit_code == 3
    assert [line.partition("more.jsonl, ")[2] for line in done.stderr.splitlines()[:2]] == [
        "line 2: no maintext", "line 3: no url",
    ]  # fmt: skip
    fields = (
        "SELECT url, source, headline, published, authors, language, body, extractor, revision_at FROM current_articles"
    )
    assert rows(archive, fields) == [
        ("http://a.example/wall", "a.example", "Harbour wall", "2024-03-05", '["Ann Ames"]', "en",
         "The wall stands.\n\nIt is old.", "news-please", "2024-03-06T10:11:12.000000Z"),
        ("http://b.example/1", "b.example", "Harbour wall", "2024-03-05T08:09:10", '["Ann Ames"]', "en", "Other.",
         "news-please", "2024-03-06T10:11:12.000000Z"),
    ]  # fmt: skip
    assert rows(archive, "SELECT count(*), min(fetched_at) FROM imported") == [(2, "2024-03-06T10:11:12.000000Z")]
    before = rows(archive, "SELECT * FROM extractions")
    (folder / "list.json").write_text(json.dumps([PAGE]))
    run(archive, import_, "newsplease", folder)
    assert rows(archive, "SELECT * FROM extractions") == before
    assert rows(archive, "SELECT n_new, n_unchanged, n_rejected FROM runs ORDER BY id DESC LIMIT 1") == [(0, 3, 2)]


def test_urls_become_links_that_are_due_and_each_line_has_a_row(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "sources.toml").write_text(SOURCES)
    lines = ["http://courier.example/a", "# a note", "", "https://www.courier.example/a?utm_source=x", "http://else.example/b",
             "mailto:a@b.example", "no url at all", "http://user:pw@courier.example/c"]  # fmt: skip
    done = presskeep("import", "urls", "--archive", archive, "-", stdin="\n".join(lines))
    assert done.returncode == 3, done.stderr
    assert "1 URLs of 1 hosts that no source has (else.example)" in done.stderr
    assert done.stderr.splitlines()[1:] == [
        "<stdin>, line 6: mailto:a@b.example [scheme]", "<stdin>, line 7: no url at all [bad_url]",
        "<stdin>, line 8: http://user:pw@courier.example/c [credentials]", "3 lines are no URLs that can be asked",
    ]  # fmt: skip
    found = "SELECT l.url, s.name, outcome, next_due_at IS NOT NULL, found_in FROM links l LEFT JOIN sources s ON s.id = source_id"
    expected = [
        ("http://courier.example/a", "Courier", None, 1, "import"), ("http://else.example/b", None, None, 1, "import"),
        ("mailto:a@b.example", None, "scheme", 0, "import"), ("no url at all", None, "bad_url", 0, "import"),
        ("http://user:pw@courier.example/c", None, "credentials", 0, "import"),
    ]  # fmt: skip
    assert rows(archive, found) == expected
    before = rows(archive, "SELECT * FROM links")
    (tmp_path / "list.txt").write_text("\n".join(lines))
    assert presskeep("import", "urls", "--archive", archive, tmp_path / "list.txt").returncode == 3
    assert rows(archive, "SELECT * FROM links") == before
    (archive / "sources.toml").write_text(SOURCES + '[sources."Else"]\nurl = "http://else.example/"\n')
    assert "else.example" not in presskeep("import", "urls", "--archive", archive, tmp_path / "list.txt").stderr
    assert rows(archive, found)[1] == ("http://else.example/b", "Else", None, 1, "import")


def test_a_list_by_an_editor_of_windows_loses_no_url(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("\ufeffhttp://a.example/1\r\nhttp://a.example/2\r\n".encode())
    archive = tmp_path / "archive"
    assert presskeep("import", "urls", "--archive", archive, tmp_path / "list.txt").returncode == 0
    assert rows(archive, "SELECT url FROM links") == [("http://a.example/1",), ("http://a.example/2",)]
    assert presskeep("import", "urls", "--archive", archive, "-", stdin="\ufeffhttp://a.example/3\n").returncode == 0
    assert rows(archive, "SELECT url FROM links WHERE id = 3") == [("http://a.example/3",)]


def test_of_a_list_without_urls_the_first_lines_are_said(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("# all wrong\n" + "wrong\n" * 1000)
    done = presskeep("import", "urls", "--archive", tmp_path / "archive", tmp_path / "list.txt")
    said = done.stderr.splitlines()
    assert (done.returncode, len(said)) == (3, 22)
    assert (said[0], said[19]) == tuple(f"{tmp_path / 'list.txt'}, line {n}: wrong [bad_url]" for n in (2, 21))
    assert said[20:] == ["… and 980 more", "1,000 lines are no URLs that can be asked"]
