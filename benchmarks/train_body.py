"""The command `python -m benchmarks.train_body`: train the judge of blocks on corpora, and say what it is worth.

Owns the labels (which blocks of a page stand in its truth) and the training. Writes data/body_judge.json. What is printed is
measured on pages whose hosts the judge was not trained on (five folds by host). Needs the extra `bench` (lightgbm).
"""

import argparse
import json
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from benchmarks.read_corpus import stored, truths
from benchmarks.scoring import harmonic, mean, shingles
from pipelines.body.choose import ballots
from pipelines.body.features import VOTERS, Known, Matrix, matrix, window
from pipelines.body.judge import MODEL
from pipelines.body.readers import strip_silent
from pipelines.decode import decode
from pipelines.headlines import first_headings, page_title
from pipelines.items import Page
from pipelines.metadata import choose
from pipelines.parse import parse
from pipelines.source_blocks import SourceBlock, key_of, source_blocks
from pipelines.structured import declared

PROFILES = {"full": VOTERS, "fast": VOTERS[:1]}
_FOLDS = 5
_LONG_KEY = 24
_WORDS = 8
_DEPTH = 7
_PARAMETERS: dict[str, Any] = {
    "objective": "cross_entropy", "learning_rate": 0.08, "num_leaves": 15, "max_depth": _DEPTH, "min_data_in_leaf": 60,
    "feature_fraction": 0.3, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5, "max_bin": 127, "seed": 1,
    "min_sum_hessian_in_leaf": 0.01, "verbose": -1, "deterministic": True, "num_threads": 1, "force_row_wise": True,
}  # fmt: skip
_ROUNDS = 200
_THRESHOLD = 0.4  # the line cleaner follows, and can cut but not add


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A page to learn from: its blocks as rows, which of them are the story, and what each weighs."""

    corpus: str
    host: str
    texts: tuple[str, ...]
    rows: dict[str, Matrix]
    label: NDArray[np.float32]
    weight: NDArray[np.float32]
    truth: Counter[tuple[str, ...]] | None


def lesson(folder: Path, truth: dict[str, Any]) -> Lesson | None:
    """Read a page as the pipeline does up to the judgement."""
    url, body = truth["url"], stored(folder, truth)
    tree = parse(decode(body, "text/html"))
    if tree is None:
        return None
    claims = declared(tree, url)
    page = Page(url=url, body=body, content_type="text/html")
    fields = choose(tree, claims, url=url, hints=page.hints, now=datetime.now(UTC))
    titles = [page_title(tree), *first_headings(tree), *(claim.value for claim in claims.of("headline"))]
    known = Known(
        titles=_keys([*titles, fields.values.get("headline", "")]),
        authors=_keys([*fields.lists.get("authors", ()), *(claim.value for claim in claims.of("author"))]),
        descriptions=tuple(_keys(claim.value for claim in claims.of("description"))),
    )
    blocks = source_blocks(tree)
    strip_silent(tree)
    votes, sizes = ballots(tree, blocks, url, "full")
    first, end = window(votes, len(blocks))
    if end == first:
        return None
    label = labels(blocks, truth["body"]) if truth.get("body") else segment_labels(blocks, truth)
    inside = blocks[first:end]
    rows = {
        profile: matrix(
            inside, sizes[first:end], {name: votes[name][first:end] for name in voters if name in votes}, known, voters
        )
        for profile, voters in PROFILES.items()
    }
    wanted = shingles(truth["body"]) if truth.get("body") else None
    n_words = np.array([len(block.text.split()) for block in inside], np.float32)
    weight = np.where(label[first:end] >= 0, 0.3, 0.0)
    if wanted is not None:
        weight = 10 * np.minimum(n_words + 1, 300) / max(50, wanted.total())
    return Lesson(
        corpus=folder.name,
        host=urlsplit(url).netloc,
        texts=tuple(block.text for block in inside),
        rows=rows,
        label=label[first:end],
        weight=weight.astype(np.float32),
        truth=wanted,
    )


def _keys(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(key_of, texts)))


def labels(blocks: Sequence[SourceBlock], truth: str) -> NDArray[np.float32]:
    """Give the share of each block that stands in a page's true body; of a text that is there twice, the likelier one."""
    lines = [key for line in truth.split("\n") if (key := key_of(line))]
    whole, joined = frozenset(lines), "".join(lines)
    known = frozenset(shingles(truth))
    found = np.zeros(len(blocks), np.float32)
    position = 0
    for at, block in enumerate(blocks):
        key = block.key
        if not key:
            continue
        where = joined.find(key, position)
        if (len(key) >= _LONG_KEY and key in joined) or (where == position > 0) or key in whole:
            found[at] = 1.0
            if where >= 0:
                position = where + len(key)
        elif len(block.text.split()) >= _WORDS:
            mine = shingles(block.text)
            found[at] = sum(count for each, count in mine.items() if each in known) / max(1, mine.total())
    return _once(blocks, found, joined)


