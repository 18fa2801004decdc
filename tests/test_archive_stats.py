"""Counting by time and by name, shares, and the plots of both."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import vl_convert
from archives import make_archive

from archive.errors import UsageError
from archive.filters import Filters
from archive.plot import svg, vega_lite, write_plot
from archive.reader import open_reader
from archive.stats import By, count_by, sparkline

SVG = "{http://www.w3.org/2000/svg}"
ARTICLES: list[dict[str, Any]] = [
    {"body": "flood", "published": "2023-12-31", "language": "en", "authors": ("Jane Doe", "Ali Öz")},
    {"body": "flood", "published": "2024-01-01T10:00:00Z", "language": "en", "authors": ("Jane Doe",)},
    {"body": "rain", "published": "2024-01-02", "language": "de", "source": "Zeitung <b>&"},
    {"body": "rain", "published": "2024-03"},
    {"body": "flood", "published": "2024-03-30", "source": None},
    {"body": "flood"},
    {"body": "flood", "published": "2024-02-31"},
]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    connection = open_reader(make_archive(tmp_path_factory.mktemp("archive"), ARTICLES))
    yield connection
    connection.close()


def counted(db: sqlite3.Connection, query: str | None, by: By, **more: Any) -> dict[str | None, int]:
    return {row.group: row.articles for row in count_by(db, query, by=by, **more).rows}


def test_time_runs_without_gaps_and_the_undated_come_last(db: sqlite3.Connection) -> None:
    found = counted(db, "flood", By.MONTH)
    assert list(found.items()) == [
        ("2023-12", 1), ("2024-01", 1), ("2024-02", 1), ("2024-03", 1), (None, 1)
    ]  # fmt: skip


def test_a_date_that_says_only_the_month_counts_for_its_month_and_year(db: sqlite3.Connection) -> None:
    assert counted(db, None, By.MONTH)["2024-03"] == 2
    assert counted(db, None, By.YEAR) == {"2023": 1, "2024": 5, None: 1}
    assert count_by(db, None, by=By.DAY).n_undated == 3


def test_a_week_is_that_of_the_iso_calendar(db: sqlite3.Connection) -> None:
    found = counted(db, "flood", By.WEEK)
    assert next(iter(found)) == "2023-W52"
    assert found["2024-W01"] == 1
    assert len(found) == 15


def test_a_day_that_no_calendar_knows_is_undated(db: sqlite3.Connection) -> None:
    found = counted(db, "flood", By.DAY)
    assert "2024-02-31" not in found
    assert found[None] == 2


def test_names_begin_with_the_largest(db: sqlite3.Connection) -> None:
    assert list(counted(db, None, By.SOURCE).items()) == [("paper", 5), ("Zeitung <b>&", 1), (None, 1)]
    assert counted(db, None, By.LANG) == {"en": 2, "de": 1, None: 4}


def test_an_article_counts_for_each_of_its_authors(db: sqlite3.Connection) -> None:
    assert counted(db, "flood", By.AUTHOR) == {"Jane Doe": 2, "Ali Öz": 1, None: 3}


def test_a_share_is_of_all_articles_in_the_group(db: sqlite3.Connection) -> None:
    rows = count_by(db, "flood", by=By.MONTH, share=True).rows
    assert [(row.group, row.articles, row.total, row.share) for row in rows][:2] == [
        ("2023-12", 1, 1, 1.0),
        ("2024-01", 1, 2, 0.5),
    ]


def test_without_a_query_a_share_is_of_the_archive(db: sqlite3.Connection) -> None:
    row = count_by(db, None, by=By.SOURCE, share=True).rows[0]
    assert (row.articles, row.total, row.share) == (5, 7, 5 / 7)


def test_filters_and_their_notes_hold_here_too(db: sqlite3.Connection) -> None:
    counts = count_by(db, "flood", by=By.MONTH, filters=Filters(since=date(2024, 1, 1)))
    assert (counts.n_articles, counts.n_total, counts.note) == (3, 7, "1 without a date is left out")


def test_a_day_far_off_does_not_fill_a_century(tmp_path: Path) -> None:
    folder = make_archive(tmp_path, [{"published": "1900-01-01"}, {"published": "2024-01-01"}])
    db = open_reader(folder)
    assert len(count_by(db, None, by=By.DAY).rows) == 2
    assert len(count_by(db, None, by=By.YEAR).rows) == 125
    db.close()


def test_a_timeline_with_gaps_says_so_in_the_note_and_in_both_plots(tmp_path: Path) -> None:
    db = open_reader(make_archive(tmp_path, [{"published": "1900-01-01"}, {"published": "2024-01-01"}]))
    days, years = (count_by(db, None, by=by) for by in (By.DAY, By.YEAR))
    assert (days.note, years.note) == ("days without an article are left out: there are more than 5,000 days", None)
    for draw in (svg, vega_lite):
        assert "days without an article are left out" in draw(days, query="")
        assert "left out" not in draw(years, query="")
    db.close()


def test_names_with_control_characters_are_shown_in_vega_lite(tmp_path: Path) -> None:
    db = open_reader(make_archive(tmp_path, [{"authors": ("\x1b[2J \x00 evil",)}]))
    text = vega_lite(count_by(db, None, by=By.AUTHOR), query="")
    vl_convert.vegalite_to_svg(text, vl_version="v5.20", allowed_base_urls=[])
    assert json.loads(text)["data"]["values"][0]["author"] == r"\x1b[2J \x00 evil"
    db.close()


def test_an_empty_archive_counts_nothing(tmp_path: Path) -> None:
    db = open_reader(make_archive(tmp_path))
    for by in By:
        counts = count_by(db, None, by=by, share=True)
        assert counts.rows == ()
        ElementTree.fromstring(svg(counts, query=""))
        json.loads(vega_lite(counts, query=""))
    db.close()


def test_a_sparkline_fits_its_width() -> None:
    assert sparkline([0, 1, 4, 8], width=10) == " ▂▅█"
    assert len(sparkline([1.0] * 1000, width=40)) == 40
    assert sparkline([], width=10) == ""


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("share", [False, True])
def test_an_svg_says_what_it_shows(db: sqlite3.Connection, by: By, share: bool) -> None:
    counts = count_by(db, "flood OR rain", by=by, share=share)
    text = svg(counts, query="<script>alert(1)</script> & \x1b]0;")
    root = ElementTree.fromstring(text)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert title is not None
    assert "<script>alert(1)</script>" in (title.text or "")
    assert description is not None
    assert "7 of 7 articles" in (description.text or "")
    assert "\x1b" not in text
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "title", "desc", "rect", "text", "line")
    }
    labels = {element.text for element in root.iter(f"{SVG}text")}
    assert ("Share of articles" if share else "Articles") in labels


def test_the_bars_of_an_svg_are_as_long_as_the_counts(db: sqlite3.Connection) -> None:
    root = ElementTree.fromstring(svg(count_by(db, None, by=By.SOURCE), query=""))
    bars = [float(bar.get("width", 0)) for bar in root.iter(f"{SVG}rect") if bar.find(f"{SVG}title") is not None]
    assert bars[0] == pytest.approx(5 * bars[1], rel=0.01)


def test_vega_lite_carries_its_data(db: sqlite3.Connection) -> None:
    spec = json.loads(vega_lite(count_by(db, "flood", by=By.MONTH, share=True), query="flood"))
    assert spec["$schema"] == "https://vega.github.io/schema/vega-lite/v5.json"
    assert spec["data"]["values"][1] == {"month": "2024-01", "articles": 1, "total": 2, "share": 0.5}
    assert spec["encoding"]["y"]["field"] == "share"
    assert spec["description"].startswith("flood: share of all articles by month.")


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("share", [False, True])
def test_vega_lite_itself_draws_a_bar_for_each_group(db: sqlite3.Connection, by: By, share: bool) -> None:
    counts = count_by(db, "flood OR rain", by=by, share=share)
    drawn = ElementTree.fromstring(
        vl_convert.vegalite_to_svg(vega_lite(counts, query="flood OR rain"), vl_version="v5.20", allowed_base_urls=[])
    )
    bars = [path for path in drawn.iter(f"{SVG}path") if path.get("aria-roledescription") == "bar"]
    # where nothing was printed there is no share to draw
    assert len(bars) == sum(not share or row.share is not None for row in counts.known)
    texts = {text.text for text in drawn.iter(f"{SVG}text")}
    assert any((text or "").startswith("flood OR rain: ") for text in texts)
    assert ("Share of articles" if share else "Articles") in texts


def test_a_plot_goes_by_the_name_of_its_file(db: sqlite3.Connection, tmp_path: Path) -> None:
    counts = count_by(db, None, by=By.YEAR)
    write_plot(counts, tmp_path / "a.svg", query="")
    write_plot(counts, tmp_path / "a.vl.json", query="")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    json.loads((tmp_path / "a.vl.json").read_text())
    with pytest.raises(UsageError, match=r"give FILE\.svg or FILE\.vl\.json"):
        write_plot(counts, tmp_path / "a.png", query="")
    with pytest.raises(UsageError, match="cannot write"):
        write_plot(counts, tmp_path / "none" / "a.svg", query="")
