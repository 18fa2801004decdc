"""The template benchmark on a small corpus: the residue of a page's own lines falls, and no line of story is lost."""

import json
import re
from pathlib import Path

import pytest
from newsroom_pages import filler

from benchmarks.template import main

NOTE = "This paper is printed on the coast and read on both sides of the water, every day but Sunday."


def test_residue_falls_and_no_story_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = []
    for at in range(22):
        story = filler(f"piece-{at}")
        paragraphs = "".join(f"<p>{text}</p>" for text in story)
        body = f"<article><h1>Piece {at}</h1>{paragraphs}<p>{NOTE}</p></article>"
        page = f"<html><head><title>Piece {at}</title></head><body>{body}</body></html>"
        (tmp_path / f"{at}.html").write_text(page, encoding="utf-8")
        entries.append({"url": f"http://h{at}.example/{at}", "file": f"{at}.html", "body": "\n".join(story)})
    (tmp_path / "pages.jsonl").write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    assert main([str(tmp_path), "--sources", "1"]) == 0
    table = re.findall(r"(?m)^\| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \| (\d+) \|$", capsys.readouterr().out)
    assert table[0] == ("2", "0", "19.0", "19.0", "0")
    assert table[-1] == ("16", "1", "19.0", "0.0", "0")
