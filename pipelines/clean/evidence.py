"""What in a block of text and links speaks of spam, weighed against the page that it stands on.

Owns the weighing: the lexicon's words, host labels, rows of hosts, how much of the block is nothing else. Gives evidence
only; what is removed takes a second, structural kind (dom.py: hidden; spam.py: a tail).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.clean.hosts import (
    URL,
    foreign_hosts,
    has_bare_row,
    host_families,
    host_of,
    is_web,
    own_label,
    roots_in,
    site_of,
    urls_in,
    words_of_url,
)
from pipelines.clean.lexicon import Hit, covered, fold, hits_in, term_in_label, trades_of_host

_WORD = re.compile(r"\w+")
_SUFFIX_TALK = re.compile(r"(?i)(?<![\w-])\.?(?:ac|or|sch|go|edu|gov)\.[a-z]{2}\b")
_ENOUGH_TOPICS = 3
_SENTENCE_END = re.compile(r"[.!?。！？।…][\"'”’»)\]]*$")
_SENTENCE = re.compile(r"[.!?。！？।…]+\s*")
_BETWEEN = re.compile(r"[^\s,;:|/·•、，；–—-]+")
_FOREIGN_WORDS = 5  # fewer words say nothing about a language
_ENOUGH_WORDS = 40  # of a story, to know its language by
_SHARED = 0.2
_ENOUGH_LETTERS = 5_000
_FEW_LETTERS = 4
_STUFFED_WORDS = 12
_FEW_DIFFERENT = 0.6  # of the words; a paragraph of the news has three different ones of four
_SCRIPTS = {
    "latin": re.compile("[a-z\u00df-\u024f\u1e00-\u1eff]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "greek": re.compile("[\u0370-\u03ff]"),
    "arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "indic": re.compile("[\u0900-\u0dff]"),
    "thai": re.compile("[\u0e00-\u0eff]"),
    "hangul": re.compile("[\uac00-\ud7af]"),
    "east-asian": re.compile("[\u3040-\u30ff\u3400-\u9fff]"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The page that a block is judged against."""

    page_url: str
    spoken: frozenset[str] = frozenset()
    """The trades that the page's own story speaks of: about those, words and hosts are no evidence."""
    families: frozenset[str] = frozenset()
    """Sites of the page's links that stand in a row which nobody owns."""
    words: frozenset[str] = frozenset()
    """The words of the story."""
    script: str | None = None
    """That most of the story is written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What speaks against a block: all trades together, since who sells one thing sells another."""

    trade: str | None
    """The heaviest trade that the page does not speak of."""
    score: float
    """A term or a telling host counts 1, a topic half."""
    n_words: int
    """Terms, in the text and in the links' paths."""
    n_hosts: int
    """Hosts whose label no paper links to."""
    coverage: float
    """The share of the letters that are the trade's words, their fillers or addresses."""
    n_foreign: int
    """Hosts that are not the page's own."""
    n_told: int
    """Those of them whose label says anything of a trade."""
    n_strange: int
    """Those of n_hosts of whose label the story has no word."""
    is_bare: bool
    """It is nothing but a row of bare hosts, as no writer ends a text."""
    is_repeated: bool
    """Of that row one host comes again."""
    said: str
    """Its text, folded, without addresses."""
    is_family: bool
    is_sentence: bool
    is_other_language: bool
    """It is written in another script than the story, or its words beside the trade's are none of the story's."""
    is_other_script: bool
    """It is written in a script of its own; Latin is at home on every page."""

    @property
    def n_terms(self) -> int:
        """Terms and telling hosts."""
        return self.n_words + self.n_hosts

    @property
    def is_stuffed(self) -> bool:
        """Whether it says the same few words over and over: dear, and asked last.

        By what stands between spaces, since scripts without them are no words; a sentence said twice is no heap of words.
        """
        words = _BETWEEN.findall(" ".join(dict.fromkeys(_SENTENCE.split(self.said))))
        return len(words) >= _STUFFED_WORDS and len(set(words)) <= _FEW_DIFFERENT * len(words)

    @property
    def name(self) -> str:
        """Name the evidence, as a rule does."""
        return "host-family" if self.is_family else f"lexicon-{self.trade}" if self.trade else "bare-hosts"


def worth_a_look(text: str, urls: Iterable[str]) -> bool:
    """Say whether anything on a page could be evidence at all: a term, several topics, a row of bare hosts, telling hosts."""
    hits = hits_in(fold(text))
    if any(hit.is_term for hit in hits) or len(hits) >= _ENOUGH_TOPICS or has_bare_row(text):
        return True
    names = {host for url in frozenset(urls) if is_web(url) if (host := host_of(url))}
    told = [weight for name in names for weight in trades_of_host(name).values()]
    return sum(told) >= 1 or 0.5 * len(hits) + sum(told) >= 0.5 * _ENOUGH_TOPICS or bool(host_families(names))


