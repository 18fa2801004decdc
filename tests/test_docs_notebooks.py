"""The notebooks of the docs run from the first cell to the last, on a small archive, in a kernel of their own."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from archives import ArchiveArticle, ArchiveRevision, make_archive
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "docs" / "notebooks").glob("*.ipynb"))

ARTICLES = [
    ArchiveArticle(headline="A cable is planned", body="Two shores, one cable.", published="2024-03-01", language="en"),
    ArchiveArticle(headline="The bridge opens", body="After forty years.", published="2024-03-04", source="other", language="en"),
    ArchiveArticle(headline="Rain", body="It rained.", published=None),
    ArchiveArticle(
        headline="Ferry loses one boat", body="The trust keeps one boat.", published="2024-03-02",
        earlier=(ArchiveRevision(headline="Ferry loses two boats", body="The trust keeps two boats."),),
    ),
]  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
# the kernel's own sockets and files are not ours to close
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_archive(tmp_path / "archive", ARTICLES)
    before = (folder / "archive.db").read_bytes()
    monkeypatch.setenv("PRESSKEEP_ARCHIVE", str(folder))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "matplotlib"))
    monkeypatch.setenv("PYTHONPATH", str(path.parent.parent.parent))
    notebook = read(path)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = "".join(text_of(output) for cell in notebook.cells for output in cell.get("outputs", ()))
    assert "4 articles of 2 sources, 1 undated" in said
    assert "3 of 4 articles" in said
    assert ": headline, body\n" in said
    assert "[-two boats-]{+one boat+}" in said
    assert any("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ()))
    assert (folder / "archive.db").read_bytes() == before


def read(path: Path) -> Any:
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]


def text_of(output: Any) -> str:
    return str(output.get("text", ""))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_kept_without_its_outputs(path: Path) -> None:
    notebook = read(path)
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
