"""What is known of each block of a page when it is judged: the votes on it, its text, its place, its neighbours.

Owns the order and meaning of the matrix's columns (`NAMES`); the trained model speaks of columns by number, so a change here
asks for training (benchmarks/train_body.py). Pure. No column names a site, and none a word but the set phrases of
data/boilerplate.toml.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipelines.clean.phrases import phrases
from pipelines.source_blocks import SourceBlock

Matrix = NDArray[np.float32]

VOTERS = ("trafilatura", "readability", "resiliparse", "justext")
_HINTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"article|body|content|entry|story|post|text|main|paragraph|prose",
        r"comment|disqus|respond|reply",
        r"relat|recommend|more-|also|teaser|promo|trending|popular|most-|read-?next|up-?next|suggest|outbrain|taboola",
        r"share|social|follow|tool|button|print|icon",
        r"newsletter|subscri|sign-?up|paywall|regist|donat|cta|call-to",
        r"sidebar|aside|widget|rail|secondary|module|block-list|panel",
        r"foot|copyright|legal|disclaim|terms",
        r"nav|menu|breadcrumb|header|masthead|topbar|toolbar|pagination|pager",
        r"caption|credit|figure|gallery|image|photo|media|video|slide|carousel",
        r"author|byline|bio|contributor|writer|profile|avatar",
        r"date|time|meta|info|published|tag|categor|label|topic|keyword|kicker|eyebrow",
        r"(?:^|[^a-z])ads?(?:[^a-z]|$)|advert|sponsor|banner|dfp|gpt",
        r"cookie|consent|popup|modal|overlay|login|hidden|sr-only|screen-reader|visually",
        r"summary|standfirst|lead|deck|dek|intro|excerpt|abstract|subtitle|subhead|description|chapo|sapo",
        r"quote|pull|highlight|fact|box|infobox|note|embed|tweet",
        r"table|list|toc|index",
        r"articlebody",
    )
)
_PHRASES = (
    "advert", "button", "related_prefix", "related_whole", "related_heading", "promo", "legal", "credit_tail", "dateline",
    "byline", "caption", "breadcrumb", "about_author", "comments_heading",
)  # fmt: skip
_TAGS = (
    "p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "div", "td", "th", "blockquote", "figcaption", "span", "pre", "dd",
    "dt", "section", "article", "label", "time", "option", "button", "body",
)  # fmt: skip
_ABOVE = (
    "article", "main", "aside", "footer", "header", "nav", "form", "figure", "table", "ul", "blockquote", "section", "li",
    "details", "dl",
)  # fmt: skip
_DEEPEST = 12
_PHRASE_LENGTH = 420
_WINDOW = 6
_FAR = 50

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟۔][\"'”’»)\]]*\s*$")
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"(?i)https?://|www\.|\.com\b")
_PAUSE = re.compile("[,;、，،:]")
_COLON = re.compile(r"[:：]\s*$")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[:.]\d\d|\d{1,2}[./-]\d{1,2}[./-]")
_QUOTES = "\"'“«„‘「"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the page says of itself, as keys (`key_of`)."""

    titles: frozenset[str]
    authors: frozenset[str]
    descriptions: tuple[str, ...]


def window(votes: Mapping[str, Matrix], n_blocks: int) -> tuple[int, int]:
    """Give the range of blocks that are worth judging: those that got a vote, and a few around them."""
    voted = np.zeros(n_blocks, np.float32)
    for each in votes.values():
        voted = np.maximum(voted, each)
    at = np.flatnonzero(voted > 0)
    if not len(at):
        return 0, 0
    return max(0, int(at[0]) - _WINDOW), min(n_blocks, int(at[-1]) + 1 + _WINDOW)


def matrix(
    blocks: Sequence[SourceBlock], sizes: Matrix, votes: Mapping[str, Matrix], known: Known, voters: Sequence[str]
) -> Matrix:
    """Give a row for each block, in order; `votes` by voter, each a share (0 to 1) for each block."""
    n = len(blocks)
    ballots = np.stack([votes.get(name, np.zeros(n, np.float32)) for name in voters], 1)
    trust = _trust(ballots, sizes)
    weighted = ballots @ trust / max(1e-6, float(trust.sum()))
    text = np.array([_of_text(block) for block in blocks], np.float32)
    links = np.array([min(1.0, block.link_share) for block in blocks], np.float32)
    place, holders = _of_place(blocks)
    columns = [
        ballots,
        ballots.sum(1, keepdims=True),
        weighted[:, None],
        text,
        _of_words(blocks, known),
        place,
        _of_holders(blocks, holders, sizes, weighted, links),
        _of_order(blocks, sizes, weighted),
        _of_neighbours(weighted, ballots, sizes, links, text[:, _ENDS_SENTENCE]),
        np.tile(np.concatenate([trust, _of_page(sizes, weighted, ballots)])[None, :], (n, 1)),
    ]
    return np.concatenate(columns, 1).astype(np.float32)


