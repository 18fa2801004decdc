"""Injected blocks that are hidden in a page's markup, found and taken out before any extractor sees them.

Owns the hidden ones: removal takes that a block is hidden, and that its words or hosts speak of spam or that it is hidden in
a way no template uses and is nothing but links elsewhere. Hidden text without that stays, wherever it stands.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from archive.records import Removal
from pipelines.clean.evidence import Ground, Weight, weigh
from pipelines.clean.hidden import Hidden, Hiding
from pipelines.clean.hosts import foreign_hosts, host_of, is_web, own_label, site_of, urls_in
from pipelines.clean.sheets import Sheets
from pipelines.source_blocks import key_of

RULES = 3
_LONGEST = 20_000
_MOST_TEXT = 1_000_000  # letters looked at in hidden blocks' parts
_STRUCTURE = frozenset({"html", "body", "head"})
_SILENT = frozenset({"script", "style", "head", "svg", "textarea", "select", "iframe", "object"})
_MOSTLY = 0.5
_A_NAME = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A hidden element with what it holds."""

    element: HtmlElement
    hidden: Hidden
    is_whole: bool
    """Not a part of another hidden element."""
    text: str
    targets: tuple[str, ...]
    n_link: int
    """Letters that are links."""
    follows_last: bool
    """No text that readers see stands between it and the one before."""

    @property
    def urls(self) -> tuple[str, ...]:
        """All its addresses, those in its text too."""
        return tuple(dict.fromkeys([*filter(is_web, self.targets), *urls_in(self.text)]))

    @property
    def link_share(self) -> float:
        """The share of its text that is links."""
        return self.n_link / max(1, len(self.text))


def styled_links(tree: HtmlElement) -> Iterator[Found]:
    """List the elements that hold links and are hidden covertly by their own style attribute: a quick look at any page."""
    hiding = Hiding(None)
    taken: set[HtmlElement] = set()
    for element in tree.xpath(".//*[@style][descendant-or-self::a[@href] or text()[contains(., '://')]]"):
        hidden = None if element.tag in _STRUCTURE else hiding.how(element)
        if hidden is None or not hidden.is_covert or any(above in taken for above in element.iterancestors()):
            continue
        found = _found(element, hidden, is_whole=True, follows_last=False)
        if found is not None and found.urls:
            taken.add(element)
            yield found


def hidden_elements(tree: HtmlElement, holders: Iterable[HtmlElement]) -> list[Found]:
    """List the hidden elements around some, and the elements inside of them, in the page's order."""
    worth = set(holders)
    seen: set[HtmlElement] = set()
    for element in worth:
        for above in element.iterancestors():
            if above in seen:
                break
            seen.add(above)
    walk = _HiddenWalk(Hiding(Sheets(tree)), worth | seen)
    return list(walk.of(tree)) if worth else []


class _HiddenWalk:
    """Walks a page and remembers which hidden element it is in, and whether visible text was passed."""

    def __init__(self, hiding: Hiding, worth: Collection[HtmlElement]) -> None:
        self._hiding = hiding
        self._worth = worth
        self._within: list[tuple[HtmlElement, Hidden]] = []
        self._passed_text = True
        self._left = _MOST_TEXT

    def of(self, tree: HtmlElement) -> Iterator[Found]:
        walker = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walker:
            if event == "end":
                if self._within and self._within[-1][0] is element:
                    self._within.pop()
                self._see(element.tail)
                continue
            if element.tag in _SILENT:
                walker.skip_subtree()
                continue
            if element not in self._worth:
                walker.skip_subtree()
                self._see(element.text)
                self._see("x" if len(element) else None)
                continue
            if self._within:
                if self._left > 0 and (found := self._inner(element)) is not None:
                    yield found
                continue
            hidden = None if element.tag in _STRUCTURE else self._hiding.how(element)
            if hidden is not None:
                self._within.append((element, hidden))
                found = _found(element, hidden, is_whole=True, follows_last=not self._passed_text)
                if found is not None:
                    self._passed_text = False
                    yield found
            self._see(element.text)

    def _inner(self, element: HtmlElement) -> Found | None:
        found = _found(element, self._within[-1][1], is_whole=False, follows_last=not self._passed_text)
        self._left -= len(found.text) if found else _LONGEST // 10
        return found

    def _see(self, text: str | None) -> None:
        if text and not self._within and not text.isspace():
            self._passed_text = True


def _found(element: HtmlElement, hidden: Hidden, *, is_whole: bool, follows_last: bool) -> Found | None:
    pieces: list[str] = []
    n_letters = 0
    for piece in _texts(element):
        pieces.append(piece)
        n_letters += len(piece)
        if n_letters > 2 * _LONGEST:
            return None
    text = " ".join("".join(pieces).split())
    if not text or len(text) > _LONGEST:
        return None
    links = [link for link in element.iter("a") if link.get("href")]
    bare = urls_in(text)
    n_link = sum(len(" ".join("".join(link.itertext()).split())) for link in links)
    if not is_whole and next(element.iterancestors("a"), None) is not None:
        n_link = len(text)
    return Found(
        element=element,
        hidden=hidden,
        is_whole=is_whole,
        text=text,
        targets=tuple(dict.fromkeys(link.get("href", "").strip() for link in links)),
        n_link=n_link + sum(len(url) for url in bare),
        follows_last=follows_last,
    )


def _texts(element: HtmlElement) -> Iterator[str]:
    """Give the texts of an element, with a space where blocks meet."""
    for each in element.iter():
        if each.tag in {"script", "style"}:
            if each.tail and each is not element:
                yield each.tail
            continue
        yield from (" ",) if each.tag in {"p", "div", "li", "br", "a", "h1", "h2", "h3", "h4", "td"} else ()
        if each.text:
            yield each.text
        if each is not element and each.tail:
            yield each.tail


