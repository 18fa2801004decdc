"""How lists leave a command: a table on a terminal, JSON Lines in a pipe, or what the options say.

Owns --json, --jsonl, --csv, --tsv and -o. Refuses to know what the rows are: they are mappings with the same keys.
"""

import csv
import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from archive.errors import UsageError
from archive.text import cells, one_line, shorten

F = TypeVar("F", bound=Callable[..., Any])
Row = Mapping[str, Any]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for a formula at the start of a cell (OWASP, CSV injection)."""

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What no reader of CSV expects, and some end a cell or the file at (NUL)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where and how a list goes: `form` is json, jsonl, csv, tsv, or None for the default."""

    form: str | None
    path: Path | None


def output_options(command: F) -> F:
    """Add --json, --jsonl, --csv, --tsv and -o; the command gets one argument `output`."""

    def collect(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        chosen: dict[str, Any] = context.meta.setdefault("presskeep.output", {})
        if value:
            if parameter.name != "path" and chosen.get("form") not in (None, parameter.name):
                raise click.UsageError("choose one of --json, --jsonl, --csv, --tsv")
            chosen["path" if parameter.name == "path" else "form"] = (
                value if parameter.name == "path" else parameter.name
            )

    for name, what in (
        ("tsv", "Tab-separated values."),
        ("csv", "CSV."),
        ("jsonl", "JSON Lines."),
        ("json", "A JSON list."),
    ):
        command = click.option(f"--{name}", name, is_flag=True, expose_value=False, callback=collect, help=what)(
            command
        )
    return click.option(
        "-o",
        "--output",
        "path",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        metavar="FILE",
        expose_value=False,
        callback=collect,
        help="Write to FILE, not to stdout.",
    )(command)


def chosen_output() -> Output:
    """Give the output options of the command that runs now."""
    chosen = click.get_current_context().meta.get("presskeep.output", {})
    return Output(form=chosen.get("form"), path=chosen.get("path"))


def goes_to_table() -> bool:
    """Tell whether `emit` will write a table for people, in which moments and names may be shortened."""
    output = chosen_output()
    return output.form is None and output.path is None and sys.stdout.isatty()


def emit(rows: Iterable[Row], *, columns: Sequence[str], wide: str | None = None) -> int:
    """Write `rows` as the output options say and return how many there were.

    `columns` are the table's and CSV's, in order; JSON has every key. `wide` names the column that a narrow terminal
    cuts first.
    """
    output = chosen_output()
    if output.path is not None and str(output.path) != "-":
        try:
            with output.path.open("w", encoding="utf-8", newline="") as file:
                return _write(rows, file, output.form or _by_name(output.path), columns, wide)
        except OSError as error:
            raise UsageError(f"cannot write {output.path}: {error.strerror}") from error
    form = output.form or ("table" if sys.stdout.isatty() else "jsonl")
    return _write(rows, sys.stdout, form, columns, wide)


def _by_name(path: Path) -> str:
    return {".csv": "csv", ".tsv": "tsv", ".json": "json"}.get(path.suffix.lower(), "jsonl")


def _write(rows: Iterable[Row], file: Any, form: str, columns: Sequence[str], wide: str | None) -> int:
    if form == "table":
        found = list(rows)
        file.write(table(found, columns=columns, wide=wide, width=shutil.get_terminal_size().columns))
        return len(found)
    count = 0
    if form == "json":
        file.write("[")
        for count, row in enumerate(rows, 1):
            file.write(("\n " if count == 1 else ",\n ") + json.dumps(dict(row), ensure_ascii=False))
        file.write("\n]\n" if count else "]\n")
    elif form == "jsonl":
        for count, row in enumerate(rows, 1):
            file.write(json.dumps(dict(row), ensure_ascii=False) + "\n")
    else:
        writer = csv.writer(file, delimiter="," if form == "csv" else "\t", lineterminator="\n")
        writer.writerow(columns)
        for count, row in enumerate(rows, 1):
            writer.writerow([plain_cell(row.get(column)) for column in columns])
    return count


def plain_cell(value: Any) -> str:
    """Give a CSV cell: lists joined by "; ", no control characters, and nothing that a spreadsheet would run as a formula."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list | tuple):
        # each of a list: a spreadsheet may take its semicolons for the ends of cells
        return "; ".join(_harmless(str(part)) for part in value)
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    return _harmless(str(value))


def _harmless(text: str) -> str:
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
    return "'" + text if text.startswith(FORMULA) else text


def table(rows: Sequence[Row], *, columns: Sequence[str], wide: str | None, width: int) -> str:
    """Lay rows out for a terminal of `width` cells: one line a row, the `wide` column cut where it must be."""
    if not rows:
        return ""
    lines = [[one_line(_cell(row.get(column))) for column in columns] for row in rows]
    widths = [max(cells(column), *(cells(line[i]) for line in lines)) for i, column in enumerate(columns)]
    numeric = [all(isinstance(row.get(column), int | float | None) for row in rows) for column in columns]
    excess = sum(widths) + 2 * (len(columns) - 1) - width
    order = sorted(range(len(columns)), key=lambda i: (columns[i] != wide, -widths[i]))
    for i in order:
        if excess <= 0:
            break
        cut = min(excess, max(widths[i] - 8, 0))
        widths[i] -= cut
        excess -= cut
    out = io.StringIO()
    out.write(click.style(_line(columns, widths, numeric), bold=True) + "\n")
    for line in lines:
        out.write(_line(line, widths, numeric) + "\n")
    text = out.getvalue()
    return text if click.get_current_context().color or _colourful() else click.unstyle(text)


def _colourful() -> bool:
    context = click.get_current_context()
    return context.color is None and sys.stdout.isatty()


def _line(values: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    parts = []
    for value, width, right in zip(values, widths, numeric, strict=True):
        text = shorten(value, width)
        gap = " " * (width - cells(text))
        parts.append(gap + text if right else text + gap)
    return "  ".join(parts).rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {part}" for key, part in value.items())
    return str(value)
