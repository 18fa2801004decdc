"""Lists of URLs as people keep them, one a line.

Owns what is passed over: empty lines, those that begin with #, and the byte order mark that editors on Windows put first.
"""

from collections.abc import Iterable, Iterator

_MARK = "\ufeff"


def listed(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Give what stands in each line that should be a URL, with the line's number, from 1."""
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(_MARK).strip()
        if text and not text.startswith("#"):
            yield number, text
