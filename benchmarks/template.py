"""The command `python -m benchmarks.template`: what learning a source's template takes out, and what it costs in story.

Owns two measurements over corpora (pages.jsonl with url, file, body): sources made of one real page each, with the bodies
of other articles put into its markup; and the hosts that have several pages in the corpora, as they are.
"""

import argparse
import copy
import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree, html

from archive.records import Article
from archive.url_key import host_of
from pipelines.clean.template import Template, clean_template, template_of
from pipelines.clean.template_learning import learn, printed
from pipelines.decode import decode
from pipelines.extract import extract
from pipelines.items import Page
from pipelines.parse import parse
from pipelines.source_blocks import key_of, source_blocks

SIZES = (2, 3, 4, 5, 6, 8, 12, 16)
HELD_OUT = 4
"""Articles of each made source that nothing was learned from."""
PART = 40
"""Letters from which on a part of a true line counts as story: "Search" is in many sentences."""
WRITERS = (("Ada Byron",), ("Karl Otto",), ("Mina Rahimi",))
"""A made source has its one page's author on all articles; a real one has several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A page of a corpus and the lines of its body."""

    url: str
    file: Path
    lines: tuple[str, ...]

    def text(self) -> str:
        raw = self.file.read_bytes()
        return decode(gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw, "text/html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A page as it was read, beside the keys of its true lines."""

    article: Article
    truth: frozenset[str]
    whole: str

    def is_story(self, line: str) -> bool:
        """Whether a line is one of the body, or part of one."""
        key = key_of(line)
        return key in self.truth or (len(key) > PART and key in self.whole)

    def residue(self, body: str) -> int:
        """Count the words of lines that are no story."""
        return sum(len(line.split()) or 1 for line in body.split("\n") if line.strip() and not self.is_story(line))

    def lost(self, after: Article) -> list[str]:
        """Give the lines of story that cleaning took."""
        kept = set(after.body.split("\n"))
        return [
            line for line in self.article.body.split("\n") if line.strip() and line not in kept and self.is_story(line)
        ]


def truths(folders: Sequence[Path]) -> Iterator[Truth]:
    for folder in folders:
        with (folder / "pages.jsonl").open(encoding="utf-8") as entries:
            for entry in map(json.loads, entries):
                lines = tuple(line.strip() for line in (entry.get("body") or "").split("\n") if line.strip())
                if len(lines) >= 4:
                    yield Truth(url=entry["url"], file=folder / entry["file"], lines=lines)


def frame(page: Truth) -> tuple[html.HtmlElement, html.HtmlElement] | None:
    """Empty a page of its body; give its tree and the place for another, or None where the body is not found in it."""
    tree = parse(page.text())
    if tree is None:
        return None
    keys = frozenset(map(key_of, page.lines))
    whole = "".join(map(key_of, page.lines))
    blocks = source_blocks(tree)
    at = [n for n, block in enumerate(blocks) if block.key in keys and len(block.text) > 60]
    if len(at) < 4 or sum(len(blocks[n].key) for n in at) < 0.8 * len(whole):
        return None
    place = html.Element("div")
    blocks[at[0]].element.addprevious(place)
    gone = [block.element for block in blocks[at[0] : at[-1] + 1] if block.key in whole]
    for element in gone:
        if element.getparent() is not None and element.tag not in {"body", "html", "article", "main"}:
            element.drop_tree()
    return (tree, place) if place.getroottree().getroot() is tree.getroottree().getroot() else None


def made(tree: html.HtmlElement, place: html.HtmlElement, lines: Sequence[str], url: str) -> Read | None:
    """Read the page with another body in its place."""
    paragraphs = []
    for line in lines:
        paragraph = html.Element("p")
        paragraph.text = line
        paragraphs.append(paragraph)
    place[:] = paragraphs
    body = etree.tostring(copy.deepcopy(tree), encoding="utf-8", method="html")
    return read(url, body, lines)


def read(url: str, body: bytes, lines: Sequence[str]) -> Read | None:
    article = extract(Page(url=url, body=body, content_type="text/html; charset=utf-8"), profile="fast")
    keys = list(map(key_of, lines))
    return Read(article=article, truth=frozenset(keys), whole="\0".join(keys)) if isinstance(article, Article) else None


def template_from(reads: Sequence[Read], names: Sequence[str]) -> Template:
    pages = [
        replace(printed(one.article), authors=WRITERS[at % len(WRITERS)]) for at, one in enumerate(reads)
    ]  # fmt: skip
    return template_of((one.key, one.place) for one in learn(pages, names=names))


def made_sources(pages: Sequence[Truth], n_sources: int) -> None:
    """Print the table of made sources: residue on articles nothing was learned from, by the number learned from."""
    chance = random.Random(1)
    order = list(pages)
    chance.shuffle(order)
    before = dict.fromkeys(SIZES, 0)
    after = dict.fromkeys(SIZES, 0)
    touched = dict.fromkeys(SIZES, 0)
    lost: dict[int, list[str]] = {size: [] for size in SIZES}
    n_done = 0
    for page in order:
        if n_done == n_sources:
            break
        framed = frame(page)
        if framed is None:
            continue
        bodies = chance.sample([other for other in pages if other is not page], SIZES[-1] + HELD_OUT)
        found = [made(*framed, body.lines[:25], page.url + f"?n={at}") for at, body in enumerate(bodies)]
        reads = [one for one in found if one is not None]
        if len(reads) < SIZES[-1] + HELD_OUT:
            continue
        n_done += 1
        held, rest = reads[:HELD_OUT], reads[HELD_OUT:]
        name = host_of(urlsplit(page.url).hostname or "")
        for size in SIZES:
            template = template_from(rest[:size], [name])
            touched[size] += bool(template.blocks)
            for one in [*held, *rest[:size]]:
                cleaned = clean_template(one.article, template)
                lost[size] += one.lost(cleaned)
                if one in held:
                    before[size] += one.residue(one.article.body)
                    after[size] += one.residue(cleaned.body)
    n_held = n_done * HELD_OUT
    print(f"{n_done} made sources, {n_held} articles that nothing was learned from\n")
    print("| learned from | sources with a template | words of residue an article | after | lines of story lost |")
    print("|---:|---:|---:|---:|---:|")
    for size in SIZES:
        print(
            f"| {size} | {touched[size]} | {before[size] / n_held:.1f} | {after[size] / n_held:.1f} | {len(lost[size])} |"
        )
    for line in sorted({line for lines in lost.values() for line in lines})[:20]:
        print(f"lost: {line[:160]}", file=sys.stderr)


def real_hosts(pages: Sequence[Truth]) -> None:
    """Print what is learned from the hosts that have several pages, and whether any of it is story."""
    hosts: dict[str, list[Truth]] = defaultdict(list)
    for page in pages:
        hosts[host_of(urlsplit(page.url).hostname or "")].append(page)
    n_hosts = n_with = n_cut = n_words = n_pages = 0
    lost: list[str] = []
    for host, group in sorted(hosts.items()):
        if len(group) < 4:
            continue
        reads = [one for page in group if (one := read(page.url, page.text().encode(), page.lines)) is not None]
        evidence = [printed(one.article) for one in reads]
        template = template_of((one.key, one.place) for one in learn(evidence, names=[host]))
        n_hosts += 1
        n_pages += len(reads)
        n_with += bool(template.blocks)
        for one in reads:
            cleaned = clean_template(one.article, template)
            lost += one.lost(cleaned)
            n_cut += len(cleaned.removals) - len(one.article.removals)
            n_words += one.residue(one.article.body) - one.residue(cleaned.body)
    print(f"\n{n_hosts} real hosts with 4 pages or more, {n_pages} pages: {n_with} with a template, {n_cut} lines cut,")
    print(f"{n_words} words of residue less, {len(lost)} lines of story lost")
    for line in lost[:20]:
        print(f"lost: {line[:160]}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.template", description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="CORPUS_FOLDER")
    parser.add_argument("--sources", type=int, default=40, metavar="N", help="made sources (default: 40)")
    options = parser.parse_args(arguments)
    pages = list(truths(options.folders))
    made_sources(pages, options.sources)
    real_hosts(pages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
