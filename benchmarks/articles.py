"""Invent news articles, as many as wanted, for benchmarks of searching and of scale.

Owns what they are like: bodies of about 3.3 kB whose words are as frequent as in a language (Zipf), with the marks, removals
and fields that pages of that length have, in some papers and languages, over some years; a few hundredths undated, a few
edited, a few nearly alike. Pure: the same seed gives the same articles. They come into an archive by invented_archive.py.
"""

import functools
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import escape

from archive.records import Article, Extractor, Mark, Removal, Signal

N_WORDS = 60_000
N_SOURCES = 60
BATCH = 100
FIRST_DAY = date(2019, 1, 1)
N_DAYS = 365 * 6
LANGUAGES = ("en",) * 12 + ("de", "de-AT", "fr", "es", "pt", "fa", "tr", "sw")
EXTRACTOR = Extractor(name="invented", version="1", options="full", rules="1")
SIGNALS = {
    name: Signal(origin=origin, confidence=0.85)
    for name, origin in (("headline", "h1"), ("description", "opengraph"), ("authors", "json-ld"), ("published", "json-ld"),
                         ("image", "opengraph"), ("canonical_url", "link"), ("language", "html"))
}  # fmt: skip
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "en", "or", "il", "us")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """An article as a page of a paper has it; `number` counts from 1."""

    number: int
    paper: int
    article: Article
    earlier: Article | None
    """What it said before an edit."""
    original: int
    """The article that it is nearly alike; else itself."""


class Writer:
    """Draws words as frequent as a language's, and texts made of them."""

    def __init__(self, seed: int, part: int) -> None:
        """Draw from the vocabulary of `seed`; each part of its articles is drawn by itself."""
        self.random = random.Random(f"{seed} {part}")
        self.words = vocabulary(seed)
        self.weights = weights()

    def text(self, n_words: int) -> list[str]:
        """Draw so many words."""
        return self.random.choices(self.words, cum_weights=self.weights, k=n_words)

    def sentences(self, n_words: int) -> str:
        """Draw a body: sentences in paragraphs."""
        words = self.text(n_words)
        paragraphs, at = [], 0
        while at < len(words):
            sentences = []
            for _ in range(3):
                length = self.random.randint(9, 26)
                if chosen := words[at : at + length]:
                    sentences.append(" ".join(chosen).capitalize() + ".")
                at += length
            paragraphs.append(" ".join(sentences))
        return "\n\n".join(paragraphs)

    def marks(self, body: str, host: str) -> Iterator[Mark]:
        """Draw links and emphasis over a body, in order."""
        at = 0
        while (at := at + self.random.randint(200, 900)) + 20 < len(body):
            kind = self.random.choice(("link", "link", "strong", "em"))
            target = f"https://{host}/{'-'.join(self.text(3))}" if kind == "link" else None
            yield Mark(kind=kind, start=at, end=at + 14, target=target)

    def removals(self) -> Iterator[Removal]:
        """Draw what cleaning took out."""
        for position in range(self.random.randrange(11)):
            text = " ".join(self.text(self.random.randint(2, 20)))
            yield Removal(stage="text", reason="teaser", rule="teaser@1", position=position, text=text)


@functools.cache
def vocabulary(seed: int) -> list[str]:
    """Give the words, the most frequent first: short ones before long ones, as languages have it."""
    drawn = random.Random(seed)
    words: dict[str, None] = {}
    while len(words) < N_WORDS:
        n_syllables = 1 + (len(words) > 60) + (len(words) > 2500) + (len(words) > 20_000)
        words["".join(drawn.choices(_SYLLABLES, k=n_syllables))] = None
    return list(words)


@functools.cache
def weights() -> list[float]:
    """Give the words' cumulative weights (Zipf and Mandelbrot)."""
    return list(itertools.accumulate(1 / (rank + 2.7) for rank in range(N_WORDS)))


def articles(n: int, *, seed: int = 1) -> Iterator[Invented]:
    """Invent articles."""
    for first in range(0, n, BATCH):
        yield from batch(first // BATCH, min(BATCH, n - first), seed=seed)


def batch(part: int, n: int, *, seed: int = 1) -> list[Invented]:
    """Invent the articles of one part, by themselves: so several processes can share the work."""
    writer = Writer(seed, part)
    draw = writer.random
    found: list[Invented] = []
    for number in range(part * BATCH + 1, part * BATCH + n + 1):
        last = found[-1] if found else None
        alike = last is not None and draw.random() < 0.03
        if last is not None and alike:
            paragraphs = last.article.body.split("\n\n")
            body, original = "\n\n".join(paragraphs[:-1] or paragraphs), last.original
        else:
            body, original = writer.sentences(max(int(draw.gauss(528, 180)), 40)), number
        paper = min(int(draw.expovariate(0.08)), N_SOURCES - 1)
        article = article_of(writer, number, paper, body)
        edited = draw.random() < 0.04
        found.append(
            Invented(
                number=number,
                paper=paper,
                article=article,
                earlier=_before(article) if edited else None,
                original=original,
            )
        )
    return found


def host_of(paper: int) -> str:
    """Name a paper's host."""
    return f"paper{paper}.example"


def article_of(writer: Writer, number: int, paper: int, body: str) -> Article:
    draw, host = writer.random, host_of(paper)
    headline = " ".join(writer.text(draw.randint(5, 12))).capitalize()
    day = FIRST_DAY + timedelta(days=draw.randrange(N_DAYS))
    url = f"https://{host}/{day:%Y/%m}/{'-'.join(headline.split()[:5]).lower()}-{number}"
    return Article(
        url=url,
        canonical_url=url,
        headline=headline,
        description=body[:150],
        authors=(f"{draw.choice(writer.words[2500:2540])} {draw.choice(writer.words[2540:2580])}".title(),),
        published=None if draw.random() < 0.03 else f"{day.isoformat()}T{draw.randrange(24):02}:15:00Z",
        modified=None,
        section=draw.choice(("world", "politics", "sport", "culture", None)),
        keywords=tuple(writer.text(draw.randrange(4))),
        language=LANGUAGES[(paper * 7) % len(LANGUAGES)],
        image=f"https://{host}/images/{day:%Y/%m/%d}/{number}-1200x630.jpg",
        article_type="NewsArticle",
        paywall=None,
        body=body,
        marks=tuple(writer.marks(body, host)),
        signals=SIGNALS,
        removals=tuple(writer.removals()),
        extractor=EXTRACTOR,
    )


def _before(article: Article) -> Article:
    return replace(article, body=article.body + "\n\nThis was said before.")


def page_of(article: Article) -> bytes:
    """Give a page that has an article's headline and text; small, because what is measured is what is kept of it."""
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in article.body.split("\n\n"))
    return f"<!doctype html><html><body><h1>{escape(article.headline or '')}</h1>{paragraphs}</body></html>".encode()