def spam_among(elements: Sequence[Found], ground: Ground) -> list[tuple[Found, str]]:
    """Choose the hidden elements that are spam, the outermost of each, with the name of the evidence."""
    chosen: list[tuple[Found, str]] = []
    taken: set[HtmlElement] = set()
    for found in elements:
        if any(above in taken for above in found.element.iterancestors()):
            continue
        if evidence := _evidence(found, ground):
            chosen.append((found, evidence))
            taken.add(found.element)
    if chosen:  # where one is spam, a single covert link beside it is no accident
        for found in elements:
            if (
                found.hidden.is_covert
                and found.element not in taken
                and not any(above in taken for above in found.element.iterancestors())
                and _only_foreign(found, ground) >= 1
            ):
                chosen.append((found, "foreign-links"))
                taken.add(found.element)
        order = {found.element: at for at, found in enumerate(elements)}
        chosen.sort(key=lambda each: order[each[0].element])
    return chosen


def _evidence(found: Found, ground: Ground) -> str | None:
    weight = weigh(found.text, found.targets, ground)
    if weight.is_family and found.link_share > 0.3:
        return weight.name
    if weight.trade and _speaks(found, weight, ground):
        return weight.name
    covert_links = found.hidden.is_covert and found.link_share > _MOSTLY
    # hosts as text, in whatever way hidden: no template does that, and who folds sources up links them
    bare_hosts = not found.targets and weight.is_bare
    if not found.is_whole or not (covert_links or bare_hosts) or _only_foreign(found, ground) < 2:
        return None
    return "foreign-links" if covert_links else "bare-hosts"


def _speaks(found: Found, weight: Weight, ground: Ground) -> bool:
    """Say whether a hidden block's words are a seller's: dense enough that nothing else can be lost with them."""
    reads_on = weight.is_sentence and not weight.is_other_language  # as a hidden part of the story would
    links = [target for target in (*found.targets, *urls_in(found.text)) if target]
    n_foreign = sum(bool(foreign_hosts([target], ground.page_url)) for target in links)
    if n_foreign and 2 * n_foreign >= len(links):
        enough = 1 if found.is_whole else 2
        if weight.coverage > (0.5 if reads_on else 0.3):
            if weight.n_words >= enough or weight.n_hosts >= 2:
                return True
            if found.hidden.is_covert and (weight.n_hosts or weight.score > 1):
                return True
        if found.is_whole and not reads_on and _names_others(found, weight, ground):
            return True
        if weight.n_words >= 3 and weight.n_foreign >= 2 and (found.hidden.is_covert or weight.is_other_language):
            return True
        return found.hidden.is_covert and weight.score > 1 and weight.n_foreign >= 2
    if links:  # to its own pages, as a menu has them
        return weight.n_words >= 3 and weight.coverage > 0.85
    if weight.is_other_language and weight.n_words >= 2 and weight.coverage > 0.3:
        return True
    if weight.score >= 2 and weight.is_stuffed:
        return True
    enough_of_it = 0.85 if reads_on else _MOSTLY
    return (weight.n_words >= 3 and weight.coverage > enough_of_it) or (weight.n_words >= 2 and weight.coverage > 0.85)


def _names_others(found: Found, weight: Weight, ground: Ground) -> bool:
    """Say whether hidden links carry a trade's names to hosts of other names: a shop's list of brands names their hosts."""
    if weight.n_foreign < 2 or found.link_share <= _MOSTLY:
        return False
    if not ((weight.score > 1 and weight.coverage > 0.3) or (weight.score >= 1 and weight.coverage > 0.7)):
        return False
    n_others = 0
    for link in found.element.iter("a"):
        target = (link.get("href") or "").strip()
        words, label = key_of("".join(link.itertext())), key_of(own_label(host_of(target)))
        if is_web(target) and foreign_hosts([target], ground.page_url) and words:
            if (len(label) >= _A_NAME and label in words) or words in label:
                return False
            n_others += 1
    return n_others >= 2


def _only_foreign(found: Found, ground: Ground) -> int:
    """Count the sites that a block links to where all of them are others'; 0 where one is not."""
    own = site_of(host_of(ground.page_url))
    targets = [*found.targets, *urls_in(found.text)]
    hosts = foreign_hosts(targets, ground.page_url)
    if not hosts or any(not is_web(target) or site_of(host_of(target)) == own for target in targets):
        return 0
    return len({site_of(host) for host in hosts}) if len(hosts) == len({host_of(target) for target in targets}) else 0


def take_out(chosen: Sequence[tuple[Found, str]]) -> list[Removal]:
    """Take hidden spam out of its tree; blocks with nothing visible between them make one removal."""
    removals: list[Removal] = []
    way: str | None = None
    for found, evidence in chosen:
        text, urls = found.text, found.urls
        rule = f"hidden-{found.hidden.way}+{evidence}@{RULES}"
        if found.follows_last and found.hidden.way == way:
            last = removals.pop()
            text, urls, rule = f"{last.text}\n{text}", (*last.urls, *urls), last.rule
        removals.append(
            Removal(
                stage="dom",
                reason="hidden-spam",
                rule=rule,
                position=len(removals),
                text=text[:4000],
                urls=tuple(dict.fromkeys(urls))[:200],
            )
        )
        drop(found.element)
        way = found.hidden.way
    return removals


def drop(element: HtmlElement) -> None:
    """Remove an element and keep the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    if tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)
    if parent.tag not in _STRUCTURE and len(parent) == 0 and not (parent.text or "").strip() and not parent.tail:
        drop(parent)
