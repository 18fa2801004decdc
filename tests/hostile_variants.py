"""More of the hostile web: faults of the same families as the listed cases, each in another dress.

Owns the further families of tests/test_crawler_hostile.py: codings nested across kinds, lies in framing, statuses that are half an
answer, places inside in odder spellings, entity tricks in odder encodings, traps by query,
absurd numbers in robots.txt, injected spam.
"""

import gzip
import json
import zlib
from itertools import islice
from pathlib import Path

import brotli
import hostile_answers as answers
import newsroom_faults as faults
from commands import rows
from hostile_server import HostileWeb, story
from innocent_pages import INNOCENT
from spam_pages import variants

from crawler.demo.server import Answer, Line, Raw

XML = "application/xml"
ANY_END = {"connection_lost", "failed", "dataloss", "too_large", "too_complex", "timeout", "bad_encoding"}
KEPT = {"new", "duplicate"}
"""The same text under several URLs of a source."""
NOWHERE = {"refused_address", "refused_scheme", "bad_url", "bad_redirect", "dns"}


def told(slug: str, **more: str) -> Answer:
    """An ordinary answer with a story."""
    return Answer(body=story(slug, **more).encode())


def raw_deflate_bomb(megabytes: int) -> bytes:
    """As many servers send `deflate`: without zlib's header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def skippable_frames() -> Raw:
    """zstd frames that hold nothing and say so, without end."""
    frame = b"\x50\x2a\x4d\x18" + (1000).to_bytes(4, "little") + bytes(1000)
    return answers.forever(frame * 50, start=answers.OK + b"Content-Encoding: zstd\r\n\r\n")


def coded_drip() -> Raw:
    """A gzip stream that never ends, a few bytes at a time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)

    def write(line: Line) -> None:
        line.send(answers.OK + b"Content-Encoding: gzip\r\n\r\n")
        while line.wait(0.3):
            line.send(packer.compress(b"<p>and so on</p>") + packer.flush(zlib.Z_SYNC_FLUSH))

    return Raw(write=write, status=200)


def bodies(web: HostileWeb) -> None:
    """N: codings nested across kinds, and lies in framing."""
    html = story("coded-in-layers").encode()
    body = b"%d\r\n\r\n%b" % (len(html), html)
    head = b"HTTP/1.1 %b\r\nContent-Type: text/html\r\nConnection: close\r\n"
    part = head % b"206 Partial Content" + b"Content-Range: bytes 0-%d/%d\r\nContent-Length: "
    large = {"too_large"}
    odd: dict[str, tuple[Answer | Raw, set[str]]] = {
        "raw-deflate-bomb": (answers.coded(raw_deflate_bomb(300), "deflate"), large),
        "br-in-gzip-bomb": (answers.coded(gzip.compress(answers.bomb("br", 500)), "br, gzip"), large),
        "gzip-in-zstd-bomb": (answers.coded(answers.bomb("gzip", 500), "zstd, gzip"), large | {"bad_encoding", "dataloss"}),
        "zstd-in-deflate-bomb": (answers.coded(zlib.compress(answers.bomb("zstd", 500)), "zstd, deflate"), large),
        "skippable-frames": (skippable_frames(), large | {"timeout", "bad_encoding"}),
        "layers": (answers.coded(gzip.compress(brotli.compress(html)), "br, gzip"), KEPT),
        "layers-in-the-wrong-order": (
            answers.coded(gzip.compress(brotli.compress(html)), "gzip, br"), {"bad_encoding", "dataloss"}
        ),
        "coding-by-an-old-name": (answers.coded(gzip.compress(html), "x-gzip"), KEPT),
        "garbage-after-gzip": (
            answers.coded(gzip.compress(html) + b"\x00garbage" * 9, "gzip"), KEPT | {"bad_encoding", "dataloss"}
        ),
        "length-with-a-sign": (answers.wire(head % b"200 OK" + b"Content-Length: +" + body), ANY_END | KEPT),
        "length-in-hex": (answers.framed(b"Content-Length: 0x%x" % len(html), html), ANY_END | KEPT),
        "endless-chunk-size": (answers.forever(b"0" * 5000, start=answers.OK + b"Transfer-Encoding: chunked\r\n\r\n"), ANY_END),
        "endless-chunk-extension": (
            answers.forever(b"a=b;" * 2000, start=answers.OK + b"Transfer-Encoding: chunked\r\n\r\n5;"), ANY_END
        ),
        "folded-header": (answers.wire(head % b"200 OK" + b"X-A: b\r\n c\r\nContent-Length: " + body), ANY_END | KEPT),
        "no-reason-phrase": (answers.wire(head % b"200" + b"Content-Length: " + body), KEPT | {"connection_lost"}),
        "binary-header": (
            answers.wire(head % b"200 OK" + b"X-\xff\x00\x1b: \xfe\x00\r\nContent-Length: " + body), ANY_END | KEPT
        ),
        "half-of-it": (answers.wire(part % (len(html) - 1, 9 * len(html)) + body), {"suspect_truncated"}),
        "a-part-that-is-all": (answers.wire(part % (len(html) - 1, len(html)) + body), KEPT),
        "no-content": (answers.wire(head % b"204 No Content" + b"\r\n"), {"empty"}),
        "switching": (answers.wire(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), ANY_END | {"http_101"}),
        "next-year": (faults.status(503, retry_after="Fri, 31 Dec 9999 23:59:59 GMT"), {"paused"}),
    }  # fmt: skip
    for n, (slug, (fault, words)) in enumerate(odd.items()):
        host = f"body{n % 5}" if slug != "next-year" else "paused-for-ever"
        web.page(host, f"v-{slug}", fault, *words)
    for n in range(5):
        web.sound(f"body{n}")
    web.page("coded-drip", "v-coded-drip", coded_drip(), "timeout")
    web.sound("coded-drip")


