"""The web archive in a real browser: at each width, light and dark, from left and from right, without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import ArchiveArticle, ArchiveRevision, make_archive
from browser import DESK, PHONE, TABLET, opened, started, violations
from playwright.sync_api import Browser
from test_archive_serve import served
from test_archive_web import ARTICLES, with_warc

PERSIAN = "پل چوبی پس از چهل سال دوباره باز شد. مردم از هر دو سوی رود آمدند."
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
MORE = [
    ArchiveArticle(
        headline=f"{LONG} and https://example.org/{'x' * 120}",
        body=f"{LONG * 3}\n\nIngredients\n\none | two | three | {LONG}\n\nnumber = {'1' * 200}",
        marks=(("h4", 242, 253, None), ("row", 255, 360, None)),
        source=f"Nordufer{'n' * 200}",
        language="de",
        published="2024-02-03",
        authors=tuple(f"Author {n}" for n in range(12)),
    ),
    ArchiveArticle(
        headline="پل چوبی دوباره باز شد", body=f"{PERSIAN}\n\nSaid in English: the way is open.\n\n{PERSIAN}",
        source="بامداد", language="fa",
        published="2024-02-02", earlier=(ArchiveRevision(headline="پل چوبی", body=PERSIAN),), authors=("فرید",),
        removals=(("spam", "slot gacor"),),
    ),
    *(
        ArchiveArticle(headline=f"Council meets again, {n}", body="The council met.", source=f"Paper {n % 11}",
                       language="en", published=f"20{n % 20:02}-0{n % 9 + 1}-11")
        for n in range(60)
    ),
]  # fmt: skip
PAGES = {
    "front": "/",
    "search": "/search?q=council",
    "narrowed": "/search?q=bridge&source=Courier&since=2024-01-01&until=2024-01-31",
    "doubtful": "/search?q=%22bridge",
    "nothing": "/search?q=zzz&lang=en",
    "concordance": "/concordance?q=bridge+OR+%D9%BE%D9%84",
    "article": "/article/1?q=bridge&hit=1",
    "removed": "/article/1?removed=1",
    "hostile": "/article/5?removed=1",
    "long": "/article/7",
    "long-facet": f"/search?q={LONG}",
    "persian": "/article/8",
    "edited": "/article/3/diff",
    "edited-persian": "/article/8/diff",
    "sources": "/sources",
    "source": "/source/1",
    "runs": "/runs",
    "run": "/run/1",
    "spam": "/spam",
    "way": "/explain?url=1",
    "error": "/nope",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = make_archive(tmp_path_factory.mktemp("browser"), [*ARTICLES, *MORE], captures=True)
    with served(with_warc(folder)) as url:
        yield url.rstrip("/")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


def test_somebody_searches_reads_and_goes_on_without_javascript(browser: Browser, address: str) -> None:
    with opened(browser, address, scripts=False, width=PHONE) as seen:
        page = seen.page
        page.get_by_label("Words to search for").fill("bridge")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=bridge")
        assert page.locator(".hits > li").count() == 2
        page.locator(".hits h2 a").first.click()
        assert page.locator(".text mark").first.inner_text() == "bridge"
        page.get_by_role("link", name="Next").click()
        assert "Hit 2 of 2" in page.locator(".hit-nav").inner_text()
        page.goto(f"{address}/article/1")
        page.get_by_role("link", name="Show it in place").click()
        assert "slot gacor" in page.locator(".removed").first.inner_text()
        assert seen.complaints == []
    assert violations(browser, f"{address}/search?q=bridge") == []


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Browser, address: str, name: str) -> None:
    for width, dark in ((PHONE, True), (TABLET, False), (DESK, False), (DESK, True)):
        assert violations(browser, address + PAGES[name], width=width, dark=dark) == [], (width, dark)


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(browser: Browser, address: str, name: str) -> None:
    with opened(browser, address + PAGES[name]) as seen:
        for width in (DESK, TABLET, PHONE, 320):
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        # an answer of 404 is told to the console
        assert [one for one in seen.complaints if "404" not in one] == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["front", "search", "article", "sources"])
def test_the_keyboard_reaches_everything_and_is_seen(browser: Browser, address: str, name: str) -> None:
    with opened(browser, address + PAGES[name]) as seen:
        page = seen.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.reload()
        n_reachable = page.locator(
            "a[href]:visible, button:visible, input:visible, select:visible, summary:visible"
        ).count()
        reached = 0
        for _ in range(n_reachable + 10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            reached += 1
            shown = page.evaluate(
                "(() => { const one = document.activeElement, target = one.closest('svg') ? one.querySelector('.slot') : one;"
                " const style = getComputedStyle(target);"
                " return style.outlineStyle !== 'none' || style.stroke !== 'none' || one.classList.contains('skip') })()"
            )
            assert shown, page.evaluate("document.activeElement.outerHTML")
        assert reached >= n_reachable


@pytest.mark.long
def test_a_persian_article_reads_from_the_right(browser: Browser, address: str) -> None:
    with opened(browser, address + PAGES["persian"]) as seen:
        column, headline, text = (
            seen.page.locator(selector).bounding_box() for selector in (".story", ".story h1", ".story .text")
        )
        assert column
        assert headline
        assert text
        right = column["x"] + column["width"]
        assert abs(headline["x"] + headline["width"] - right) < 1
        assert abs(text["x"] + text["width"] - right) < 1
        ways = seen.page.evaluate("[...document.querySelectorAll('.text p')].map(p => getComputedStyle(p).direction)")
        assert ways == ["rtl", "ltr", "rtl"]


@pytest.mark.long
def test_the_reading_column_has_a_good_measure(browser: Browser, address: str) -> None:
    with opened(browser, address + PAGES["article"]) as seen:
        per_line = seen.page.evaluate(
            "(() => { const text = document.querySelector('.text'), probe = document.createElement('span');"
            " probe.textContent = 'the quick brown fox jumps over the lazy dog '.repeat(20); probe.style.whiteSpace = 'nowrap';"
            " text.append(probe); const width = probe.getBoundingClientRect().width / probe.textContent.length;"
            " return text.getBoundingClientRect().width / width })()"
        )
        assert 55 <= per_line <= 80


@pytest.mark.long
def test_dark_is_dark_and_print_is_light(browser: Browser, address: str) -> None:
    def background(page: object) -> int:
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")  # type: ignore[attr-defined]
        return int(colour.removeprefix("rgb(").split(",")[0])

    with opened(browser, address + PAGES["article"], dark=True) as seen:
        assert background(seen.page) < 64
        seen.page.emulate_media(media="print")
        assert background(seen.page) == 255
        assert not seen.page.locator(".masthead").is_visible()
        assert seen.page.locator(".citation").is_visible()
        assert seen.page.locator(".text").is_visible()
    with opened(browser, address + PAGES["article"]) as seen:
        assert background(seen.page) > 192


@pytest.mark.long
def test_the_fonts_come_from_here_and_nothing_from_elsewhere(browser: Browser, address: str) -> None:
    asked: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES.values():
        page.goto(address + path)
        page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate("document.fonts.check('600 20px \"Keep Serif\"', 'a')")
    context.close()
    assert {url for url in asked if not url.startswith(address)} == set()
    assert any("serif-latin.woff2" in url for url in asked)


@pytest.mark.long
@pytest.mark.parametrize("path", ["/archive", "/archive/articles", "/archive?sql=select+1", "/archive/articles/5"])
def test_datasettes_pages_work_under_their_policy(browser: Browser, address: str, path: str) -> None:
    with opened(browser, address + path) as seen:
        assert seen.complaints == []
        if "sql" in path:
            assert seen.page.locator(".CodeMirror").count() == 1
