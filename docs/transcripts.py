"""Run the commands of README.md and docs/tutorial.md, and write what they really say into their `console` blocks.

`python docs/transcripts.py` rewrites the blocks that say something else than numbers and times; with `--all` every one, so that
figures are of one day. tests/test_wheel.py runs the same commands and compares. A block begins
with ```console; `lines=N` after it keeps the first N lines of each answer. Its commands run one after another, in one new
folder for all pages, on a terminal; nothing leaves this machine.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.demo.tour import on_terminal

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "docs" / "tutorial.md", ROOT / "README.md")
"""In this order: the tutorial makes the archive that the README shows."""
HOME = "/home/you"
"""What the pages show in place of the folder where the commands run."""
COLUMNS = 88

_BLOCK = re.compile(r"(?ms)^```console(?P<options>[^\n]*)\n(?P<text>.*?)^```$")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PROGRESS = re.compile(r"\[[#-]{8,}\]")
_CHANGING = (
    (re.compile(r"sha1:[A-Z2-7]{32}"), "#"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "#"),
    (re.compile(r"\b[0-9a-f]{8,64}\b"), "#"),
    (re.compile(r"\bm\d{3}_\w+"), "m000"),  # the newest migration: each would ask for the pages anew
    (re.compile(r"\d[\d.,:]*"), "0"),
    (re.compile(r"\b0(?: 0)*…?"), "0"),
    (re.compile(r"[█▉▊▋▌▍▎▏]+"), "█"),
    (re.compile(r"[ \t]+"), " "),
)
"""What differs from run to run: digests, ids, times, sizes, and the width of columns and bars that follows from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as the page shows it, with the text that it reads from the page (a here-document)."""

    lines: tuple[str, ...]

    @property
    def shell(self) -> str:
        """What a shell is given."""
        return "\n".join((self.lines[0].removeprefix("$ "), *self.lines[1:]))


def commands(block: str) -> Iterator[Command]:
    """Give the commands of a block: lines that begin with `$ ` after an empty line, each with its here-document.

    Others belong to an answer: the demo shows commands of its own.
    """
    lines = iter(block.splitlines())
    before = ""
    for line in lines:
        begins, before = line.startswith("$ ") and not before, line
        if not begins:
            continue
        whole = [line]
        if found := re.search(r"<<'(\w+)'", line):
            for more in lines:
                whole.append(more)
                if more == found[1]:
                    break
        yield Command(lines=tuple(whole))


def transcribe(page: str, run: Callable[[str], str], *, anew: bool = False) -> str:
    """Give a page with each command's answer under it, as `run` gives it; a block that says the same stays, but for `anew`."""

    def block(found: re.Match[str]) -> str:
        most = re.search(r"lines=(\d+)", found["options"])
        parts = []
        for command in commands(found["text"]):
            answer = run(command.shell).rstrip().splitlines()
            if most and len(answer) > int(most[1]):
                answer = [*answer[: int(most[1])], "…"]
            parts.append("\n".join((*command.lines, *answer)))
        new = f"```console{found['options']}\n" + "\n\n".join(parts) + "\n```"
        return found[0] if not anew and comparable(new) == comparable(found[0]) else new

    return _BLOCK.sub(block, page)


class Shell:
    """Runs commands one after another, as a user's shell does; folder and exported variables last."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        """Begin in a new folder `home` below `folder`, with the programs of `binaries` before all others."""
        self.home = folder / "home"
        self.home.mkdir()
        self._state = folder / "state.sh"
        unset = re.compile(r"(?i).*_proxy|PRESSKEEP_.*|PYTHONPATH|VIRTUAL_ENV|FORCE_COLOR")
        self._environment = {name: value for name, value in os.environ.items() if not unset.fullmatch(name)} | {
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "COLUMNS": str(COLUMNS),
            "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
            "PRESSKEEP_HOSTS": os.devnull,
        }
        self.failures: list[str] = []
        self.begin_page()

    def begin_page(self) -> None:
        """Forget exported variables: a page's commands work in a new shell, with the demo's archive."""
        self._state.write_text(f"cd {self.home}; export PRESSKEEP_ARCHIVE={self.home}/demo\n", encoding="utf-8")

    def run(self, command: str) -> str:
        """Run a command on a terminal and give what it says; `diff` may end with 1, others end with 0 or are failures."""
        script = f'. "{self._state}"\n{command}\ncode=$?\n{{ export -p; echo "cd \\"$PWD\\""; }} > "{self._state}"\nexit $code\n'
        code, output = on_terminal(["bash", "-c", script], cwd=self.home, environment=self._environment)
        text = _ESCAPE.sub("", output).replace(str(self.home), HOME)
        if code not in ({0, 1} if " diff " in command else {0}):
            self.failures.append(f"{command}: exit code {code}\n{text}")
        return "\n".join(line.rstrip() for line in text.splitlines() if not _PROGRESS.search(line))


def comparable(page: str) -> list[list[str]]:
    """Give the lines of each console block without what changes from run to run; sources are crawled in any order."""
    return [sorted(map(_steady, found["text"].splitlines())) for found in _BLOCK.finditer(page)]


def _steady(line: str) -> str:
    for pattern, stand_in in _CHANGING:
        line = pattern.sub(stand_in, line)
    return line.strip().rstrip(",")


def main() -> int:
    """Rewrite the pages with what the installed command says; where a command fails, none of them."""
    with tempfile.TemporaryDirectory(prefix="presskeep-docs-") as folder:
        shell = Shell(Path(folder), Path(sys.executable).parent)
        pages = play(shell, anew="--all" in sys.argv[1:])
    if not shell.failures:
        for path, page in pages.items():
            path.write_text(page, encoding="utf-8")
    sys.stderr.write("".join(f"{failure}\n" for failure in shell.failures))
    return int(bool(shell.failures))


def play(shell: Shell, *, anew: bool = False) -> dict[Path, str]:
    """Run the commands of all pages and give the pages with their answers."""
    pages = {}
    for path in PAGES:
        shell.begin_page()
        pages[path] = transcribe(path.read_text(encoding="utf-8"), shell.run, anew=anew)
    return pages


if __name__ == "__main__":
    sys.exit(main())
