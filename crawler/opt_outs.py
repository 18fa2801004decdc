"""What a publisher declares against text and data mining: AI agents in robots.txt, TDMRep headers and meta, `noai`.

Pure. Owns the reading; it is kept with each capture and changes nothing that the crawl does. What a use of the archive may be is
for its user to decide, who needs to know. TDMRep: https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

AI_AGENTS = (
    "AI2Bot", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot", "ChatGPT-User", "Claude-SearchBot",
    "Claude-User", "Claude-Web", "ClaudeBot", "cohere-ai", "cohere-training-data-crawler", "Diffbot", "FacebookBot",
    "Google-CloudVertexBot", "Google-Extended", "GPTBot", "ICC-Crawler", "ImagesiftBot", "Kangaroo Bot", "Meta-ExternalAgent",
    "Meta-ExternalFetcher", "MistralAI-User", "OAI-SearchBot", "omgili", "omgilibot", "PanguBot", "Perplexity-User",
    "PerplexityBot", "PetalBot", "Timpibot", "VelenPublicWebCrawler", "Webzio-Extended", "YouBot",
)  # fmt: skip
"""Product tokens of agents that collect text for models, as their owners document them."""
HEAD_BYTES = 100_000
"""Of a page, in which its meta elements are looked for."""
_AGENT_LINE = re.compile(r"(?im)^[ \t]*user-agent[ \t]*:[ \t]*([^\s#][^#\r\n]{0,100})")
_META = re.compile(rb"(?i)<meta\s([^>]{1,2000})>")
_ATTRIBUTE = re.compile(r"""(?i)\b(name|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_NO_AI = re.compile(r"(?i)\b(noai|noimageai)\b")
_MOST_TEXT = 500

Declared = dict[str, Any]


def named_agents(robots_txt: str) -> tuple[str, ...]:
    """Give the AI agents that a robots.txt names."""
    named = {found[1].strip().lower() for found in _AGENT_LINE.finditer(robots_txt)}
    return tuple(agent for agent in AI_AGENTS if agent.lower() in named)


def from_headers(headers: Iterable[tuple[str, str]]) -> Declared:
    """Read TDMRep's headers and X-Robots-Tag."""
    found: Declared = {}
    for name, value in headers:
        _take(found, name.lower().replace("x-robots-tag", "robots"), value)
    return found


def from_page(body: bytes) -> Declared:
    """Read the meta elements of a page's head; the page's own charset does not matter for these names."""
    found: Declared = {}
    for meta in _META.finditer(body[:HEAD_BYTES]):
        attributes = {
            match[1].lower(): next(filter(None, match.groups()[1:]), "")
            for match in _ATTRIBUTE.finditer(meta[1].decode("utf-8", "replace"))
        }
        _take(found, attributes.get("name", "").lower(), html.unescape(attributes.get("content", "")))
    return found


def _take(found: Declared, name: str, value: str) -> None:
    value = value.strip()[:_MOST_TEXT]
    if name == "tdm-reservation" and value in {"0", "1"}:
        found["tdm_reservation"] = int(value)
    elif name == "tdm-policy" and value:
        found["tdm_policy"] = value
    elif name == "robots" and (tags := sorted({tag.lower() for tag in _NO_AI.findall(value)})):
        found["robots_tags"] = sorted({*found.get("robots_tags", []), *tags})


def as_text(*declared: Mapping[str, Any]) -> str | None:
    """Write down what was declared, the later stronger, as JSON; None where nothing was."""
    merged: Declared = {}
    for each in declared:
        merged |= each
    return json.dumps(merged, ensure_ascii=False, sort_keys=True) if merged else None
