"""The command `python -m benchmarks.train_body`: train the judge of blocks on corpora, and say what the pipeline is worth.

Owns the labels (which blocks of a page stand in its truth) and the training. Writes data/body_judge.json. What is printed is
measured on pages whose hosts the judge was not trained on (five folds by host). Needs the extra `bench` (lightgbm).
"""

import argparse
import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from archive.records import Article
from benchmarks.read_corpus import stored, truths
from benchmarks.scoring import page_key, score, shingles
from pipelines.body.choose import VOTERS, ballots, worth_judging
from pipelines.body.features import evidence_of, matrix
from pipelines.body.judge import MODEL, of_json
from pipelines.body.votes import sizes_of
from pipelines.body.wording import Matrix
from pipelines.decode import decode
from pipelines.extract import extract
from pipelines.headlines import first_headings, page_title
from pipelines.items import Page
from pipelines.metadata import choose
from pipelines.parse import parse
from pipelines.reading import stated_by
from pipelines.source_blocks import SourceBlock, key_of, source_blocks
from pipelines.structured import declared

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What one profile learns from a page: its blocks as rows, which of them are the story, and what each weighs."""

    rows: Matrix
    label: NDArray[np.float32]
    weight: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A page to learn from."""

    folder: Path
    page: dict[str, Any]
    """Its line of pages.jsonl."""
    fold: int
    """By host: pages of one host are learned from, or measured on, together."""
    drills: dict[str, Drill]


def lesson(folder: Path, truth: dict[str, Any]) -> Lesson | None:
    """Read a page as the pipeline does up to the judgement."""
    url, body = truth["url"], stored(folder, truth)
    tree = parse(decode(body, "text/html"))
    if tree is None:
        return None
    claims = declared(tree, url)
    page = Page(url=url, body=body, content_type="text/html")
    fields = choose(tree, claims, url=url, hints=page.hints, now=datetime.now(UTC))
    known = stated_by(claims, fields, [page_title(tree), *first_headings(tree)])
    blocks = source_blocks(tree)
    sizes = sizes_of(blocks)
    votes, _ = ballots(tree, blocks, sizes, url, VOTERS["full"])
    if not blocks:
        return None
    label = labels(blocks, truth["body"]) if truth.get("body") else segment_labels(blocks, truth)
    n_words = np.array([len(block.text.split()) for block in blocks], np.float32)
    weight = np.where(label >= 0, 0.3, 0.0)
    if truth.get("body"):
        weight = 10 * np.minimum(n_words + 1, 300) / max(50, shingles(truth["body"]).total())
    drills = {}
    for profile, voters in VOTERS.items():
        seen = {name: votes[name] for name in voters}
        at = worth_judging(seen)
        if not len(at):
            return None
        evidence = evidence_of([blocks[each] for each in at], sizes[at], known)
        rows = matrix(evidence, {name: each[at] for name, each in seen.items()}, voters)
        drills[profile] = Drill(rows=rows, label=label[at], weight=weight[at].astype(np.float32))
    return Lesson(folder=folder, page=truth, fold=zlib.crc32(urlsplit(url).netloc.encode()) % _FOLDS, drills=drills)


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


def fit(lessons: Sequence[Lesson], profile: str) -> dict[str, Any]:
    """Train one forest, as the judge reads it; columns as in pipelines/body/features.py."""
    import lightgbm

    drills = [each.drills[profile] for each in lessons]
    weight = np.concatenate([each.weight for each in drills])
    used = weight > 0
    rows = np.concatenate([each.rows for each in drills])[used]
    label = np.concatenate([each.label for each in drills])[used]
    return as_json(lightgbm.train(_PARAMETERS, lightgbm.Dataset(rows, label, weight=weight[used]), _ROUNDS), profile)


def as_json(booster: Any, profile: str) -> dict[str, Any]:
    """Give a trained forest as the judge reads it."""
    trees = []
    for info in booster.dump_model()["tree_info"]:
        nodes: dict[str, list[float]] = {name: [] for name in ("feature", "split", "left", "right", "value")}
        _flatten(info["tree_structure"], nodes)
        trees.append(nodes)
    return {"voters": list(VOTERS[profile]), "depth": _DEPTH, "trees": trees}


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


def measured(lessons: Sequence[Lesson]) -> dict[str, dict[str, float]]:
    """Give each profile's figure by corpus, the whole pipeline run with judges that never saw a page's host.

    The F1 of shingles where the truth is a body, that of segments where it is segments.
    """
    got: defaultdict[tuple[str, str], dict[tuple[str, str, str], dict[str, str]]] = defaultdict(dict)
    for fold in range(_FOLDS):
        others = [each for each in lessons if each.fold != fold]
        models = {profile: fit(others, profile) for profile in VOTERS}
        held = [each for each in lessons if each.fold == fold]
        with ProcessPoolExecutor(initializer=_judge_by, initargs=(models,)) as pool:
            for profile in VOTERS:
                for each, body in zip(held, pool.map(_body, held, repeat(profile), chunksize=8), strict=True):
                    got[profile, each.folder.name][page_key(each.page["url"])] = {"body": body}
    figures: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (profile, name), bodies in got.items():
        scored = score((each.page for each in lessons if each.folder.name == name), bodies)
        figures[profile][name] = scored.shingle_f1 if scored.precisions else scored.segments_f
    return figures


def _judge_by(models: dict[str, dict[str, Any]]) -> None:
    """Let this process judge by models that are not the shipped ones."""
    trained = {profile: of_json(model) for profile, model in models.items()}
    patch("pipelines.body.choose.forest", trained.__getitem__).start()


def _body(each: Lesson, profile: str) -> str:
    page = Page(url=each.page["url"], body=stored(each.folder, each.page), content_type="text/html")
    found = extract(page, profile=profile)
    return found.body if isinstance(found, Article) else ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_body", description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="CORPUS_FOLDER", help="a folder with pages.jsonl")
    parser.add_argument("--output", type=Path, default=Path("data") / MODEL)
    parser.add_argument("--measure", action="store_true", help="only say what training is worth on unseen hosts")
    options = parser.parse_args(arguments)
    with ProcessPoolExecutor() as pool:
        futures = [pool.submit(lesson, folder, truth) for folder in options.folders for truth in truths(folder)]
        lessons = [found for future in futures if (found := future.result()) is not None]
    print(f"{len(lessons)} pages, {sum(len(each.drills['full'].label) for each in lessons)} blocks", flush=True)
    if options.measure:
        for profile, figures in measured(lessons).items():
            print(profile, {name: round(value, 4) for name, value in figures.items()}, flush=True)
        return 0
    model = {profile: fit(lessons, profile) for profile in VOTERS}
    options.output.write_text(json.dumps(model, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
