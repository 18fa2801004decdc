"""Articles as a Parquet file: typed columns, a row group at a time, through pyarrow (the extra `parquet`).

Owns the types of the columns. The keys are those of an article's JSON.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archive.errors import UsageError
from archive.kept import FIELDS

ROW_GROUP = 500
"""Articles held in memory before they are written."""


class _Counted(io.RawIOBase):
    """A file that knows how much was written to it: Parquet notes where its parts lie, and a FIFO cannot be asked."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._n = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        n = self._file.write(data)
        self._n += n
        return n

    def tell(self) -> int:
        return self._n

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._file.close()


class ParquetFile:
    """A Parquet file that is being written."""

    def __init__(self, path: Path, fields: Sequence[str] | None) -> None:
        """Begin the file with these keys; raises UsageError where pyarrow is not installed."""
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError as error:
            raise UsageError("--format parquet needs pyarrow: pip install 'presskeep[parquet]'") from error
        types = _types(pa)
        self._pa = pa
        self._schema = pa.schema([(name, types.get(name, pa.string())) for name in fields or FIELDS])
        self._file = _Counted(path)
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, values: dict[str, Any]) -> None:
        """Add an article's JSON."""
        self._rows.append({name: _typed(name, values[name]) for name in self._schema.names})
        if len(self._rows) >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(self._pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    def close(self) -> None:
        """Write what is left and finish the file."""
        with self._file, self._writer:
            if self._rows:
                self._flush()


_MOMENTS = ("first_seen_at", "fetched_at", "revision_at", "gone_at")


def _types(pa: Any) -> dict[str, Any]:
    text, texts = pa.string(), pa.list_(pa.string())
    signal = pa.struct([("from", text), ("confidence", pa.float64())])
    removal = pa.struct([("stage", text), ("reason", text), ("text", text), ("urls", texts)])
    mark = pa.struct([("kind", text), ("start", pa.int64()), ("end", pa.int64()), ("target", text)])
    warc = pa.struct([("file", text), ("offset", pa.int64()), ("length", pa.int64()), ("record_id", text)])
    return {
        **dict.fromkeys(("id", "word_count", "revision", "n_revisions", "cluster", "cluster_size"), pa.int64()),
        **dict.fromkeys(_MOMENTS, pa.timestamp("us", tz="UTC")),
        **dict.fromkeys(("authors", "keywords"), texts),
        "paywall": pa.bool_(),
        "signals": pa.map_(text, signal),
        "removals": pa.list_(removal),
        "marks": pa.list_(mark),
        "warc": warc,
    }


def _typed(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _MOMENTS:
        from archive.times import from_iso

        return from_iso(value)
    return list(value.items()) if name == "signals" else value
