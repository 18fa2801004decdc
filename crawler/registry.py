"""The sources file of the archive that a command is about, which of its sources are meant, and URLs as people type them for it."""

from collections.abc import Sequence
from pathlib import Path

from archive.cli.options import common
from archive.errors import UsageError
from crawler.sources import Source, load_sources, wrong_url

NO_SOURCES = (
    "no sources yet: `presskeep sources add URL` adds one, `presskeep sources import starter` a list of real ones,"
    " `presskeep crawl --sources FILE` crawls another file"
)
NO_ENABLED = "all sources are disabled: `presskeep sources enable NAME` switches one on again"


def sources_path() -> Path:
    """Give the sources file of the archive that the command is about."""
    return common().folder / "sources.toml"


def declared() -> tuple[Source, ...]:
    """Read the sources file; where there is none yet, there are no sources."""
    path = sources_path()
    return load_sources(path) if path.exists() else ()


def chosen_sources(
    path: Path, names: Sequence[str] = (), tags: Sequence[str] = (), *, must_exist: bool = False
) -> list[Source]:
    """Give the enabled sources of a file that have one of the names and one of the tags, where any are given.

    Raises UsageError where none is left.
    """
    if not must_exist and not path.exists():
        raise UsageError(NO_SOURCES)
    by_name = {source.name: source for source in load_sources(path)}
    for name in names:
        if name not in by_name:
            raise UsageError(f"no source {name!r} in {path}: `presskeep sources list` shows them")
        if not by_name[name].enabled:
            raise UsageError(f"the source {name!r} is disabled: `presskeep sources enable` switches it on again")
    found = [source for source in by_name.values() if source.enabled and (not names or source.name in names)]
    if not found:
        raise UsageError(NO_ENABLED if by_name else NO_SOURCES)
    found = [source for source in found if not tags or set(tags) & set(source.tags)]
    if not found:
        raise UsageError(f"no source in {path} has that tag")
    return found


def full_url(text: str) -> str:
    """Read what people type: `example.org` is meant as https."""
    url = text if "://" in text or ":" in text.split("/", maxsplit=1)[0] or "." not in text else f"https://{text}"
    if why := wrong_url(url):
        raise UsageError(why)
    return url if url.count("/") > 2 else url + "/"