def trades_in(text: str) -> Counter[str]:
    """Count the terms of a text, by trade; topics do not count."""
    return Counter(hit.trade for hit in hits_in(fold(text)) if hit.is_term)


def script_of(text: str) -> str | None:
    """Name the script that most letters of a text are of; None where there are few or none leads."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    name = max(counts, key=lambda each: counts[each])
    return name if counts[name] >= _FEW_LETTERS and 2 * counts[name] > sum(counts.values()) else None


def ground_of(page_url: str, story: str, urls: Iterable[str]) -> Ground:
    """Say what a page speaks of: `story` is its titles and running text, `urls` all its links."""
    folded = fold(story)
    families = host_families(foreign_hosts(urls, page_url))
    words = frozenset(_WORD.findall(folded))
    own = {own_label(host_of(page_url))}
    spoken = frozenset(hit.trade for hit in hits_in(folded))
    return Ground(
        page_url=page_url,
        spoken=spoken,
        families=frozenset()
        if "gambling" in spoken or _SUFFIX_TALK.search(story)  # a report on such rows names them
        else frozenset(site for site in families if own_label(site) not in words | own),
        words=words,
        script=script_of(folded[:_ENOUGH_LETTERS]) if len(words) >= _ENOUGH_WORDS else None,
    )


def weigh(text: str, targets: Sequence[str], ground: Ground) -> Weight:
    """Weigh a block: its text and the targets of its links."""
    folded = fold(text)
    bare = urls_in(folded)
    urls = [*bare, *targets]
    hosts = foreign_hosts(urls, ground.page_url)
    hits = [hit for hit in hits_in(folded) if hit.trade not in ground.spoken]
    scores: defaultdict[str, float] = defaultdict(float)
    n_words = n_hosts = n_told = n_strange = 0
    for hit in hits:
        scores[hit.trade] += 1 if hit.is_term else 0.5
        n_words += hit.is_term
    for target in targets:
        if target not in folded and foreign_hosts([target], ground.page_url):
            said = {hit.trade for hit in hits_in(fold(words_of_url(target))) if hit.is_term} - ground.spoken
            for trade in said:
                scores[trade] += 1
            n_words += len(said)
    for host in hosts:
        told = term_in_label(own_label(host))
        is_term = told is not None and told not in ground.spoken
        if is_term and told and not any(hit.trade == told for hit in hits):
            scores[told] += 1
            n_words += 1
        weights = {name: weight for name, weight in trades_of_host(host).items() if name not in ground.spoken}
        for trade, weight in weights.items():
            scores[trade] += weight
            n_hosts += weight >= 1
        n_told += is_term or bool(weights)
        n_strange += max(weights.values(), default=0) >= 1 and ground.words.isdisjoint(_WORD.findall(own_label(host)))
    heaviest = max(scores, key=lambda name: scores[name]) if scores else None
    spans = [match.span() for match in URL.finditer(folded)]
    roots = roots_in(folded) if bare else ()
    plain = URL.sub(" ", folded) if spans else folded
    script = _other_script(plain, ground)
    return Weight(
        trade=heaviest,
        score=sum(scores.values()),
        n_words=n_words,
        n_hosts=n_hosts,
        coverage=covered(folded, hits, scores, spans) if scores else 0.0,
        n_foreign=len(hosts),
        n_told=n_told,
        n_strange=n_strange,
        is_bare=len(roots) > 1,
        is_repeated=len(set(map(host_of, roots))) < len(roots) > 2,
        said=plain,
        is_family=any(site_of(host) in ground.families for host in hosts),
        is_sentence=bool(_SENTENCE_END.search(text.rstrip())),
        is_other_language=script is not None or _other_language(folded, hits, spans, ground),
        is_other_script=script not in {None, "latin"},
    )


def _other_script(said: str, ground: Ground) -> str | None:
    """Name the script of a text without addresses where it is another than the story's."""
    script = script_of(said) if ground.script else None
    return script if script != ground.script else None


def _other_language(folded: str, hits: Sequence[Hit], spans: Sequence[tuple[int, int]], ground: Ground) -> bool:
    taken = [*spans, *((hit.start, hit.end) for hit in hits)]
    words = [
        match[0]
        for match in _WORD.finditer(folded)
        if not match[0].isdigit() and not any(start <= match.start() < end for start, end in taken)
    ]
    if len(words) < _FOREIGN_WORDS or len(ground.words) < _ENOUGH_WORDS:
        return False
    return sum(word in ground.words for word in words) < _SHARED * len(words)
