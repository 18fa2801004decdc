"""Commands that give back and keep whole: export (and export verify), doctor, migrate, serve.

Owns their options and forms. What they do is archive/export.py, manifest.py, doctor.py, mending.py, store.py and serve.py.
"""

import io
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from archive.cli.ask import AskCommand, chosen_filters, chosen_raw, search_filters
from archive.cli.options import common, common_options, fail, warn
from archive.cli.output import emit, goes_to_table, output_options
from archive.errors import NoArchiveError, UsageError
from archive.export import (
    FOLDER_FORMATS,
    FORMATS,
    WITH_FIELDS,
    Exported,
    Request,
    chosen_fields,
    every_id,
    export_stream,
    format_of,
    snapshot,
)
from archive.export import export as write_export
from archive.export_files import GZIP, TEXT_FORMATS
from archive.filters import Filters
from archive.kept import json_text
from archive.manifest import verify as compare
from archive.reader import DATABASE, open_reader
from archive.sample import STRATA, Drawn, Sample, draw, read_strata
from archive.search import matching_ids
from archive.selection import count, select
from archive.text import one_line, visible
from archive.wrap import wrap

if TYPE_CHECKING:
    from archive.doctor import Finding


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="MANIFEST")
@click.option("--json", "as_object", is_flag=True, help="One JSON object.")
@common_options
def verify(manifest: Path, *, as_object: bool) -> None:
    """Say whether the archive still holds exactly the corpus that a manifest cites; exits 1 where it does not.

    \b
    Example:
      presskeep export verify corpus.jsonl.manifest.json
    """
    with closing(open_reader(common().folder)) as db, snapshot(db):
        found = compare(db, manifest)
    if as_object:
        click.echo(json_text({**asdict(found), "good": found.good}, indent=1))
    else:
        click.echo(f"{found.n_held} of {found.n_articles} texts are held exactly as cited")
        for number, what, names in (
            (found.n_missing, "not in this archive", found.missing),
            (found.n_forgotten, "taken down since", found.forgotten),
            (found.n_changed, "in this archive, but with other texts only", found.changed),
            (found.n_revised, "held, and revised since", found.revised),
            (found.n_bad_files, "exported files gone or altered", found.bad_files),
        ):
            if number:
                more = f" … and {number - 10} more" if number > 10 else ""
                click.echo(f"{number} {what}: {one_line(', '.join(names[:10]))}{more}")
    if not found.good:
        click.get_current_context().exit(1)


