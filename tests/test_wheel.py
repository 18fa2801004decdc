"""A built wheel in a clean environment, outside the checkout, does what README and tutorial show.

So lexicon, demo site and starter list are package data, and the answers on those pages are real.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from test_docs import documented_outcomes, module

ROOT = Path(__file__).parent.parent
WEB = ROOT / "archive" / "web"
transcripts = module("transcripts")
Played = tuple[Path, dict[Path, str], list[str]]


def sources_of_the_wheel() -> list[str]:
    """The files of the checkout, without what git ignores: a default archive or an old build must not get in."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        return [name for name in listed.stdout.decode("utf-8").split("\0") if name]
    folders = ("archive", "crawler", "pipelines", "data")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return [str(path.relative_to(ROOT)) for path in found] + ["pyproject.toml", "README.md", "LICENSE"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built into a wheel from a copy, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in sources_of_the_wheel():
        if (ROOT / name).is_file():
            (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / "source" / name)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(folder / "source")]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def binaries(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel, and sees the dependencies of this one but not the checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    options = ["--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel)]
    subprocess.run(command, check=True, timeout=120)
    ours = Path(sysconfig.get_path("purelib"))
    theirs = folder / ours.relative_to(sys.prefix)
    # a folder that a .pth file names is searched, but its own .pth files are not read: the checkout stays unseen
    (theirs / "dependencies.pth").write_text(f"{ours}\n", encoding="utf-8")
    return folder / "bin"


def run(binaries: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "HOME": str(cwd),
        "PRESSKEEP_HOSTS": os.devnull,
        "LC_ALL": "C.UTF-8",
    }
    command = [str(binaries / words[0]), *words[1:]]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_the_wheel_holds_all_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "archive",
        "crawler",
        "pipelines",
        "presskeep_data",
    }
    for package in ("archive", "crawler", "pipelines"):
        here = {str(path.relative_to(ROOT)) for path in (ROOT / package).rglob("*.py")}
        assert here <= set(names)
    shipped = {str(path.relative_to(ROOT / "data")) for path in (ROOT / "data" / "demo").iterdir()}
    pages = {str(path.relative_to(ROOT)) for kind in ("templates", "static") for path in (WEB / kind).iterdir()}
    assert len(pages) > 20
    assert pages <= set(names)
    kept_here = {"sources.toml", "presskeep.toml"}
    shipped |= {path.name for path in (ROOT / "data").glob("*.toml")} - kept_here
    assert {f"presskeep_data/{name}" for name in shipped} <= set(names)
    assert not {f"presskeep_data/{name}" for name in kept_here} & set(names)


def test_the_command_of_the_wheel_is_not_the_checkout(binaries: Path, tmp_path: Path) -> None:
    where = "import archive, crawler, pipelines, presskeep_data; print(archive.__file__, presskeep_data.__file__)"
    found = run(binaries, "python", "-c", where, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    for path in map(Path, found.stdout.split()):
        assert not path.is_relative_to(ROOT)
        assert path.is_relative_to(binaries.parent.resolve())


def test_the_version_is_told(binaries: Path, tmp_path: Path) -> None:
    from archive import __version__

    assert run(binaries, "presskeep", "--version", cwd=tmp_path).stdout == f"presskeep {__version__}\n"


def test_the_starter_list_comes_with_the_wheel(binaries: Path, tmp_path: Path) -> None:
    imported = run(binaries, "presskeep", "--archive", "news", "sources", "import", "starter", cwd=tmp_path)
    assert imported.returncode == 0, imported.stderr
    listed = run(binaries, "presskeep", "--archive", "news", "sources", "list", "--csv", cwd=tmp_path)
    assert len(listed.stdout.splitlines()) > 50
    assert not (tmp_path / "news" / "archive.db").exists()


@pytest.fixture(scope="module")
def played(binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The folder where the commands of the pages ran, the pages as they would be now, and the commands that failed."""
    shell = transcripts.Shell(tmp_path_factory.mktemp("reader"), binaries)
    return shell.home, transcripts.play(shell), shell.failures


def test_every_command_of_readme_and_tutorial_works(played: Played) -> None:
    assert played[2] == []


@pytest.mark.parametrize("path", transcripts.PAGES, ids=lambda path: path.name)
def test_the_answers_on_the_pages_are_real(played: Played, path: Path) -> None:
    shown, real = path.read_text(encoding="utf-8"), played[1][path]
    for there, here in zip(transcripts.comparable(shown), transcripts.comparable(real), strict=True):
        assert there == here, "run `.venv/bin/python docs/transcripts.py`"


def test_the_wheel_serves_its_pages(binaries: Path, played: Played) -> None:
    code = (
        "import asyncio, pathlib; from archive.serve import web_archive; web = web_archive(pathlib.Path('demo'))\n"
        "for path in ('/', '/search?q=cable', '/article/1', '/static/style.css', '/static/serif-latin.woff2'):\n"
        "    print(asyncio.run(web.client.get(path)).status_code)"
    )
    served = run(binaries, "python", "-c", code, cwd=played[0])
    assert (served.returncode, served.stdout.split()) == (0, ["200"] * 5), served.stderr


def test_every_outcome_of_the_demo_is_explained(played: Played) -> None:
    db = sqlite3.connect(played[0] / "demo" / "archive.db")
    try:
        words = {word for (word,) in db.execute("SELECT outcome FROM links UNION SELECT outcome FROM feeds") if word}
    finally:
        db.close()
    assert {"new", "revised", "ok"} <= words <= set(documented_outcomes())