def places(web: HostileWeb) -> None:
    """R: places that are nobody's business, spelled as a resolver, a browser or a parser might still read them."""
    port = web.inside.port
    numbers = (
        "0x7f000001", "0177.0.0.01", "127.0.1", "127.000.000.001", "0", "0x0", "[0:0:0:0:0:ffff:7f00:1]", "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]", "[2001:0:7f00:1::1]", "[fec0::1]", "[fd00::1]", "[ff02::1]", "[::ffff:0:127.0.0.1]",
        "10.0.0.1", "192.168.0.1", "172.31.255.255", "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255",
        "LOCALHOST", "localhost.", "a.localhost", "printer.local", "metadata.google.internal", "ip6-localhost",
        "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "127.0.0.1%00.example", "①27.0.0.1", "127．0．0．1", "127.0.0.1\t",
    )  # fmt: skip
    shapes = (
        "//127.0.0.1:{}/secret", "///127.0.0.1:{}/secret", "http:///127.0.0.1:{}/secret", "http:\\\\127.0.0.1:{}\\secret",
        "\\\\127.0.0.1:{}/secret", "HTTP://127.0.0.1:{}/secret", "ht\ttp://127.0.0.1:{}/secret", "http://127.0.0.1:0{}/secret",
        "http://r2.example:{}@127.0.0.1:{}/secret", "http://127.0.0.1:{}#@r2.example/", "gopher://127.0.0.1:{}/_x",
        "ldap://127.0.0.1:{}/", "ws://127.0.0.1:{}/", "view-source:http://127.0.0.1:{}/", "feed://127.0.0.1:{}/",
        "blob:http://127.0.0.1:{}/x", "about:blank", "http://127.0.0.1:99999/", "http://127.0.0.1:-1/", "http://[::1]:{}x/",
    )  # fmt: skip
    found = [f"http://{place}:{port}/secret" for place in numbers] + [
        shape.replace("{}", str(port)) for shape in shapes
    ]
    for n, location in enumerate(found):
        # a path of the host itself is no way in, either
        words = NOWHERE | {"http_404", "refused_port", "credentials"}
        web.page("r2", f"v-place-{n}", faults.redirect(location.encode().decode("latin-1")), *words)
        web.link("r2", location.replace('"', "%22"))
    web.sound("r2")


