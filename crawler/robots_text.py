"""The text of a robots.txt, made small for Protego: the groups that mean one agent, and the rules of AI agents. Pure."""

from protego import Protego

from crawler.opt_outs import named_agents

MOST_LINE = 4_000
"""Characters of a line: no URL that we ask is as long as the rest."""
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
