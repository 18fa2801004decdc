"""The rows of a finished run: its totals, and one row for each source that it touched, with its health.

Owns the columns that a run's counts become. The caller holds the transaction.
"""

import json
from datetime import datetime
from typing import Any

from archive.health import Complaint, note_run
from archive.store import Store
from archive.times import iso
from pipelines.keeping import Keeper
from pipelines.memory import peak_mb
from pipelines.sample import facts_of
from pipelines.tally import Tally, status_of


def save_run(
    store: Store, keeper: Keeper, total: Tally, *, reason: str, n_bytes: int, now: datetime
) -> dict[int, tuple[Complaint, ...]]:
    """Write the rows of a finished run: its totals, and one row for each source that it touched, with its health.

    Give what has to be said of the sources' health.
    """
    assert keeper.run_id is not None
    store.update(
        "runs",
        keeper.run_id,
        {
            "finished_at": iso(now),
            "finish_reason": reason,
            "n_bytes": n_bytes,
            "n_captures": total.n_captures,
            "peak_rss_mb": peak_mb(),
            **counts_of(total),
        },
    )
    said = {}
    for source_id, tally in keeper.tallies.items():
        if source_id is not None:
            facts, said[source_id] = note_run(store, source_id, facts_of(tally.sample, tally.reasons), now)
            values = {
                "run_id": keeper.run_id,
                "source_id": source_id,
                "status": status_of(tally),
                "detail": tally.detail,
                "facts": facts,
            }
            store.insert("run_sources", {**values, **counts_of(tally)})
    return said


def counts_of(tally: Tally) -> dict[str, Any]:
    reasons = tally.reasons
    return {
        "n_requests": tally.n_requests,
        "n_links": tally.n_links,
        "n_new": reasons["new"],
        "n_revised": reasons["revised"],
        "n_unchanged": reasons["unchanged"] + reasons["not_modified"],
        "n_duplicates": reasons["duplicate"],
        "n_rejected": tally.n_rejected,
        "n_failed": tally.n_failed,
        "reasons": json.dumps(dict(sorted(reasons.items()))),
    }
