"""The text of a robots.txt: the groups that mean one agent, made small for Protego, the rules of AI agents, the sitemaps. Pure."""

import re
from itertools import islice

from protego import Protego

from crawler.found_urls import place
from crawler.opt_outs import named_agents

MOST_BYTES = 500 * 1024
"""RFC 9309, 2.5."""
MOST_SITEMAPS = 200
MOST_LINE = 4_000
"""Characters of a line: no URL that we ask is as long as the rest."""
_SITEMAP_LINE = re.compile(r"(?im)^[ \t]*site-?map[ \t]*:[ \t]*(\S{1,2000})")
_AGENT_KEYS = frozenset({"user-agent", "useragent", "user agent"})
MOST_FOR_AI = 64 * 1024
"""Characters of a robots.txt whose rules for AI agents are read: real ones are a few KiB."""


def groups_for(agent: str, text: str) -> str:
    """Leave of each group's user agents those that may mean us, or one that does not.

    Protego keeps every rule once for each agent of its group: half a megabyte of agents and rules would take gigabytes.
    """
    lines: list[str] = []
    names: set[str] = set()
    for line in text.splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon and key.strip().lower() in _AGENT_KEYS:
            name = value.strip().lower()
            names.add(name if name.strip("*") in agent else "nobody")
        elif line.strip():
            lines += (f"User-agent: {name}" for name in sorted(names))
            names.clear()
            lines.append(line[:MOST_LINE])
    return "\n".join([*lines, *(f"User-agent: {name}" for name in sorted(names))])


def ai_rules(text: str) -> tuple[tuple[str, Protego], ...]:
    """Give the rules of each AI agent that a robots.txt names; none of a long one, which costs too much to read for each."""
    if len(text) > MOST_FOR_AI:
        return ()
    return tuple((agent, Protego.parse(groups_for(agent.lower(), text))) for agent in named_agents(text))


def is_page(text: str) -> bool:
    """Tell an HTML page that was answered in place of a robots.txt."""
    return text.lstrip().startswith("<")


def sitemaps_in(text: str, *, url: str) -> tuple[str, ...]:
    """Give the sitemaps that a robots.txt names; an HTML page in its place names none."""
    if is_page(text):
        return ()
    found = (place(line[1], url) for line in islice(_SITEMAP_LINE.finditer(text), 10 * MOST_SITEMAPS))
    return tuple(dict.fromkeys(address for address in found if address))[:MOST_SITEMAPS]
