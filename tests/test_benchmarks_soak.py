"""The soak: it lives through a site's time, and finds what a crawl loses or asks without need."""

import random
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from commands import environment

from archive.store import open_store
from benchmarks.processes import ROOT
from benchmarks.soak import START, Piece, World, lost, needless


def world(*moments: int, **changes: object) -> World:
    """A site of one article, whose page was asked so many hours after it appeared."""
    made = World(chance=random.Random(1), now=START + timedelta(days=20))
    piece = Piece(1, START, START, "<p>One two three.</p>", **changes)  # type: ignore[arg-type]
    made.pieces[piece.path] = piece
    made.asked = [(START + timedelta(hours=hours), piece.path) for hours in moments]
    return made


def test_the_schedule_and_stated_edits_are_reasons_to_ask_and_nothing_else_is() -> None:
    assert needless(world(1, 2, 7, 25)) == []
    assert needless(world(1, 2, 3, 4, 5, 6)) == ["/news/report-1.html was asked 6 times in 0 days"]
    assert needless(world(1, 2, 3, 4, 5, 6, n_edits=3)) == []
    assert needless(world(1, 1)) == ["/news/report-1.html was asked twice in one run"]


def test_an_article_that_is_missing_or_stale_is_lost(tmp_path: Path) -> None:
    site = world()
    with closing(open_store(tmp_path)):
        pass
    assert lost(site, tmp_path) == ["/news/report-1.html was never kept"]
    site.pieces["/news/report-1.html"].vanished = START + timedelta(minutes=30)
    assert lost(site, tmp_path) == [], "nobody could have asked"


def test_a_few_runs_end_well(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "--runs", "8", "--seed", "3"],
        cwd=ROOT, env=environment(TMPDIR=str(tmp_path)), capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("8 runs, ")
    assert "exit codes: {0: 8}" in done.stdout


def test_a_world_is_the_same_for_the_same_seed() -> None:
    lives = []
    for _ in range(2):
        site = World(chance=random.Random(7))
        for _ in range(60):
            site.live()
        lives.append([(piece.path, piece.text, piece.vanished) for piece in site.pieces.values()])
    assert lives[0] == lives[1] != []