def _trust(ballots: Matrix, sizes: Matrix) -> Matrix:
    """Give how well each voter's text agrees with the others' (mean F1 over characters)."""
    n_voters = ballots.shape[1]
    if n_voters == 1:
        return np.ones(1, np.float32)
    kept = ballots * sizes[:, None]
    totals = kept.sum(0)
    agreement = np.zeros(n_voters, np.float32)
    for one in range(n_voters):
        for other in range(n_voters):
            if one != other:
                shared = float(np.minimum(kept[:, one], kept[:, other]).sum())
                agreement[one] += 2 * shared / max(1.0, float(totals[one] + totals[other]))
    agreement /= n_voters - 1
    return agreement


_ENDS_SENTENCE = 5


def _of_text(block: SourceBlock) -> list[float]:
    text = block.text
    size = len(text)
    words = _WORD.findall(text)
    n_words = max(1, len(words))
    return [
        float(np.log1p(size)),
        float(np.log1p(len(words))),
        min(1.0, block.link_share),
        len(block.anchors),
        block.emphasised,
        _SENTENCE_END.search(text[-8:]) is not None,
        _COLON.search(text[-4:]) is not None,
        len(_DIGIT.findall(text)) / max(1, size),
        _ADDRESS.search(text) is not None,
        "@" in text,
        "©" in text,
        100 * len(_PAUSE.findall(text)) / max(1, size),
        sum(word[0].isupper() for word in words) / n_words,
        text[:1].isupper(),
        text[:1].islower(),
        _DATE.search(text) is not None,
        text.endswith(("...", "…")),
        "|" in text,
        text.isupper(),
        "?" in text,
        text[:1] in _QUOTES,
        len(block.nodes),
    ]


def _of_words(blocks: Sequence[SourceBlock], known: Known) -> Matrix:
    """Give what a block's words say: the page's own headline, author or description, a set phrase, a repetition."""
    times = Counter(block.key for block in blocks)
    long_titles = [title for title in known.titles if len(title) > 12]
    rows = np.zeros((len(blocks), 7 + len(_PHRASES)), np.float32)
    since_related = 99
    for at, block in enumerate(blocks):
        key, size = block.key, len(block.text)
        row = rows[at]
        row[0] = key in known.titles
        row[1] = size < 300 and any(author in key for author in known.authors)
        row[2] = any(key == description for description in known.descriptions)
        row[3] = len(key) > 30 and any(description.startswith(key[:60]) for description in known.descriptions)
        row[4] = times[key] > 1
        row[5] = len(key) > 12 and any(key in title or title in key for title in long_titles)
        if size < _PHRASE_LENGTH:
            for number, group in enumerate(_PHRASES):
                if phrases(group).match(block.text):
                    row[7 + number] = 1
                    if group == "related_heading" and size < 90:
                        since_related = -1
        since_related = min(99, since_related + 1)
        row[6] = since_related
    return rows


@lru_cache(maxsize=20_000)
def _hints(identity: str) -> int:
    """Give a bit for each hint that an element's class, id or role holds."""
    return sum(1 << at for at, pattern in enumerate(_HINTS) if pattern.search(identity))


def _identity(element: HtmlElement) -> str:
    get = element.get
    parts = (get("class"), get("id"), get("itemprop"), get("role"))
    return " ".join(part[:120] for part in parts if part)


def _of_place(blocks: Sequence[SourceBlock]) -> tuple[Matrix, list[list[HtmlElement]]]:
    """Give where each block stands: its tag, the tags and the hints of what it stands in; and its ancestors."""
    rows = np.zeros((len(blocks), 1 + len(_ABOVE) + len(_HINTS)), np.float32)
    seen: dict[HtmlElement, int] = {}
    levels = np.zeros((len(blocks), 3), np.int64)  # hints of the elements near, in the middle and far above
    chains: list[list[HtmlElement]] = []
    for at, block in enumerate(blocks):
        chain: list[HtmlElement] = []
        element: HtmlElement | None = block.element
        while element is not None and len(chain) < _DEEPEST:
            chain.append(element)
            element = element.getparent()
        chains.append(chain)
        tags = [str(each.tag) for each in chain]
        rows[at, 0] = _TAGS.index(tags[0]) if tags[0] in _TAGS else len(_TAGS)
        for number, tag in enumerate(_ABOVE):
            rows[at, 1 + number] = tags.index(tag) if tag in tags else -1
        for depth, each in enumerate(chain):
            if each not in seen:
                seen[each] = _hints(_identity(each))
            levels[at, 0 if depth < 2 else 1 if depth < 5 else 2] |= seen[each]
    for number in range(len(_HINTS)):
        near, middle, far = (levels & (1 << number)).astype(bool).T
        rows[:, 1 + len(_ABOVE) + number] = np.select([near, middle, far], [1.0, 0.5, 0.25], 0.0)
    return rows, chains


