"""The sources file of the archive that a command is about, and URLs as people type them for it."""

from pathlib import Path

from archive.cli.options import common
from archive.errors import UsageError
from crawler.sources import Source, load_sources, wrong_url


def sources_path() -> Path:
    """Give the sources file of the archive that the command is about."""
    return common().folder / "sources.toml"


def declared() -> tuple[Source, ...]:
    """Read the sources file; where there is none yet, there are no sources."""
    path = sources_path()
    return load_sources(path) if path.exists() else ()


def full_url(text: str) -> str:
    """Read what people type: `example.org` is meant as https."""
    url = text if "://" in text or ":" in text.split("/", maxsplit=1)[0] or "." not in text else f"https://{text}"
    if why := wrong_url(url):
        raise UsageError(why)
    return url if url.count("/") > 2 else url + "/"
