"""What a crawl on a cluster came to: the runs of its shards, told as one.

Owns their sum; what each did stands in the tables runs and run_sources, also where its coordinator was killed.
"""

import json
from collections import Counter
from collections.abc import Mapping
from sqlite3 import Row

from archive.health import complaints
from archive.store import Store
from crawler.exit_codes import exit_code
from crawler.summary import RunSummary, SourceSummary
from pipelines.tally import Tally


def summary_of(store: Store, before: int, *, failed: Mapping[str, str], stopped: bool) -> RunSummary:
    """Give the summary of the runs with ids above `before`; `failed`: sources that no shard brought, with why."""
    sources, total = [], Tally()
    for row in store.db.execute(
        "SELECT s.name, r.* FROM run_sources r JOIN sources s ON s.id = r.source_id WHERE r.run_id > ? ORDER BY r.run_id, s.name",
        (before,),
    ).fetchall():
        tally = _tally(row)
        total.add(tally)
        health = tuple(map(str, complaints(store.db.conn, row["source_id"])))
        sources.append(
            SourceSummary(name=row["name"], status=row["status"], detail=row["detail"], tally=tally, health=health)
        )
    sources += [
        SourceSummary(name=name, status="failed", detail=why, tally=Tally(detail=why)) for name, why in failed.items()
    ]
    run_id, n_captures = store.db.execute(
        "SELECT coalesce(max(id), 0), coalesce(sum(n_captures), 0) FROM runs WHERE id > ?", (before,)
    ).fetchone()
    total.n_captures = n_captures
    reason = "shutdown" if stopped else "finished"
    return RunSummary(
        run_id=run_id,
        exit_code=exit_code(sources, reason),
        finish_reason=reason,
        total=total,
        sources=tuple(sources),
    )


def _tally(row: Row) -> Tally:
    return Tally(
        reasons=Counter(json.loads(row["reasons"])),
        n_links=row["n_links"],
        n_rejected=row["n_rejected"],
        n_failed=row["n_failed"],
        n_requests=row["n_requests"],
        detail=row["detail"],
    )