def _once(blocks: Sequence[SourceBlock], label: NDArray[np.float32], joined: str) -> NDArray[np.float32]:
    by_key: defaultdict[str, list[int]] = defaultdict(list)
    for at, block in enumerate(blocks):
        if block.key and label[at] > 0.5:
            by_key[block.key].append(at)
    for key, places in by_key.items():
        n_true = max(1, joined.count(key))
        if len(key) > 5 and len(places) > n_true:
            support = {
                at: sum(
                    float(label[near]) * len(blocks[near].text)
                    for near in range(max(0, at - 4), min(len(blocks), at + 5))
                    if blocks[near].key != key
                )
                for at in places
            }
            for at in sorted(places, key=lambda at: support[at], reverse=True)[n_true:]:
                label[at] = 0.0
    return label


def segment_labels(blocks: Sequence[SourceBlock], truth: dict[str, Any]) -> NDArray[np.float32]:
    """Give 1 for a block with a segment that must be there, 0 for one that must not, -1 where nothing is known."""
    found = np.full(len(blocks), -1.0, np.float32)
    for at, block in enumerate(blocks):
        wanted = any(part in block.text or (len(block.text) > 30 and block.text in part) for part in truth["with"])
        unwanted = any(part in block.text for part in truth["without"])
        if wanted != unwanted:
            found[at] = float(wanted)
    return found


def fit(lessons: Sequence[Lesson], profile: str) -> Any:
    """Train one forest; columns as in pipelines/body/features.py."""
    import lightgbm

    weight = np.concatenate([each.weight for each in lessons])
    used = weight > 0
    rows = np.concatenate([each.rows[profile] for each in lessons])[used]
    label = np.concatenate([each.label for each in lessons])[used]
    return lightgbm.train(_PARAMETERS, lightgbm.Dataset(rows, label, weight=weight[used]), _ROUNDS)


def as_json(booster: Any, profile: str) -> dict[str, Any]:
    """Give a trained forest as the judge reads it."""
    trees = []
    for info in booster.dump_model()["tree_info"]:
        nodes: dict[str, list[float]] = {name: [] for name in ("feature", "split", "left", "right", "value")}
        _flatten(info["tree_structure"], nodes)
        trees.append(nodes)
    return {"voters": list(PROFILES[profile]), "threshold": _THRESHOLD, "depth": _DEPTH, "trees": trees}


def _flatten(node: dict[str, Any], nodes: dict[str, list[float]]) -> int:
    at = len(nodes["feature"])
    leaf = "split_feature" not in node
    nodes["feature"].append(0 if leaf else node["split_feature"])
    nodes["split"].append(0 if leaf else float(f"{node['threshold']:.7g}"))
    nodes["value"].append(float(f"{node['leaf_value']:.5g}") if leaf else 0)
    nodes["left"].append(-1)
    nodes["right"].append(-1)
    if not leaf:
        nodes["left"][at] = _flatten(node["left_child"], nodes)
        nodes["right"][at] = _flatten(node["right_child"], nodes)
    return at


def measured(lessons: Sequence[Lesson], profile: str) -> dict[str, float]:
    """Give the shingle F1 by corpus of bodies put together from blocks, each judged by a forest that never saw its host."""
    precisions: defaultdict[str, list[float]] = defaultdict(list)
    recalls: defaultdict[str, list[float]] = defaultdict(list)
    for fold in range(_FOLDS):
        held = [zlib.crc32(each.host.encode()) % _FOLDS == fold for each in lessons]
        booster = fit([each for each, out in zip(lessons, held, strict=True) if not out], profile)
        for each in (each for each, out in zip(lessons, held, strict=True) if out and each.truth is not None):
            assert each.truth is not None
            kept = booster.predict(each.rows[profile]) >= _THRESHOLD
            got = shingles("\n".join(text for text, keep in zip(each.texts, kept, strict=True) if keep))
            shared = (got & each.truth).total()
            precisions[each.corpus].append(shared / max(1, got.total()))
            recalls[each.corpus].append(shared / max(1, each.truth.total()))
    return {name: harmonic(mean(precisions[name]), mean(recalls[name])) for name in precisions}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_body", description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="CORPUS_FOLDER", help="a folder with pages.jsonl")
    parser.add_argument("--output", type=Path, default=Path("data") / MODEL)
    parser.add_argument("--measure", action="store_true", help="only say what training is worth on unseen hosts")
    options = parser.parse_args(arguments)
    with ProcessPoolExecutor() as pool:
        futures = [pool.submit(lesson, folder, truth) for folder in options.folders for truth in truths(folder)]
        lessons = [found for future in futures if (found := future.result()) is not None]
    print(f"{len(lessons)} pages, {sum(len(each.label) for each in lessons)} blocks", flush=True)
    if options.measure:
        for profile in PROFILES:
            print(profile, {name: round(value, 4) for name, value in measured(lessons, profile).items()}, flush=True)
        return 0
    model = {profile: as_json(fit(lessons, profile), profile) for profile in PROFILES}
    options.output.write_text(json.dumps(model, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
