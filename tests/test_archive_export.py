import csv
import gzip
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from archive_commands import run, said
from archives import ArchiveArticle, make_archive
from hypothesis import given
from hypothesis import strategies as st
from test_archive_kept import KEYS

from archive.cli.imports import import_
from archive.cli.keep import export
from archive.export import file_name
from archive.kept import FIELDS

ARTICLES = [
    ArchiveArticle(
        headline="Flood in Kabul", body="Rain fell.\n\nMany fled.", published="2024-03-05", authors=("Ann", "Bob"), language="en"
    ),
    ArchiveArticle(headline="=HYPERLINK(\"http://evil\")", body="@SUM(1+1)", published="2023-01-01", source="+paper"),
    ArchiveArticle(headline="سیلاب در کابل", body="باران بارید.", language="fa", source="kabul"),
    ArchiveArticle(headline=None, body="", source=None),
]  # fmt: skip


def archive(folder: Path) -> Path:
    return make_archive(folder / "archive", ARTICLES, captures=True)


def change(folder: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute(sql, values)


def manifest_of(path: Path) -> Mapping[str, Any]:
    values: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values


def test_jsonl_has_each_article_with_the_documented_keys(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in run(archive(tmp_path), export).stdout.splitlines()]
    assert [row["id"] for row in rows] == [1, 2, 3, 4]
    assert all(list(row) == KEYS for row in rows)
    assert tuple(KEYS) == FIELDS


def test_a_query_and_filters_choose_what_is_exported(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    assert [json.loads(line)["id"] for line in run(folder, export, "flood", "kabul").stdout.splitlines()] == [1]
    assert [json.loads(line)["id"] for line in run(folder, export, "--lang", "fa").stdout.splitlines()] == [3]
    result = run(folder, export, "nothing-of-the-kind")
    assert (result.exit_code, result.stdout) == (0, "")
    assert said(result) == "exported 0 articles, 0 words"


def test_the_manifest_cites_every_text_and_how_it_was_chosen(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    assert run(archive(tmp_path), export, "flood", "--since", "2024", "-o", path).exit_code == 0
    manifest = manifest_of(tmp_path / "corpus.jsonl.manifest.json")
    assert (manifest["query"], manifest["filters"], manifest["format"]) == ("flood", {"since": "2024-01-01"}, "jsonl")
    assert (manifest["n_articles"], manifest["n_words"]) == (1, 4)
    assert set(manifest) >= {"tool", "version", "schema", "url_key_version", "made_at", "files"}
    row = json.loads(path.read_text())
    assert manifest["articles"] == [
        {"id": 1, "url_key": row["url_key"], "revision": 1, "body_sha256": row["body_sha256"]}
    ]


def test_csv_runs_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    run(archive(tmp_path), export, "-o", path)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert rows[0]["authors"] == "Ann; Bob"
    assert rows[0]["body"] == "Rain fell.\n\nMany fled."
    assert (rows[1]["headline"][0], rows[1]["body"][0], rows[1]["source"][0]) == ("'", "'", "'")


def test_csv_runs_no_formula_that_a_list_or_a_wide_sign_hides(tmp_path: Path) -> None:
    article = ArchiveArticle(headline="＝1+1", body="\n=1+1", authors=("Ann", "=cmd|' /C calc'!A0"))
    folder = make_archive(tmp_path / "archive", [article])
    (row,) = csv.DictReader(io.StringIO(run(folder, export, "--format", "csv").stdout))
    assert row["authors"] == "Ann; '=cmd|' /C calc'!A0"
    assert (row["headline"], row["body"]) == ("'＝1+1", "'\n=1+1")


def test_csv_has_no_control_characters(tmp_path: Path) -> None:
    folder = make_archive(tmp_path / "archive", [ArchiveArticle(headline="a\0b\x1b[31m", body="c\x9bd\n\ne\tf")])
    (row,) = csv.DictReader(io.StringIO(run(folder, export, "--format", "csv").stdout))
    assert (row["headline"], row["body"]) == ("a\ufffdb\ufffd[31m", "c\ufffdd\n\ne\tf")


def test_fields_choose_columns_and_keys(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    assert (
        run(folder, export, "flood", "--fields", "id, headline").stdout == '{"id": 1, "headline": "Flood in Kabul"}\n'
    )
    assert (
        run(folder, export, "flood", "--fields", "id,headline", "--format", "csv").stdout
        == "id,headline\n1,Flood in Kabul\n"
    )


@pytest.mark.parametrize(("form", "suffix"), [("markdown", ".md"), ("text", ".txt")])
def test_a_folder_has_a_file_an_article_metadata_and_a_manifest(tmp_path: Path, form: str, suffix: str) -> None:
    corpus = tmp_path / "new" / "corpus"
    assert run(archive(tmp_path), export, "--format", form, "-o", corpus).exit_code == 0
    names = sorted(path.name for path in corpus.iterdir())
    assert names == sorted(
        [f"000001-flood-in-kabul{suffix}", f"000002-hyperlink-http-evil{suffix}", f"000003-سیلاب-در-کابل{suffix}",
         f"000004{suffix}", "manifest.json", "metadata.csv"]
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO((corpus / "metadata.csv").read_text(encoding="utf-8"))))
    assert [row["file"] for row in rows] == [
        cited["file"] for cited in manifest_of(corpus / "manifest.json")["articles"]
    ]
    assert "Many fled." in (corpus / f"000001-flood-in-kabul{suffix}").read_text(encoding="utf-8")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "mine.txt").write_text("mine")
    result = run(archive(tmp_path), export, "--format", "text", "-o", tmp_path / "corpus")
    assert result.exit_code == 2
    assert "already holds something" in said(result)
    assert [path.name for path in (tmp_path / "corpus").iterdir()] == ["mine.txt"]
    assert not list(tmp_path.glob(".*"))


def test_a_folder_takes_a_file_format_and_its_manifest(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    run(archive(tmp_path), export, "-o", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["articles.jsonl", "manifest.json"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "text"], "--format text writes a folder: give one with -o"),
        (["--format", "warc"], "--format warc writes a file that is no text: give one with -o"),
        (["--seed", "1"], "--seed and --stratify go with --sample N"),
        (["--sample", "2", "--stratify", "colour"], "cannot stratify by colour: there are source, lang, "),
        (["--fields", "nonsense"], "no field nonsense: there are id, "),
        (["--fields", ","], "--fields names no field"),
        (["--format", "text", "-o", "x", "--fields", "id"], "--fields goes with jsonl, csv and parquet, not with text"),
        (
            ["-o", "x.parquet.gz"],
            "cannot write x.parquet.gz: .gz compresses jsonl, csv, vert, bibtex, ris, csl, and not parquet",
        ),
        (["-o", "x.warc.gz.gz"], "cannot write x.warc.gz.gz: .gz compresses "),
        (["--format", "text", "-o", "x.gz"], "cannot write x.gz: .gz compresses "),
        (["-o", "x" * 300 + ".xlsx"], f"cannot write {'x' * 300}.xlsx: File name too long"),
        (["-o", "x" * 300 + ".parquet.gz"], f"cannot write {'x' * 300}.parquet.gz: File name too long"),
        (["-o", "/proc/none/x.jsonl"], "cannot write /proc/none/x.jsonl: No such file or directory"),
        (["--since", "soon"], "“soon” is no moment"),
        (["--raw", '"'], "FTS5 cannot read"),
    ],
)
def test_export_says_in_one_line_what_is_wrong(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run(archive(tmp_path), export, *arguments)
    assert result.exit_code == 2
    assert said(result).startswith(message)


def test_export_of_no_archive_writes_nothing(tmp_path: Path) -> None:
    result = run(tmp_path / "none", export, "-o", tmp_path / "x.jsonl")
    assert result.exit_code == 5
    assert said(result).startswith("no archive at ")
    assert not (tmp_path / "x.jsonl").exists()


def test_an_archive_holds_the_corpus_that_it_exported(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    run(folder, export, "-o", tmp_path / "a.csv")
    run(folder, export, "--format", "text", "-o", tmp_path / "t")
    for manifest in (tmp_path / "a.csv.manifest.json", tmp_path / "t" / "manifest.json"):
        result = run(folder, export, "verify", manifest)
        assert (result.exit_code, result.output) == (0, "4 of 4 texts are held exactly as cited\n")


def test_verify_tells_missing_changed_and_revised_texts_and_altered_files(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    run(folder, export, "-o", tmp_path / "a.jsonl")
    change(folder, "UPDATE articles SET body_sha256 = 'later' WHERE id = 1")
    change(folder, "UPDATE extractions SET body_sha256 = 'other' WHERE revision_id = 2")
    change(folder, "UPDATE articles SET url_key = 'elsewhere' WHERE id = 3")
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write("\n")
    result = run(folder, export, "verify", tmp_path / "a.jsonl.manifest.json", "--json")
    found = json.loads(result.output)
    assert result.exit_code == 1
    assert (found["n_held"], found["good"]) == (2, False)
    assert found["revised"] == ["paper.example/1"]
    assert found["changed"] == ["+paper.example/2"] or len(found["changed"]) == 1
    assert found["missing"] == ["kabul.example/3"]
    assert found["bad_files"] == ["a.jsonl"]
    text = run(folder, export, "verify", tmp_path / "a.jsonl.manifest.json").output
    assert "1 not in this archive: kabul.example/3\n" in text


def test_verify_hashes_the_text_and_believes_no_column(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    run(folder, export, "-o", tmp_path / "a.jsonl")
    change(folder, "UPDATE extractions SET body = body || '!' WHERE id = 1")
    result = run(folder, export, "verify", tmp_path / "a.jsonl.manifest.json", "--json")
    assert (result.exit_code, json.loads(result.stdout)["n_held"]) == (1, 3)


def test_verify_reads_a_manifest_that_another_tool_wrote_anew(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    run(folder, export, "-o", tmp_path / "a.jsonl")
    manifest = tmp_path / "a.jsonl.manifest.json"
    manifest.write_text(json.dumps(manifest_of(manifest)), encoding="utf-8")
    assert run(folder, export, "verify", manifest).exit_code == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "nonsense",
        '{"tool": "presskeep"}',
        '{"tool": "presskeep", "files": {}, "n_articles": 2, "articles": []}',
        "\x00",
    ],
)
def test_what_is_no_manifest_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.json").write_text(content)
    result = run(archive(tmp_path), export, "verify", tmp_path / "m.json")
    assert result.exit_code == 2
    assert str(tmp_path / "m.json") in said(result)


def test_a_manifest_names_no_file_outside_its_folder(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    (tmp_path / "deep").mkdir()
    run(folder, export, "-o", tmp_path / "deep" / "a.jsonl")
    manifest = tmp_path / "deep" / "a.jsonl.manifest.json"
    values = dict(manifest_of(manifest))
    values["files"] = {"../../../../etc/passwd": "0"}
    manifest.write_text(json.dumps(values), encoding="utf-8")
    assert json.loads(run(folder, export, "verify", manifest, "--json").output)["bad_files"] == ["passwd"]


def test_a_failed_export_leaves_no_half_file(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    change(folder, "UPDATE extractions SET marks = 'broken' WHERE revision_id = 3")
    assert run(folder, export, "-o", tmp_path / "a.jsonl").exit_code != 0
    assert run(folder, export, "--format", "text", "-o", tmp_path / "t").exit_code != 0
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_an_export_leaves_alone_what_bears_other_names(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    mine = [tmp_path / "a.jsonl.part", tmp_path / "a.jsonl.manifest.json.part"]
    for path in mine:
        path.write_text("mine")
    assert run(folder, export, "-o", tmp_path / "a.jsonl").exit_code == 0
    assert [path.read_text() for path in mine] == ["mine", "mine"]
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_fifo_gets_what_a_file_would_and_no_manifest_beside_it(tmp_path: Path, form: str) -> None:
    folder, fifo = archive(tmp_path), tmp_path / "fifo"
    run(folder, export, "--format", form, "-o", tmp_path / "file")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    done = run(folder, export, "--format", form, "-o", fifo)
    assert (done.exit_code, done.output) == (0, "")
    assert os.read(reader, 1 << 16) == (tmp_path / "file").read_bytes()
    os.close(reader)
    assert fifo.is_fifo()
    assert not (tmp_path / "fifo.manifest.json").exists()


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".vert", ".bib", ".ris", ".csl.json"])
def test_gz_behind_a_text_format_compresses_it_to_the_same_bytes_each_time(tmp_path: Path, suffix: str) -> None:
    folder, packed = archive(tmp_path), tmp_path / f"corpus{suffix}.gz"
    run(folder, export, "-o", tmp_path / f"corpus{suffix}")
    assert run(folder, export, "-o", packed).exit_code == 0
    assert gzip.decompress(packed.read_bytes()) == (tmp_path / f"corpus{suffix}").read_bytes()
    assert run(folder, export, "verify", f"{packed}.manifest.json").exit_code == 0
    run(folder, export, "-o", tmp_path / f"AGAIN{suffix}.GZ")
    assert (tmp_path / f"AGAIN{suffix}.GZ").read_bytes() == packed.read_bytes()


def test_a_compressed_export_is_imported(tmp_path: Path) -> None:
    run(archive(tmp_path), export, "-o", tmp_path / "a.jsonl.GZ")
    assert run(tmp_path / "other", import_, "jsonl", tmp_path / "a.jsonl.GZ").exit_code == 0
    assert run(tmp_path / "other", export).stdout.count("\n") == 4


def test_a_name_that_says_no_format_is_said(tmp_path: Path) -> None:
    folder, path = archive(tmp_path), tmp_path / "corpus.xlsx"
    assert said(run(folder, export, "-o", path)).startswith(f"{path}: .xlsx names no format, so these are JSON Lines")
    assert len(path.read_text().splitlines()) == 4
    assert run(folder, export, "-q", "-o", path).stderr == ""
    assert run(folder, export, "--format", "csv", "-o", path).stderr == ""
    for name in ("corpus", "corpus.gz", "corpus.jsonl"):
        assert run(folder, export, "-o", tmp_path / name).stderr == ""


def test_a_link_leads_an_export_to_its_target_and_the_manifest_stays_beside_the_link(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.jsonl").symlink_to("deep/target")
    (tmp_path / "texts").symlink_to("deep/texts")
    assert run(folder, export, "-o", tmp_path / "a.jsonl").exit_code == 0
    assert run(folder, export, "--format", "text", "-o", tmp_path / "texts").exit_code == 0
    assert (tmp_path / "a.jsonl").is_symlink()
    assert len((tmp_path / "deep" / "target").read_text().splitlines()) == 4
    for manifest in ("a.jsonl.manifest.json", "texts/manifest.json"):
        assert run(folder, export, "verify", tmp_path / manifest).exit_code == 0


@given(st.integers(1, 2**63 - 1), st.text(max_size=300))
def test_a_file_name_is_safe_short_and_begins_with_the_id(article_id: int, headline: str) -> None:
    name = file_name(article_id, headline, ".txt")
    assert len(name.encode("utf-8")) <= 100
    assert name.startswith(f"{article_id:06d}")
    assert not set(name) & set('/\\:*?"<>|\n\0 ')
    assert name.endswith(".txt")


def test_an_export_takes_no_more_memory_for_more_articles(tmp_path: Path) -> None:
    folder = make_archive(tmp_path, [ArchiveArticle(headline=f"h{n}", body="word " * 2000) for n in range(3000)])
    code = (
        "from archive.cli.keep import export;"
        f"export(['--archive', {str(folder)!r}, '-o', {str(tmp_path / 'x.jsonl')!r}], standalone_mode=False);"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert (tmp_path / "x.jsonl").stat().st_size > 30_000_000
    assert int(result.stdout) < 80_000  # kB: Python, SQLite's cache of 32 MB, and none of the export's 30 MB
