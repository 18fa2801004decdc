"""Which engine a command uses: processes of this machine, or a cluster.

Owns the choice. Nothing of Dask is imported where no cluster is asked for.
"""

from typing import TYPE_CHECKING

from archive.errors import UsageError
from pipelines.engine import LocalEngine

if TYPE_CHECKING:
    from pipelines.cluster import DaskEngine


def engine_for(cluster: str | None, *, n_workers: int | None = None) -> "LocalEngine | DaskEngine":
    """Give the engine of a cluster, or one of `n_workers` local processes (None: one for each core)."""
    if cluster is None:
        return LocalEngine(n_workers)
    if n_workers is not None:
        raise UsageError("--workers counts processes of this machine: it does not go with --cluster")
    from pipelines.cluster import DaskEngine

    return DaskEngine(cluster)
