"""The command `python -m benchmarks.near_duplicates CORPUS…`: are copies found, and only copies?

Owns the pairs, which are made from real pages, and the table. A copy is a page's text as another paper might print it; a
distinct pair is two reports of one event: the halves of one page with a quotation and the paper's boilerplate in common, and
each page beside the page of the corpus that is most like it. `--articles N` measures look-ups in an archive of N signatures;
it needs no corpus.
"""

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.clusters import SIMILAR, bands, candidates, save_signature, similarity
from archive.fingerprint import N_VALUES, signature
from archive.fold import fold
from archive.records import Article
from archive.store import Store, open_store
from benchmarks.corpus_site import load_pages
from pipelines.extract import extract
from pipelines.items import Page
from pipelines.memory import peak_mb

LEAST_WORDS = 120
SEED = 20261124
CREDIT = "(Agencies) – "
BOILERPLATE = (
    "This report was compiled from agency dispatches and edited by our desk. Additional reporting by correspondents in the region.",
    "Sign up to our newsletter and never miss a story. Follow us for the latest updates. All rights reserved; this material may"
    " not be published, broadcast, rewritten or redistributed without permission.",
)

Edit = Callable[[str, random.Random, Sequence[str]], str]


def paragraphs(body: str) -> list[str]:
    return [part for part in body.split("\n\n") if part.strip()]


def paragraph_dropped(body: str, choices: random.Random, _words: Sequence[str]) -> str:
    parts = paragraphs(body)
    parts.pop(choices.randrange(len(parts)))
    return "\n\n".join(parts)


def other_headline(body: str, _choices: random.Random, _words: Sequence[str]) -> str:
    return f"Live: what we know so far about what happened\n\n{body}"


def credit_and_boilerplate(body: str, _choices: random.Random, _words: Sequence[str]) -> str:
    return "\n\n".join([CREDIT + body, *BOILERPLATE])


