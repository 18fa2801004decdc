"""The peak of a process's memory is its own, whatever the process held that started it."""

import subprocess
import sys

from pipelines.memory import peak_mb


def test_the_peak_of_a_child_is_not_its_parents() -> None:
    weight = bytearray(200 * 2**20)
    weight[:: 2**12] = b"x" * len(weight[:: 2**12])
    said = subprocess.run(
        [sys.executable, "-c", "from pipelines.memory import peak_mb; print(peak_mb())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert peak_mb() > 200
    assert float(said.stdout) < 100


def test_a_crawl_carries_neither_numpy_nor_pandas_although_sqlite_utils_would_import_both() -> None:
    code = (
        "import sys, crawler.run, archive.database; print({'numpy', 'pandas'} & sys.modules.keys());"
        "import numpy, pandas; print(archive.database.Database(memory=True)['t'].insert({'n': 1}).count)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == ["set()", "1"]
