"""Injected blocks in a page's markup, found and taken out before any extractor sees them.

Owns the hidden ones: removal takes that a block is hidden and that its words or hosts speak of spam, or that it is
hidden in a covert way and is nothing but links elsewhere. Hidden text without that stays, wherever it stands.
"""

from dataclasses import dataclass

from lxml.html import HtmlElement

from archive.records import Removal
from pipelines.clean.evidence import content_evidence, foreign_hosts, host_of, site_of, urls_in
from pipelines.clean.hidden import Styles

_COVERT_LINK_SHARE = 0.5
_LONGEST = 20_000
_STRUCTURE = frozenset({"html", "body", "head"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hidden:
    element: HtmlElement
    how: str
    text: str
    urls: tuple[str, ...]
    n_link: int


def remove_hidden_spam(tree: HtmlElement, page_url: str, story: str, *, suspicious: bool) -> tuple[Removal, ...]:
    """Take hidden spam out of a tree; `story` is what the page declares of itself (title, headline).

    Where nothing on the page is `suspicious`, only links hidden in a covert way are looked for.
    """
    removals: list[Removal] = []
    for position, hidden in enumerate(_hidden_elements(tree, suspicious=suspicious)):
        evidence = _evidence(hidden, page_url, story)
        if evidence:
            removals.append(
                Removal(
                    stage="dom",
                    reason="hidden-spam",
                    rule=f"hidden-{hidden.how}+{evidence.replace(':', '-')}@1",
                    position=position,
                    text=hidden.text[:4000],
                    urls=hidden.urls[:200],
                )
            )
            _drop(hidden.element)
    return tuple(removals)


def _hidden_elements(tree: HtmlElement, *, suspicious: bool) -> list[_Hidden]:
    """List the outermost hidden elements that hold text."""
    styles = Styles(tree, sheets=suspicious)
    found: list[_Hidden] = []
    inside: set[HtmlElement] = set()
    for element in tree.iter("*") if suspicious else tree.xpath(".//*[@style]"):
        if element.tag in _STRUCTURE:
            continue
        if inside and element.getparent() in inside:
            inside.add(element)
            continue
        how = styles.how(element)
        if how is None:
            continue
        text = " ".join("".join(element.itertext()).split())
        if not text or len(text) > _LONGEST:
            continue
        inside.add(element)
        links = [link for link in element.iter("a") if link.get("href")] + ([element] if element.tag == "a" else [])
        linked = dict.fromkeys(links)
        found.append(
            _Hidden(
                element=element,
                how=how,
                text=text,
                urls=tuple(dict.fromkeys([link.get("href", "") for link in linked] + list(urls_in(text)))),
                n_link=sum(len(" ".join("".join(link.itertext()).split())) for link in linked)
                + sum(len(url) for url in urls_in(text)),
            )
        )
    return found


def _evidence(hidden: _Hidden, page_url: str, story: str) -> str | None:
    if evidence := content_evidence(hidden.text, hidden.urls, story=story, page_url=page_url):
        return evidence
    if hidden.how in {"gone", "template", "noscript"} or not hidden.urls:
        return None
    hosts = foreign_hosts(hidden.urls, page_url)
    own = site_of(host_of(page_url))
    all_foreign = hosts and all(host_of(url) and site_of(host_of(url)) != own for url in hidden.urls)
    return "foreign-links" if all_foreign and hidden.n_link > _COVERT_LINK_SHARE * len(hidden.text) else None


def _drop(element: HtmlElement) -> None:
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
