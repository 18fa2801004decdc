"""What reading again changed, for people: a few lines of text, and a page with diffs to look at.

Owns both forms. Pure; the page holds all that it shows and runs nothing.
"""

from html import escape

from archive.diff import Piece, Side, Text, compare
from pipelines.replay import Change, Replay

_STYLE = """
body { font: 16px/1.5 Georgia, serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: start } td.n { text-align: end }
ins { background: #d8f0d8; text-decoration: none } del { background: #f8d8d8 } section { border-top: 1px solid #999 }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } ins { background: #1d4a24 }
  del { background: #5a2026 } a { color: #9cf } }
"""


def as_text(replay: Replay) -> str:
    """Say it in a few lines."""
    return "".join(f"{number} {what}\n" for what, number in _facts(replay))


def _facts(replay: Replay) -> list[tuple[str, int]]:
    return [
        ("revisions looked at", replay.n_looked),
        *([("untouched by the changed word lists", replay.n_untouched)] if replay.n_untouched else []),
        ("read again", replay.n_read),
        ("texts changed", replay.n_changed),
        ("words gained", replay.words_gained),
        ("words lost", replay.words_lost),
        *([("without a kept page: as they were", replay.n_without_page)] if replay.n_without_page else []),
        *(
            (f"no article any more ({reason}): kept as it was", number)
            for reason, number in sorted(replay.refused.items())
        ),
        *((f"{name} filled", number) for name, number in sorted(replay.filled.items()) if number),
        *((f"{name} emptied", number) for name, number in sorted(replay.emptied.items()) if number),
    ]


def as_html(replay: Replay) -> str:
    """Give the report as one HTML page, with a sample of changed texts."""
    rows = "".join(f'<tr><td class="n">{number}</td><td>{escape(what)}</td></tr>' for what, number in _facts(replay))
    sections = "".join(map(_section, replay.sample))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Re-extraction</title>'
        f"<style>{_STYLE}</style></head><body><h1>Re-extraction</h1><table>{rows}</table>"
        f"<h2>{len(replay.sample)} of {replay.n_changed} changed texts</h2>{sections}</body></html>\n"
    )


def _section(change: Change) -> str:
    old, new = (Text(headline=one.headline, body=one.body) for one in (change.before, change.after))
    difference = compare(old, new)
    paragraphs = "".join(
        f'<p dir="auto">{_pieces(pieces)}</p>'
        for pieces in difference.body
        if any(piece.side is not Side.BOTH for piece in pieces)
    )
    url = escape(change.before.url)
    link = f'<a href="{url}" rel="noreferrer">{url}</a>' if url.startswith(("http://", "https://")) else url
    headline = _pieces(difference.headline) if old.headline != new.headline else escape(new.headline or "")
    return (
        f'<section><h3 dir="auto">{headline}</h3><p>article {change.article_id}, revision {change.revision}: {link}</p>'
        f"{paragraphs}</section>"
    )


def _pieces(pieces: tuple[Piece, ...]) -> str:
    tags = {Side.BOTH: ("", ""), Side.OLD: ("<del>", "</del>"), Side.NEW: ("<ins>", "</ins>")}
    return "".join(f"{tags[one.side][0]}{escape(one.text)}{tags[one.side][1]}" for one in pieces)
