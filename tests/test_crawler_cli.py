"""The command line of crawling and fetching: bad input ends in one clear line and the right exit code."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import newsroom_faults as faults
import pytest
from archives import make_archive
from articles import STORY, paragraphs, wordpress_page
from click.testing import CliRunner
from commands import environment, outcomes, presskeep, rows, sources_file
from newsroom import Newsroom

from crawler.cli import main, write_report
from crawler.demo.server import Answer, Raw


def one_line(stderr: str) -> str:
    """The one line that stderr holds."""
    assert "Traceback" not in stderr
    (line,) = stderr.splitlines()
    return line


def test_help_and_version_name_the_command() -> None:
    assert presskeep("--version").stdout.startswith("presskeep 0.")
    for command in ("crawl", "fetch", "demo", "sources", "search", "show", "export", "doctor"):
        shown = presskeep(command, "--help")
        assert shown.returncode == 0
        assert shown.stdout.startswith(f"Usage: presskeep {command}")
        assert f"presskeep {command}" in shown.stdout[20:], "each command shows an example"


def test_help_lists_every_command_without_importing_one() -> None:
    code = (
        "import sys; from crawler.cli import main\n"
        "try: main(['--help'])\n"
        "finally: print([name for name in sys.modules if name.startswith(('archive.cli.', 'crawler.cli_'))], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False)
    assert done.stderr.strip() == "['archive.cli.durations', 'archive.cli.options']"
    with click.Context(main) as context:
        for name in main.list_commands(context):
            assert re.search(rf"(?m)^  {name} +[A-Z].*\.$", done.stdout), f"{name} has its line"
            found = main.get_command(context, name)
            assert found is not None
            assert found.name == name


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("search --foo", "no such option '--foo'"),
        ("-z", "no such option '-z' (`presskeep --help` tells more)"),
        ("serach", "no such command 'serach': did you mean search? (`presskeep --help` tells more)"),
        ("xyzzy", "no such command 'xyzzy' (`presskeep --help` tells more)"),
        ("sources lits", "no such command 'lits'"),
        ("search word --limit many", "'many' is not a valid integer range (`presskeep search --help` tells more)"),
        ("search --limit", "option '--limit' requires an argument"),
        ("fetch", "missing argument"),
        ("fetch --format pdf http://127.0.0.1/", "'pdf' is not one of"),
        ("show \x1b[31m --nope", "no such option '--nope'"),
    ],
)
def test_a_wrong_use_is_one_line_that_says_what_is_wrong_and_where_more_is_told(words: str, says: str) -> None:
    done = presskeep(*words.split(" "))
    assert (done.returncode, done.stdout) == (2, "")
    line = one_line(done.stderr)
    assert line.startswith("presskeep: ")
    assert says in line


@pytest.mark.parametrize(
    ("words", "no_color", "in_red"),
    [
        ("search --foo", "", True),
        ("search --foo", "1", False),
        ("-z", "1", False),
        ("--color never search --foo", "", False),
        ("--color always search --foo", "1", True),
    ],
)
def test_a_wrong_use_has_the_colours_that_are_wanted(words: str, no_color: str, *, in_red: bool) -> None:
    shown = CliRunner().invoke(main, words.split(), prog_name="presskeep", color=True, env={"NO_COLOR": no_color})
    assert "no such option" in shown.stderr
    assert ("\x1b[31m" in shown.stderr) is in_red


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", ["--help", "--version", "search --help"])
def test_an_answer_that_cannot_be_written_is_one_line(words: str) -> None:
    command = [sys.executable, "-m", "crawler.start", *words.split()]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["presskeep: the output cannot be written: No space left on device"]


def test_completion_says_nothing_of_a_mistyped_command() -> None:
    done = presskeep(_PRESSKEEP_COMPLETE="bash_complete", COMP_WORDS="presskeep serach ", COMP_CWORD="2")
    assert (done.returncode, done.stderr) == (0, "")


def test_fetch_prints_the_clean_article_and_keeps_nothing(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        url = newsroom.publish(
            "harbour",
            headline="Harbour opens again",
            paragraphs=("The boats came home at noon, all of them. " * 5,) * 3,
        )
        done = presskeep("fetch", url, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Harbour opens again\n\nThe boats came home")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html", "xml", "tei"])
def test_fetch_gives_each_format(form: str) -> None:
    with Newsroom() as newsroom:
        url = newsroom.publish("harbour", headline="Harbour & quay")
        done = presskeep("fetch", "--format", form, url)
    assert done.returncode == 0
    assert "Harbour" in done.stdout
    if form == "json":
        document = json.loads(done.stdout)
        assert (document["headline"], document["url"], document["id"]) == ("Harbour & quay", url, None)


def test_fetch_reads_urls_from_stdin_and_keeps_their_order(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        urls = newsroom.publish_many(3)
        done = presskeep("fetch", "--format", "json", "-", stdin="\n".join(reversed(urls)))
    found = json.JSONDecoder()
    text, order = done.stdout, []
    while text.strip():
        document, end = found.raw_decode(text.lstrip())
        order.append(document["url"])
        text = text.lstrip()[end:]
    assert order == urls[::-1]


def test_fetch_takes_a_list_as_people_keep_it() -> None:
    with Newsroom() as newsroom:
        first, second = newsroom.publish_many(2)
        done = presskeep(
            "fetch", "-", stdin=f"\ufeff{first}\r\n\r\n# later:\r\n  {second}\r\n", PYTHONIOENCODING="latin-1"
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "report 0000" in done.stdout
    assert "report 0001" in done.stdout


def test_a_bad_line_of_a_list_is_said_and_the_others_are_fetched(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        good = newsroom.publish("good")
        done = presskeep("--archive", tmp_path, "fetch", "--save", "-", stdin=f"# mine\nexample.org/news\n{good}\n")
        assert (done.returncode, bool(done.stdout)) == (3, True)
        assert one_line(done.stderr) == "presskeep: stdin, line 2: example.org/news: is no http or https URL [bad_url]"
        assert rows(tmp_path, "SELECT exit_code FROM runs") == [(3,)]
        bad = newsroom.publish("bad", fault=faults.status(404))
        done = presskeep("fetch", "-", stdin=f"nothing\n{bad}\n")
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (4, "", 2)
        newsroom.forget_requests()
        done = presskeep("fetch", "-", stdin="nothing\n\nftp://a.example/\n")
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (4, "", 2)
        done = presskeep("fetch", "-", "ftp://a.example/", stdin=good)
        assert (done.returncode, done.stdout) == (2, "")
        assert "'ftp://a.example/' is no http or https URL" in one_line(done.stderr)
        assert newsroom.requests == []


def test_fetch_save_keeps_the_pages_beside_a_running_crawl(tmp_path: Path) -> None:
    from archive.lock import hold

    archive = tmp_path / "archive"
    with Newsroom() as newsroom, hold(archive):
        url = newsroom.publish("harbour")
        done = presskeep("--archive", archive, "fetch", "--save", url)
    assert done.returncode == 0, done.stderr
    assert rows(archive, "SELECT url, source_id FROM articles") == [(url, None)]
    assert rows(archive, "SELECT command, exit_code FROM runs") == [("fetch", 0)]
    assert outcomes(archive)[url] == "new"
    assert len(outcomes(archive)) == 2, "robots.txt was asked, too"


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare here")
def test_an_archive_that_cannot_be_written_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive")
    # a mount of its own: root may write whatever the mode
    read_only = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    mounted = [*unshare, "sh", "-c", read_only, str(archive)]
    if subprocess.run([*mounted, "true"], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    with Newsroom() as newsroom:
        fetch = [sys.executable, "-m", "crawler.start", "--archive", str(archive), "fetch", "--save", newsroom.url]
        done = subprocess.run([*mounted, *fetch], capture_output=True, text=True, env=environment(), check=False)
        assert newsroom.requests == []
    assert (done.returncode, done.stdout) == (5, "")
    assert one_line(done.stderr) == f"presskeep: the archive cannot be written: {archive}: Read-only file system"


def test_fetch_html_extracts_a_file_without_the_network(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<html><head><title>Kept page</title></head><body><article><h1>Kept page</h1>"
        + "<p>It was found in a drawer, years later, and read aloud to all.</p>" * 5
        + "</article>",
        encoding="utf-8",
    )
    done = presskeep("fetch", "--html", page, "http://nowhere.example/kept")
    assert (done.returncode, done.stderr) == (0, "")
    assert "found in a drawer" in done.stdout


FAULTS: dict[str, Answer | Raw] = {
    "http_404": faults.status(404),
    "http_500": faults.status(500),
    "empty": faults.empty(),
    "not_html": faults.pdf(),
    "bot_wall": faults.bot_wall(),
    "redirect_loop": faults.redirect("/news/fault.html"),
    "refused_address": faults.redirect("http://localhost:9/"),
    "too_large": faults.gzip_bomb(50),
}


@pytest.mark.parametrize("word", FAULTS)
def test_a_url_that_cannot_be_fetched_is_said_in_one_line(word: str) -> None:
    with Newsroom() as newsroom:
        url = newsroom.publish("fault", fault=FAULTS[word])
        done = presskeep("fetch", url)
    assert (done.returncode, done.stdout) == (4, "")
    line = one_line(done.stderr)
    assert url in line
    assert word in line


def test_an_image_is_no_page() -> None:
    with Newsroom() as newsroom:
        done = presskeep("fetch", newsroom.publish("picture", fault=faults.png()))
    assert done.returncode == 4
    assert "not_html" in one_line(done.stderr)


def test_a_refused_connection_and_an_unknown_host_are_said() -> None:
    refused = presskeep("fetch", f"http://127.0.0.1:{faults.closed_port()}/")
    assert refused.returncode == 4
    assert "refused" in one_line(refused.stderr)
    unknown = presskeep("fetch", "http://no-such-host.example/")
    assert unknown.returncode == 4
    assert "the host is unknown" in one_line(unknown.stderr)


def test_some_failed_is_partial() -> None:
    with Newsroom() as newsroom:
        good = newsroom.publish("good")
        done = presskeep("fetch", good, newsroom.publish("bad", fault=faults.status(404)))
    assert done.returncode == 3
    assert done.stdout
    assert "http_404" in one_line(done.stderr)


def test_robots_txt_is_obeyed_and_may_be_ignored_explicitly() -> None:
    with Newsroom() as newsroom:
        url = newsroom.publish("closed")
        newsroom.serve("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
        closed = presskeep("fetch", url)
        assert closed.returncode == 4
        assert "robots.txt forbids it" in one_line(closed.stderr)
        assert presskeep("fetch", "--ignore-robots", url).returncode == 0


@pytest.mark.parametrize(
    "url",
    [
        "no url",
        "ftp://example.org/x",
        "http://",
        "http://[bad",
        "javascript:alert(1)",
        "http://exa mple.org/",
        "example.org/news",
        "http://example.org/\udcff",
    ],
)
def test_what_is_no_url_is_refused_before_anything_is_asked(url: str) -> None:
    done = presskeep("fetch", url)
    assert done.returncode == 2
    assert "no http or https URL" in one_line(done.stderr)


def test_no_url_on_stdin_is_said() -> None:
    done = presskeep("fetch", "-", stdin="\n\n")
    assert done.returncode == 2
    assert "no URL on stdin" in one_line(done.stderr)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[sources."A"]\nurl = \n', ":2"),
        ('[sources."A"]\nurl = "http://a.example/"\n\nfeedz = []\n', "feedz"),
        ('[sources."A"]\nurl = "ftp://a.example/"\n', "url"),
        ('[sources."A"]\nname = 1\n', "A"),
        ("[sourcez]\n", "sourcez"),
    ],
)
def test_an_invalid_sources_file_is_said_with_line_and_key(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    done = presskeep("--archive", tmp_path / "archive", "crawl", "--sources", path)
    assert done.returncode == 2
    line = one_line(done.stderr)
    assert str(path) in line
    assert expected in line
    assert not (tmp_path / "archive").exists()


def test_a_crawl_without_sources_says_what_to_do(tmp_path: Path) -> None:
    done = presskeep("crawl", cwd=tmp_path)
    assert done.returncode == 2
    assert "presskeep sources add URL" in one_line(done.stderr)
    missing = presskeep("crawl", "--sources", "nowhere.toml", cwd=tmp_path)
    assert missing.returncode == 2
    assert "nowhere.toml" in one_line(missing.stderr)


def test_disabled_sources_are_not_taken_for_none(tmp_path: Path) -> None:
    sources_file(tmp_path, {"Daily": "http://daily.example/"}, enabled="false").rename(tmp_path / "sources.toml")
    for words in (["crawl"], ["sources", "check"]):
        done = presskeep("--archive", tmp_path, *words)
        assert (done.returncode, "all sources are disabled" in one_line(done.stderr)) == (2, True)
        done = presskeep("--archive", tmp_path, *words, "Daily")
        assert (done.returncode, "'Daily' is disabled" in one_line(done.stderr)) == (2, True)


def test_no_time_at_all_is_no_time_to_crawl(tmp_path: Path) -> None:
    done = presskeep("--archive", tmp_path, "crawl", "--max-time", "0")
    assert (done.returncode, "must be more than 0" in one_line(done.stderr)) == (2, True)


def test_an_unknown_source_name_is_said(tmp_path: Path) -> None:
    path = sources_file(tmp_path, {"Daily": "http://daily.example/"})
    done = presskeep("--archive", tmp_path / "archive", "crawl", "--sources", path, "Dayly")
    assert done.returncode == 2
    assert "Dayly" in one_line(done.stderr)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("contact = 1\n", "contact"),
        ("wat = 1\n", "wat"),
        ("= 1\n", "presskeep.toml"),
        ("allow = [1]\n", "allow"),
        ("workers = -1\n", "workers"),
        ("workers = 0\n", "workers"),
        ("concurrency = 0\n", "concurrency"),
        ("delay = nan\n", "delay"),
        ("delay = -1\n", "delay"),
        ("timeout = 0\n", "timeout"),
        ("timeout = inf\n", "timeout"),
        ("allow = ['10.0.0.0/33']\n", "10.0.0.0/33"),
        ("allow = ['not a host!']\n", "not a host!"),
        ("allow = ['http://intranet.example/']\n", "intranet"),
        ("allow = ['intranet.example:99999']\n", "99999"),
    ],
)
def test_invalid_settings_are_said_with_their_key(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "presskeep.toml").write_text(text)
    path = sources_file(tmp_path, {"Daily": "http://daily.example/"})
    done = presskeep("--archive", tmp_path, "crawl", "--sources", path)
    assert done.returncode == 2
    assert expected in one_line(done.stderr)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("archiv = 'x'\n", "unknown key 'archiv' (known: archive)"),
        ("archive = 1\n", "archive must be str, not 1"),
        ("= 1\n", "Invalid statement"),
    ],
)
def test_invalid_settings_of_the_user_are_said_with_their_key(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "presskeep" / "config.toml"
    path.parent.mkdir()
    path.write_text(text)
    done = presskeep("search", "word", cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert one_line(done.stderr).startswith(f"presskeep: {path}: {says}")


def test_dry_run_says_what_is_due_and_asks_nobody(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        done = presskeep("-q", "--archive", archive, "crawl", "--sources", sources, "--dry-run")
        assert (done.returncode, newsroom.requests) == (0, [])
        assert "Daily: never crawled" in done.stdout
        assert not archive.exists()
        assert presskeep("--archive", archive, "crawl", "--sources", sources, "--limit", "1").returncode == 0
        newsroom.forget_requests()
        done = presskeep("-q", "--archive", archive, "crawl", "--sources", sources, "--dry-run")
        assert newsroom.requests == []
    assert "1 pages due" in done.stdout


def test_a_report_is_written_as_json(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        done = presskeep("--archive", tmp_path / "a", "crawl", "--sources", sources, "--report", tmp_path / "run.json")
    assert (done.returncode, done.stdout) == (0, "")
    report = json.loads((tmp_path / "run.json").read_text())
    assert (report["exit_code"], report["new"], report["sources"][0]["name"]) == (0, 2, "Daily")


def test_a_report_goes_where_its_name_leads_and_leaves_other_names_alone(tmp_path: Path) -> None:
    (tmp_path / "run.json.part").write_text("mine")
    (tmp_path / "run.json").symlink_to("target.json")
    write_report(tmp_path / "run.json", "{}")
    assert (tmp_path / "run.json").is_symlink()
    assert (tmp_path / "target.json").read_text() == "{}"
    assert (tmp_path / "run.json.part").read_text() == "mine"
    reader, writer = os.pipe()
    write_report(Path(f"/dev/fd/{writer}"), "{}")
    assert os.read(reader, 10) == b"{}"
    os.close(reader)
    os.close(writer)


def test_a_report_that_could_not_be_written_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        done = presskeep(
            "--archive", tmp_path / "a", "crawl", "--sources", sources, "--report", tmp_path / "no" / "run.json"
        )
        assert newsroom.requests == []
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"presskeep: --report: there is no folder {tmp_path / 'no'}"


def test_a_run_is_quiet_without_a_terminal(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        done = presskeep("--archive", tmp_path / "a", "crawl", "--sources", sources, PRESSKEEP_CONTACT="me@example.org")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        agents = {headers.get("User-Agent") or headers.get("user-agent") for _, _, headers in newsroom.requests}
    assert agents == {"presskeep/0.1.0 (+me@example.org)"}


def test_a_file_that_is_no_database_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_text("this is no database, it is a poem")
    sources = sources_file(tmp_path, {"Daily": "http://daily.example/"})
    done = presskeep("-q", "--archive", tmp_path, "crawl", "--sources", sources)
    assert done.returncode == 5
    assert "no readable archive" in one_line(done.stderr)
    assert (tmp_path / "archive.db").read_text() == "this is no database, it is a poem"


def scrapy(*arguments: str, cwd: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    checkout = Path(__file__).parent.parent
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        capture_output=True, text=True, timeout=60, cwd=cwd or checkout, env=environment(**changes), check=False,
    )  # fmt: skip


def test_scrapys_own_commands_work_in_the_checkout(tmp_path: Path) -> None:
    assert {"fetch", "news"} <= set(scrapy("list").stdout.split())
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        done = scrapy("crawl", "news", "-a", f"sources={sources}", "-s", f"PRESSKEEP_ARCHIVE={archive}")
        assert done.returncode == 0, done.stderr
        assert len(rows(archive, "SELECT id FROM articles")) == 2
        extra = newsroom.publish("extra")
        assert scrapy("crawl", "fetch", "-a", f"url={extra}", PRESSKEEP_ARCHIVE=str(archive)).returncode == 0
        assert len(rows(archive, "SELECT id FROM articles")) == 3
        shell = scrapy("shell", extra, "-c", "response.status", "--nolog", PRESSKEEP_ARCHIVE=str(tmp_path / "shell"))
    assert shell.stdout.strip() == "200", shell.stderr


def test_a_file_is_read_without_what_crawls_keeps_or_guesses_languages(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(wordpress_page(paragraphs(*STORY)), encoding="utf-8")
    code = (
        "import sys; from crawler.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally:\n"
        "    from pipelines import language\n"
        "    costly = {'scrapy', 'twisted', 'sqlite_utils', 'pandas', 'pyarrow', 'dateparser', 'archive.schema', 'archive.kept'}\n"
        "    print(sorted(costly & sys.modules.keys()), language._model.cache_info().currsize, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "fetch", "--html", str(page), "http://valley-times.example/news/2024/a-report.html"],
        capture_output=True, text=True, env=environment(), check=False,
    )  # fmt: skip
    assert STORY[0] in done.stdout
    assert (done.returncode, done.stderr.strip()) == (0, "[] 0")


def test_a_fetch_that_keeps_nothing_imports_neither_what_keeps_nor_what_reads(tmp_path: Path) -> None:
    code = (
        "import sys; from crawler.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally:\n"
        "    costly = {'sqlite_utils', 'trafilatura', 'numpy', 'crawler.spiders.news', 'pipelines.archive_session'}\n"
        "    print(sorted(costly & sys.modules.keys()), file=sys.stderr)"
    )
    with Newsroom() as newsroom:
        done = subprocess.run(
            [sys.executable, "-c", code, "fetch", newsroom.publish("harbour", headline="Harbour opens again")],
            capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False,
        )  # fmt: skip
    assert "Harbour opens again" in done.stdout
    assert (done.returncode, done.stderr.strip()) == (0, "[]")


def test_scrapy_is_loaded_without_a_look_at_all_sources() -> None:
    code = """if True:
        import inspect
        stack = inspect.stack
        from crawler.process import prepared
        from scrapy.core.downloader import contextfactory, tls
        assert inspect.stack is stack
        print(len(inspect.modulesbyfile), contextfactory.ScrapyClientContextFactory.__module__)
        print(tls.ScrapyClientTLSOptions.__module__)"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "scrapy.core.downloader.contextfactory", "scrapy.core.downloader.tls"]


def test_a_run_with_nothing_due_is_written_down_and_imports_no_scrapy(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        newsroom.forget_requests()
        code = (
            "import sys; from crawler.cli import main\n"
            "try: main(sys.argv[1:])\n"
            "finally: print(*sorted({'scrapy', 'trafilatura', 'sqlite_utils', 'twisted'} & sys.modules.keys()))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "--archive", str(archive), "crawl", "--sources", str(sources)],
            capture_output=True, text=True, env=environment(), check=False,
        )  # fmt: skip
        assert newsroom.requests == []
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
    assert rows(archive, "SELECT exit_code, finish_reason, n_requests FROM runs WHERE id = 2") == [(0, "finished", 0)]