class ExportCommand(AskCommand):
    """`export QUERY`, and `export verify MANIFEST`."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Give the context of `verify` where that is the first word; `export -- verify` searches for it."""
        if args[:1] == ["verify"]:
            return verify.make_context(f"{info_name} verify", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(cls=ExportCommand)
@click.argument("query", nargs=-1)
@click.option("--format", "form", type=click.Choice(FORMATS), help="How.  [default: what PATH's name says, else jsonl]")
@click.option(
    "-o", "--output", "path", type=click.Path(path_type=Path, allow_dash=True), metavar="PATH",
    help="A file (.gz at the end compresses text), or for markdown, text and tei a new folder."
    "  [default: stdout, without a manifest]",
)  # fmt: skip
@click.option("--fields", metavar="A,B,…", help="Only these keys of an article's JSON (jsonl, csv, parquet).")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only N articles, drawn by lot.")
@click.option("--seed", metavar="S", help="Which draw: the same seed gives the same sample anywhere.  [default: 0]")
@click.option("--stratify", metavar="A,B,…", help=f"Draw in proportion from each of these: {', '.join(STRATA)}.")
@search_filters
@common_options
def export(
    query: tuple[str, ...],
    form: str | None,
    path: Path | None,
    fields: str | None,
    sample: int | None,
    seed: str | None,
    stratify: str | None,
) -> None:
    """Export articles, all or those that a query finds, with a manifest that cites them.

    The manifest is PATH.manifest.json beside a file and manifest.json in a folder: query, filters, sample, ids, url_key
    and body_sha256 of each text, versions and counts. `export verify MANIFEST` says whether the archive still holds
    exactly that corpus. `presskeep import jsonl` reads a jsonl export into another archive.

    \b
    Examples:
      presskeep export -o archive.jsonl
      presskeep export kabul flood --since 2024 -o floods.csv
      presskeep export '"prime minister"' --lang en --format text -o corpus/
      presskeep export --sample 500 --seed 42 --stratify source,month -o sample.parquet
      presskeep export kabul flood -o floods.jsonl.gz
      presskeep export kabul flood -o floods.warc.gz
      presskeep export verify floods.csv.manifest.json
    """
    named = form or (format_of(path) if path is not None else None)
    form = named or "jsonl"
    to_stream = path is None or str(path) == "-"
    if form not in TEXT_FORMATS and to_stream:
        what = "folder" if form in FOLDER_FORMATS else "file that is no text"
        raise UsageError(f"--format {form} writes a {what}: give one with -o")
    if fields and form not in WITH_FIELDS:
        raise UsageError(f"--fields goes with jsonl, csv and parquet, not with {form}")
    if sample is None and (seed is not None or stratify is not None):
        raise UsageError("--seed and --stratify go with --sample N")
    asked, filters, raw = " ".join(query), chosen_filters(), chosen_raw()
    wanted = Sample(size=sample, seed=seed or "0", stratify=read_strata(stratify)) if sample is not None else None
    with closing(open_reader(common().folder)) as db, snapshot(db):
        chosen = select(db, asked, filters=filters, raw=raw)
        drawn = draw(db, chosen, wanted) if wanted else None
        request = Request(
            form=form,
            query=asked or None,
            filters=_stated(filters, raw=raw),
            fields=chosen_fields(fields),
            sample=_described(wanted, drawn) if wanted and drawn else None,
        )
        if drawn:
            ids: Iterable[int] = drawn.ids
        elif not asked and filters == Filters():
            ids = every_id(db)
        else:
            ids = matching_ids(db, asked, filters=filters, raw=raw)
        if path is None or to_stream:
            written = export_stream(db, ids, _Shown() if sys.stdout.isatty() else sys.stdout, request)
        else:
            total = len(drawn.ids) if drawn else count(db, chosen)
            written = write_export(db, _watched(ids, total), path, request, now=datetime.now(UTC))
            if named is None:
                _say_format(path)
    if sys.stderr.isatty() or written.n_articles == 0 or written.note:
        warn(_summary(written, path))


def _say_format(path: Path) -> None:
    """Say what was written where a file's name says another format, which is none."""
    suffix = PurePath(path.name.removesuffix(GZIP)).suffix
    if suffix and not path.is_dir():
        warn(f"{path}: {suffix} names no format, so these are JSON Lines (--format chooses another)")


def _described(wanted: Sample, drawn: Drawn) -> dict[str, Any]:
    return {"size": wanted.size, "seed": wanted.seed, "stratify": list(wanted.stratify), "drawn_from": drawn.n_articles,
            "n_strata": drawn.n_strata}  # fmt: skip


class _Shown(io.TextIOBase):
    """stdout where it is a terminal: control characters are shown, not obeyed."""

    def write(self, text: str, /) -> int:
        return sys.stdout.write(visible(text))


def _summary(written: Exported, path: Path | None) -> str:
    where = f" to {path}, cited in {written.manifest}" if written.manifest else ""
    note = f"; {written.note}" if written.note else ""
    return f"exported {written.n_articles} articles, {written.n_words} words{where}{note}"


def _watched(ids: Iterable[int], total: int) -> Iterator[int]:
    """Show progress on a terminal, and on nothing else."""
    if not sys.stderr.isatty() or common().quiet:
        yield from ids
        return
    with click.progressbar(ids, length=total, label="exporting", show_pos=True, file=sys.stderr) as shown:
        yield from shown


def _stated(filters: Filters, *, raw: bool) -> dict[str, Any]:
    """Give the filters that were set, as a manifest states them."""
    values = {name: value for name, value in asdict(filters).items() if value}
    if raw:
        values["raw"] = True
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


@click.command()
@click.option("--fix", is_flag=True, help="Mend what can be mended without loss.")
@output_options
@common_options
def doctor(*, fix: bool) -> None:
    """Examine the archive: SQLite, search index and triggers, WARC pointers, files left open, disk, lock, schema.

    \b
    Examples:
      presskeep doctor
      presskeep doctor --fix
    """
    from archive.doctor import Health, examine

    folder = common().folder
    found = _mended(folder) if fix else list(examine(folder))
    if goes_to_table():
        for one in found:
            for line in _finding_lines(one):
                click.echo(line)
    else:
        rows = ({"check": one.check, "health": one.health.value, "detail": one.detail} for one in found)
        emit(rows, columns=("check", "health", "detail"))
    if bad := [one for one in found if one.bad]:
        mendable = any(one.health is Health.MENDABLE for one in bad) and not fix
        advice = ": `presskeep doctor --fix` mends what can be mended" if mendable else ""
        fail(f"{len(bad)} thing{'s' if len(bad) > 1 else ''} wrong with {folder}{advice}", 5)


def _finding_lines(finding: "Finding") -> Iterator[str]:
    colour = {"ok": "green", "note": "yellow"}.get(finding.health, "red")
    first = f"{finding.health:<9} {finding.check:<13} "
    width = shutil.get_terminal_size().columns
    for line in wrap(one_line(finding.detail), width, first=first, indent=" " * len(first)):
        yield click.style(line[:9], fg=colour) + line[9:] if line.startswith(first) else line


def _mended(folder: Path) -> list["Finding"]:
    from archive.doctor import Health, examine
    from archive.lock import hold

    if not (folder / DATABASE).is_file():
        raise NoArchiveError(folder)
    with hold(folder):
        found = list(examine(folder, holding=True))
        checks = {one.check for one in found if one.health is Health.MENDABLE}
        if not checks:
            return found
        from archive.mending import mend

        for line in mend(folder, checks):
            warn(line)
        return list(examine(folder, holding=True))


@click.command()
@common_options
def migrate() -> None:
    """Bring an archive to this presskeep's schema: all of it or nothing.

    \b
    Example:
      presskeep migrate --archive ~/news
    """
    from archive.lock import hold
    from archive.store import migrate_archive

    folder = common().folder
    if not (folder / DATABASE).is_file():
        raise NoArchiveError(folder)
    with hold(folder):
        applied = migrate_archive(folder)
    click.echo(f"applied {', '.join(applied)}" if applied else "nothing to do: the schema is this presskeep's")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0: everywhere.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any free one.")
@click.option("--open", "open_browser", is_flag=True, help="Open it in a browser.")
@common_options
def serve(host: str, port: int, *, open_browser: bool) -> None:
    """Serve the archive to browsers, read-only, until Ctrl-C.

    \b
    Example:
      presskeep serve --open
    """
    from archive.serve import serve as run_server

    def ready(url: str) -> None:
        click.echo(f"serving {common().folder} at {url} (Ctrl-C ends it)", err=True)
        if open_browser:
            click.launch(url)

    run_server(common().folder, host=host, port=port, on_ready=ready)