def tenth_edited(body: str, choices: random.Random, words: Sequence[str]) -> str:
    """Replace one word in ten, anywhere, by another word of the corpus: each breaks three shingles."""
    tokens = body.split(" ")
    for at in choices.sample(range(len(tokens)), max(len(tokens) // 10, 1)):
        tokens[at] = choices.choice(words)
    return " ".join(tokens)


def third_cut(body: str, _choices: random.Random, _words: Sequence[str]) -> str:
    tokens = body.split(" ")
    return " ".join(tokens[: len(tokens) * 2 // 3])


def desk(body: str, choices: random.Random, words: Sequence[str]) -> str:
    """Do what a desk does: another lead paragraph, a credit, a few words edited, the end cut."""
    tokens = body.split(" ")[: len(body.split(" ")) * 4 // 5]
    for at in choices.sample(range(len(tokens)), max(len(tokens) // 33, 1)):
        tokens[at] = choices.choice(words)
    return credit_and_boilerplate(" ".join(tokens), choices, words)


EDITS: dict[str, Edit] = {
    "a paragraph dropped": paragraph_dropped,
    "another headline in the text": other_headline,
    "an agency credit and boilerplate added": credit_and_boilerplate,
    "10 % of the words edited": tenth_edited,
    "a third cut": third_cut,
    "credit, 3 % edited, a fifth cut": desk,
}


def halves(body: str) -> tuple[str, str] | None:
    """Make two reports of one event: every other paragraph each, with a quotation and a paper's boilerplate in common."""
    parts = paragraphs(body)
    if len(parts) < 7:
        return None
    shared = min(parts, key=len)
    rest = [part for part in parts if part is not shared]
    return tuple("\n\n".join([*rest[first::2], shared, BOILERPLATE[1]]) for first in (0, 1))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    body: str
    signature: bytes


def texts(folders: Sequence[Path]) -> list[Text]:
    """Read a corpus's pages; those of one text count once."""
    found: dict[bytes, Text] = {}
    for page in load_pages(folders):
        article = extract(Page(url=page.url, body=page.body(), content_type=page.content_type), profile="fast")
        if isinstance(article, Article) and len(article.body.split()) >= LEAST_WORDS:
            made = signature(article.body)
            if made is not None and len(paragraphs(article.body)) > 2:
                found[made] = Text(body=article.body, signature=made)
    return list(found.values())


def are_found(left: bytes, right: bytes) -> bool:
    """Tell whether the archive would put two texts into one cluster: a band in common, and alike."""
    return bool(set(bands(left)) & set(bands(right))) and similarity(left, right) >= SIMILAR


def signed(body: str) -> bytes:
    return signature(body) or bytes(N_VALUES * 4)


def copies(corpus: Sequence[Text], choices: random.Random) -> Iterator[tuple[str, int, int]]:
    """Give for each edit how many copies were found, and of how many."""
    words = [word for text in corpus[::7] for word in text.body.split(" ") if "\n" not in word]
    for name, edit in EDITS.items():
        n = sum(are_found(text.signature, signed(edit(text.body, choices, words))) for text in corpus)
        yield name, n, len(corpus)


def nearest(corpus: Sequence[Text]) -> Iterator[tuple[Text, Text, float]]:
    """Pair each text with the one that shares most rare words with it; real copies, which corpora hold, are left out.

    A copy is told by its words in order, not by signatures: half of the shorter one's runs of five words are in the other.
    """
    sets = [set(fold(text.body).split()) for text in corpus]
    runs = [shingles(text.body) for text in corpus]
    counts = Counter(word for found in sets for word in found)
    holders: dict[str, list[int]] = {}
    for at, found in enumerate(sets):
        for word in found:
            if 1 < counts[word] <= max(len(corpus) // 50, 2):
                holders.setdefault(word, []).append(at)
    for at, found in enumerate(sets):
        shared: Counter[int] = Counter()
        for word in found:
            for other in holders.get(word, ()):
                shared[other] += 1
        del shared[at]
        for other, _ in shared.most_common(20):
            part = len(runs[at] & runs[other]) / max(min(len(runs[at]), len(runs[other])), 1)
            if part < 0.5:
                yield corpus[at], corpus[other], part
                break


def shingles(body: str) -> set[str]:
    words = fold(body).split()
    return {" ".join(words[at : at + 5]) for at in range(len(words) - 4)}


def quality(folders: Sequence[Path]) -> int:
    choices = random.Random(SEED)
    corpus = texts(folders)
    print(f"{len(corpus)} texts of {', '.join(folder.name for folder in folders)}\n")
    print("| copies | found | recall |\n|---|---|---|")
    n_found = n_pairs = 0
    worst = 1.0
    for name, n, of in copies(corpus, choices):
        print(f"| {name} | {n:,} of {of:,} | {n / of:.3f} |")
        n_found, n_pairs, worst = n_found + n, n_pairs + of, min(worst, n / of)
    parts = [pair for text in corpus if (pair := halves(text.body))]
    events = sum(are_found(signed(one), signed(other)) for one, other in parts)
    near = list(nearest(corpus))
    false = sum(are_found(one.signature, other.signature) for one, other, _ in near)
    print("\n| distinct | taken for copies |\n|---|---|")
    print(f"| two reports of one event, a quotation and boilerplate in common | {events:,} of {len(parts):,} |")
    print(f"| a page and the page most like it | {false:,} of {len(near):,} |")
    precision = n_found / (n_found + events + false)
    print(f"\nrecall {n_found / n_pairs:.4f} (least {worst:.4f}), precision {precision:.4f}")
    return int(worst < 0.95 or precision < 0.99)


def made_up(choices: random.Random) -> Text:
    """Make a text of the length of a long report: what is measured is time, and pages' extraction would take memory."""
    body = " ".join(f"w{int(choices.paretovariate(1.1)):x}" for _ in range(700))
    return Text(body=body, signature=signed(body))


def speed(n_articles: int) -> None:
    """Measure signature and look-up in an archive of so many signatures, as memory stays or grows."""
    choices = random.Random(SEED)
    corpus = [made_up(choices) for _ in range(200)]
    with tempfile.TemporaryDirectory() as name, closing(open_store(Path(name))) as store:
        print(
            "\n| articles | signature and look-up, CPU ms | signature | save, CPU ms | peak memory, MB |\n|---|---|---|---|---|"
        )
        done = 0
        for size in sorted({n_articles // 10, n_articles // 3, n_articles}):
            took = fill(store, done, size, choices)
            done = size
            alone, both = looked_up(store.db.conn, corpus)
            rss = peak_mb()
            print(f"| {size:,} | {both:.2f} | {alone:.2f} | {took:.2f} | {rss:.0f} |", flush=True)


def fill(store: Store, start: int, end: int, choices: random.Random) -> float:
    """Keep random signatures, which fill the band table as distinct texts do; give milliseconds of CPU for each."""
    store.db.execute("PRAGMA foreign_keys = OFF")
    store.db.execute("PRAGMA synchronous = OFF")
    began = time.process_time()
    for first in range(start, end, 100):
        with store.transaction():
            for article_id in range(first + 1, min(first + 100, end) + 1):
                save_signature(store, article_id, choices.randbytes(N_VALUES * 4))
    return (time.process_time() - began) / max(end - start, 1) * 1000


def looked_up(db: sqlite3.Connection, corpus: Sequence[Text]) -> tuple[float, float]:
    """Give the median milliseconds of CPU of a signature, and of a signature with its look-up."""
    alone, both = [], []
    for text in corpus:
        began = time.process_time()
        made = signature(text.body)
        alone.append(time.process_time() - began)
        assert made is not None
        for _, _, other in candidates(db, bands(made)):
            similarity(made, other)
        both.append(time.process_time() - began)
    return statistics.median(alone) * 1000, statistics.median(both) * 1000


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.near_duplicates", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="CORPUS_FOLDER")
    parser.add_argument("--articles", type=int, default=0, metavar="N", help="also measure an archive of N signatures")
    options = parser.parse_args(arguments)
    if not options.folders and not options.articles:
        parser.error("give a corpus, or --articles N, or both")
    failed = 0
    if options.articles:
        speed(options.articles)
    if options.folders:
        failed = quality(options.folders)
    return failed


if __name__ == "__main__":
    sys.exit(main())