def entities(web: HostileWeb) -> None:
    """X: entity tricks where a filter for ASCII would not see them, references to other documents, absurd numbers."""
    inside = f"http://127.0.0.1:{web.inside.port}/dtd"

    def listed(host: str, body: bytes, *, kind: str = "feeds", content_type: str = "application/rss+xml") -> None:
        web.host(host, f'{kind} = ["{{base}}/list.xml"]')
        web.serve(host, "/list.xml", Answer(content_type=content_type, body=body))
        web.sound(host)

    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><rss><channel><title>&l9;</title></channel></rss>'
    outside = f'<!DOCTYPE rss SYSTEM "{inside}"><rss xmlns:xi="http://www.w3.org/2001/XInclude"><channel>'
    outside += f'<xi:include href="{inside}"/><xi:include href="file:///etc/passwd" parse="text"/></channel></rss>'
    sheet = f'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{inside}"?><rss><channel></channel></rss>'
    listed("v-laughs-utf16", ('<?xml version="1.0" encoding="utf-16"?>' + bomb).encode("utf-16"))
    listed("v-laughs-utf7", b'<?xml version="1.0" encoding="utf-7"?>' + bomb.encode("utf-7"))
    listed("v-outside", outside.encode())
    listed("v-sheet", sheet.encode())
    listed("v-outside-sitemap", outside.replace("rss", "urlset").encode(), kind="sitemaps", content_type=XML)
    poison = [
        f"http://[::1]:{web.inside.port}/x",
        "file:///etc/passwd",
        "\ud800",
        "http://\ud800/",
        "javascript:x",
        "\x00",
        "a" * 9999,
    ]
    entries = [
        {"url": url, "title": "A\ud800 title\x1b[31m", "date_published": "99999-99-99T99:99:99+99:99"} for url in poison
    ]
    deep = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": entries}).replace(
        '"items"', '"n": 1e999999, "items"'
    )
    listed("v-json", deep.encode(), content_type="application/feed+json")
    listed("v-json-digits", b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"9" * 100_000 + b"]}")
    dates = (
        "0000-00-00",
        "99999-01-01",
        "-1",
        "Mon, 99 Foo 20x6 25:61:61 +9999",
        "1e400",
        "٢٠٢٠-٠١-٠١",
        "2026-02-30",
        "\x00",
    )
    urls = "".join(
        f"<url><loc>{web.base('v-dates')}/news/sound-report-from-v-dates.html?{n}</loc><lastmod>{date}</lastmod>"
        f"<priority>1e999</priority></url>"
        for n, date in enumerate(dates)
    )
    listed("v-dates", f"<urlset>{urls}</urlset>".encode(), kind="sitemaps", content_type=XML)
    attributes = "".join(f' a{n}="{n}"' for n in range(100_000))
    listed("v-attributes", f"<rss{attributes}><channel><item{attributes}/></channel></rss>".encode())
    spaces = "".join(f' xmlns:n{n}="urn:{n}"' for n in range(20_000))
    listed("v-namespaces", f"<rss{spaces}><channel></channel></rss>".encode())


def sessions(web: HostileWeb) -> None:
    """L: one page under endless queries, of names that may as well be an article's number."""
    for name in ("sid", "s", "ref", "token"):
        slug = f"v-one-page-by-{name}"
        for n in range(60):
            web.link("sessions", f"/news/{slug}.html?{name}={n * 7919 % 100_003}")
        web.page("sessions", slug, told(slug), listed=False)
        web.expected.popitem()
    web.sound("sessions")


def rules(web: HostileWeb) -> None:
    """B: robots.txt with absurd numbers, in odd encodings, and full of places."""
    port = web.inside.port
    texts: dict[str, bytes] = {
        "no-number": b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: -inf\nRequest-rate: 1/0s\n",
        "utf-16": "User-agent: *\nDisallow: /nothing/\n".encode("utf-16"),
        "controls": b"\x00\xff\xfeUser-agent\x00: *\x1b\nDisallow: /\x00nothing\n",
        "one-line": b"User-agent: * " + b"#" * 400_000,
        "carriage-returns": b"User-agent: *\rDisallow: /nothing/\r",
        "places": b"".join(b"Sitemap: http://127.0.0.1:%d/%d.xml\nSitemap: file:///etc/%d\n" % (port, n, n) for n in range(3_000)),
    }  # fmt: skip
    for slug, text in texts.items():
        host = f"rules-{slug}"
        web.serve(host, "/robots.txt", Answer(content_type="text/plain", body=text))
        web.sound(host)


def spam(web: HostileWeb) -> None:
    """S: injected pages of each kind, each on a host of its own beside the page as it was; and pages that only look injected."""
    for n, variant in enumerate(variants(step=600)):
        web.page(f"spam{n}", f"v-{variant.language}-{n}", Answer(body=variant.page().encode()), *KEPT)
        web.page(
            f"clean-{variant.language}", f"v-{variant.language}", Answer(body=variant.clean_page().encode()), *KEPT
        )
    for n, page in enumerate(islice(INNOCENT.values(), 0, None, 20)):
        web.page(f"innocent{n}", f"v-innocent-{n}", Answer(body=page.encode()), *KEPT)


def spam_is_gone(archive: Path) -> None:
    """Every injected page has the body of the page as it was, and a row of what was taken; the innocent ones have none."""
    found = rows(
        archive,
        "SELECT a.url, c.body, (SELECT count(*) FROM removals m WHERE m.extraction_id = r.extraction_id"
        " AND m.reason LIKE '%spam%') FROM articles a JOIN current_articles c ON c.id = a.id"
        " JOIN revisions r ON r.id = a.revision_id WHERE a.url LIKE 'http://spam%' OR a.url LIKE 'http://clean-%'"
        " OR a.url LIKE 'http://innocent%'",
    )
    clean = {url.rpartition("/v-")[2].removesuffix(".html"): body for url, body, _ in found if "//clean-" in url}
    for url, body, n_rows in found:
        is_injected = url.startswith("http://spam")
        assert (n_rows > 0) == is_injected, url
        if is_injected:
            assert body == clean[url.rpartition("/v-")[2].partition("-")[0]], url
    assert sum(url.startswith("http://spam") for url, *_ in found) == len(list(variants(step=600)))


FAMILIES = (bodies, places, entities, sessions, rules, spam)