def _of_holders(
    blocks: Sequence[SourceBlock], chains: Sequence[Sequence[HtmlElement]], sizes: Matrix, good: Matrix, links: Matrix
) -> Matrix:
    """Give how much of the page's voted text the elements around a block hold, and how much in them is links."""
    voted: defaultdict[HtmlElement, float] = defaultdict(float)
    total: defaultdict[HtmlElement, float] = defaultdict(float)
    linked: defaultdict[HtmlElement, float] = defaultdict(float)
    by_parent: defaultdict[HtmlElement, float] = defaultdict(float)
    by_look: defaultdict[tuple[str, str | None], float] = defaultdict(float)
    looks: list[tuple[str, str | None]] = []
    for at, chain in enumerate(chains):
        size, vote = float(sizes[at]), float(sizes[at] * good[at])
        link = size * float(links[at])
        for element in chain:
            total[element] += size
            voted[element] += vote
            linked[element] += link
        look = (str(chain[0].tag), chain[0].get("class"))
        looks.append(look)
        by_look[look] += vote
        by_parent[chain[min(1, len(chain) - 1)]] += vote
    n_looks = Counter(looks)
    every = max(1.0, float((sizes * good).sum()))
    rows = np.zeros((len(blocks), 16), np.float32)
    for at, chain in enumerate(chains):
        shares = [voted[element] / every for element in chain]
        parent = chain[min(1, len(chain) - 1)]
        above = chain[min(2, len(chain) - 1)]
        rows[at] = [
            *(shares[min(depth, len(shares) - 1)] for depth in (1, 2, 3, 4)),
            next((depth for depth, share in enumerate(shares) if share > 0.5), _DEEPEST),
            next((depth for depth, share in enumerate(shares) if share > 0.9), _DEEPEST),
            by_parent[parent] / every,
            by_look[looks[at]] / every,
            n_looks[looks[at]],
            linked[parent] / max(1.0, total[parent]),
            np.log1p(total[parent]),
            voted[parent] / max(1.0, total[parent]),
            linked[above] / max(1.0, total[above]),
            np.log1p(total[above]),
            voted[above] / max(1.0, total[above]),
            len(chain),
        ]
    return rows


def _of_order(blocks: Sequence[SourceBlock], sizes: Matrix, good: Matrix) -> Matrix:
    """Give how far along the page and the voted text a block stands."""
    n = len(blocks)
    at = np.arange(n)
    core = np.flatnonzero((good > 0.55) & (sizes > 60))
    first, last = (int(core[0]), int(core[-1])) if len(core) else (0, n - 1)
    run = np.cumsum(sizes * good) / max(1.0, float((sizes * good).sum()))
    return np.stack(
        [
            at / max(1, n),
            (at - first) / max(1, last - first),
            np.clip(at - first, -_FAR, _FAR),
            np.clip(at - last, -_FAR, _FAR),
            run,
            1 - run,
        ],
        1,
    ).astype(np.float32)


def _of_neighbours(good: Matrix, ballots: Matrix, sizes: Matrix, links: Matrix, ends: Matrix) -> Matrix:
    """Give the same of the three blocks before and behind, and how much around is voted for."""
    base = np.stack([good, np.log1p(sizes), links, ends, ballots[:, 0]], 1)
    n = len(base)
    columns = [_shifted(base, step) for step in (1, 2, 3, -1, -2, -3)]
    for reach in (3, 8):
        kernel = np.ones(2 * reach + 1)
        around = np.convolve(good * sizes, kernel, "full")[reach : reach + n]
        columns.append((around / np.maximum(1.0, np.convolve(sizes, kernel, "full")[reach : reach + n]))[:, None])
    return np.concatenate(columns, 1)


def _shifted(values: Matrix, step: int) -> Matrix:
    moved = np.full_like(values, -1.0)
    if step > 0:
        moved[step:] = values[:-step]
    else:
        moved[:step] = values[-step:]
    return moved


def _of_page(sizes: Matrix, good: Matrix, ballots: Matrix) -> Matrix:
    """Give what holds for all of a page's blocks: how much is voted for, and by how many."""
    voted = float((sizes * good).sum())
    first = float((sizes * ballots[:, 0]).sum())
    return np.array(
        [np.log1p(voted), first / max(1.0, voted), voted / max(1.0, float(sizes.sum())), np.log1p(len(sizes))],
        np.float32,
    )
