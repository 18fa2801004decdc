import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from archive_commands import run
from archives import ArchiveArticle, make_archive
from hypothesis import given
from hypothesis import strategies as st

from archive.cli.keep import export
from archive.sample import allotted

ARTICLES = [
    ArchiveArticle(
        headline=f"Flood {n}",
        body="Rain.",
        url=f"https://{'big' if n % 4 else 'small'}.example/{n}",
        source="big" if n % 4 else "small",
        published=f"2024-0{n % 3 + 1}-05" if n % 10 else None,
    )
    for n in range(80)
]


def sampled(folder: Path, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(folder, export, *options).stdout.splitlines()]


def keys(rows: list[dict[str, Any]]) -> list[str]:
    return [row["url_key"] for row in rows]


def test_the_same_seed_gives_the_same_sample_whatever_the_ids(tmp_path: Path) -> None:
    one = make_archive(tmp_path / "one", ARTICLES)
    other = make_archive(tmp_path / "other", reversed(ARTICLES))
    drawn = keys(sampled(one, "--sample", "10", "--seed", "42"))
    assert drawn == keys(sampled(other, "--sample", "10", "--seed", "42"))
    assert len(set(drawn)) == 10
    assert drawn != keys(sampled(one, "--sample", "10", "--seed", "43"))
    # what a seed draws is a promise, since citations depend on it: the smallest SHA-256 over seed and url_key
    every = [(article.url or "").removeprefix("https://") for article in ARTICLES]
    assert set(drawn) == set(sorted(every, key=lambda key: hashlib.sha256(f"42\n{key}".encode()).hexdigest())[:10])


def test_a_larger_sample_holds_the_smaller_one(tmp_path: Path) -> None:
    folder = make_archive(tmp_path, ARTICLES)
    assert set(keys(sampled(folder, "--sample", "10"))) < set(keys(sampled(folder, "--sample", "20")))


def test_strata_have_places_in_proportion(tmp_path: Path) -> None:
    folder = make_archive(tmp_path, ARTICLES)
    rows = sampled(folder, "flood", "--sample", "40", "--stratify", "source")
    assert Counter(row["source"] for row in rows) == {"big": 30, "small": 10}
    rows = sampled(folder, "flood", "--sample", "40", "--stratify", "source,month")
    assert sum(row["published"] is None for row in rows) == 4
    assert sampled(folder, "--sample", "500") == sampled(folder, "--sample", "80")


def test_a_date_without_a_day_is_of_its_month_and_year(tmp_path: Path) -> None:
    dates = ("2024-03", "2024-04", "2023", None)
    folder = make_archive(tmp_path / "a", [ArchiveArticle(published=date) for date in dates])
    for by, n_strata in (("year", 3), ("month", 3), ("day", 1)):
        run(folder, export, "--sample", "2", "--stratify", by, "-o", tmp_path / "a.jsonl")
        manifest = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())
        assert manifest["sample"]["n_strata"] == n_strata, by


def test_the_manifest_says_how_it_was_drawn(tmp_path: Path) -> None:
    folder = make_archive(tmp_path / "a", ARTICLES)
    options = ("--sample", "7", "--seed", "x", "--stratify", "source")
    run(folder, export, "flood", *options, "-o", tmp_path / "a.jsonl")
    manifest = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())
    assert manifest["sample"] == {"size": 7, "seed": "x", "stratify": ["source"], "drawn_from": 80, "n_strata": 2}
    assert manifest["n_articles"] == len(manifest["articles"]) == 7


@given(
    st.dictionaries(st.tuples(st.text(max_size=3)), st.integers(1, 10**7), min_size=1, max_size=30),
    st.integers(1, 10**7),
)
def test_places_add_up_and_none_is_off_by_one(sizes: dict[tuple[str, ...], int], n: int) -> None:
    places = allotted(sizes, n)
    total = sum(sizes.values())
    assert sum(places.values()) == min(n, total)
    for stratum, size in sizes.items():
        assert places[stratum] <= size
        assert abs(places[stratum] * total - size * min(n, total)) <= total
