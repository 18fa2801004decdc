"""Still more of the hostile web: one thing said so often that a reader chokes on it, and HTTP by the letter of nobody's law.

Owns further families of tests/test_crawler_hostile.py. What comes of a flood is the reader's business; that something comes of it,
within a page's share of time and memory, is what counts.
"""

import gzip
import json

import brotli
import hostile_answers as answers
import newsroom_faults as faults
from hostile_server import HostileWeb, story

from crawler.demo.server import Answer, Raw

READ = {"new", "duplicate", "no_text", "not_article", "soft_404", "too_complex"}
LOST = {"connection_lost", "dataloss", "too_large", "failed"}
KEPT = {"new", "duplicate"}
TEXT = "<p>" + "The tide came in twice that day, and nobody could say why it had. " * 12


def page(start: str, *, rest: str = TEXT) -> Answer:
    return Answer(body=f"<html><head><title>Flood</title></head><body><h1>Of a flood</h1>{start}{rest}".encode())


def told(slug: str, head: str) -> Answer:
    return Answer(body=story(slug, head=head).encode())


def floods(web: HostileWeb) -> None:
    """D: a million times the same."""
    linked = '<script type="application/ld+json">{}</script>'
    many: dict[str, Answer] = {
        "text": page(f"<p>{'The tide came in twice that day. ' * 60_000}", rest=""),
        "one-word": page(f"<p>{'x' * 3_000_000}"),
        "angles": page("<" * 2_000_000),
        "comments": Answer(body=b"<!-- -->" * 200_000 + page("").body),
        "open-comments": page("<!--" * 500_000),
        "instructions": page("<?x " * 500_000),
        "sections": page("<![CDATA[" * 200_000),
        "bylines": page(f"<p class=byline>{'By Jane Doe, ' * 50_000}</p>"),
        "dates": page(f"<p>{'12 January 2024, 10:00 ' * 30_000}</p>"),
        "addresses": page(f"<p>{'http://' * 200_000}</p>"),
        "mails": page(f"<p>{'a@b.' * 300_000}</p>"),
        "brackets": page(f"<p>{'(' * 900_000}{')' * 900_000}</p>"),
        "dashes": page(f"<h2>{' - | – ' * 100_000}</h2>"),
        "accents": page(f"<p>Z{chr(0x301) * 500_000}</p>"),
        "rules": page(f"<style>{''.join(f'.c{n}>p:not(.x){{display:none}}' for n in range(30_000))}</style>"),
        "media": page(f"<style>{'@media x{' * 100_000}</style>"),
        "attribute": page(f'<p title="{"a" * 3_000_000}">x</p>'),
        "titles": page("<title>x</title>" * 20_000),
        "items": told("items", linked.format("[" + ",".join(['{"@type":"NewsArticle","headline":"h"}'] * 30_000) + "]")),
        "objects": told("objects", linked.format('{"a":' * 100_000)),
        "digits": told("digits", linked.format('{"@type":"NewsArticle","datePublished":' + "9" * 50_000 + "}")),
        "references": told("references", linked.format(json.dumps({"@type": "NewsArticle", "author": "&#27;" * 50_000}))),
    }  # fmt: skip
    for n, (slug, answer) in enumerate(many.items()):
        web.page(f"flood{n % 6}", f"f-{slug}", answer, *READ)
    for n in range(6):
        web.sound(f"flood{n}")


def letters(web: HostileWeb) -> None:
    """N: labels that are another's, numbers that are none, lines that end as they like."""
    html = story("by-the-letter").encode()
    length = b"Content-Length: %d" % len(html)

    def line(status: bytes) -> Raw:
        return answers.wire(b"HTTP/1.1 %b\r\nContent-Type: text/html\r\n%b\r\n\r\n%b" % (status, length, html))

    odd: dict[str, tuple[Answer | Raw, set[str]]] = {
        "gzip-called-deflate": (answers.coded(gzip.compress(html), "deflate"), {"bad_encoding"}),
        "brotli-called-gzip": (answers.coded(brotli.compress(html), "gzip"), {"bad_encoding"}),
        "name-without-end": (answers.coded(b"\x1f\x8b\x08\x08" + bytes(6) + b"A" * 5_000_000, "gzip"), {"dataloss"}),
        "empty-members": (answers.coded(gzip.compress(b"") * 100_000, "gzip"), {"bad_encoding"}),
        "in-capitals": (answers.coded(gzip.compress(html), "GZIP"), KEPT),
        "length-of-a-chunk": (answers.framed(b"Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFF\r\n" + html), LOST),
        "negative-chunk": (answers.framed(b"Transfer-Encoding: chunked", b"-5\r\n" + html), LOST),
        "last-chunk-missing": (answers.framed(b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n" % (len(html), html)), LOST),
        "status-0": (line(b"000 OK"), {"http_0", *LOST}),
        "status-letters": (line(b"abc OK"), LOST),
        "status-999": (line(b"999 OK"), {"http_999", *LOST}),
        "long-reason": (line(b"200 " + b"O" * 300_000), LOST),
        "no-colon": (answers.framed(b"Foo bar\r\n" + length, html), KEPT | LOST),
        "lines-without-return": (answers.wire(b"HTTP/1.1 200 OK\nContent-Type: text/html\n%b\n\n%b" % (length, html)), KEPT | LOST),
        "controls-in-the-type": (answers.framed(b"Content-Type: text/html\x1b[31m;charset=\xff\r\n" + length, html), KEPT | LOST),
        "validators-of-controls": (
            answers.framed(b'ETag: "\x00\x1b\xff"\r\nLast-Modified: Fri, 31 Dec 9999 23:59:59 GMT\r\n' + length, html), KEPT
        ),
        "redirect-without-end": (answers.forever(b"x" * 65536, start=b"HTTP/1.1 302 F\r\nLocation: /x\r\n\r\n"), {"too_large"}),
        "missing-without-end": (answers.forever(b"x" * 65536, start=b"HTTP/1.1 404 N\r\n\r\n"), {"too_large"}),
        "error-that-is-a-bomb": (
            answers.wire(b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\n\r\n" + answers.bomb("gzip", 500)), {"too_large"}
        ),
    }  # fmt: skip
    for n, (slug, (fault, words)) in enumerate(odd.items()):
        web.page(f"letter{n % 4}", f"v-{slug}", fault, *words)
    for n in range(4):
        web.sound(f"letter{n}")
    for n, wait in enumerate(
        ("-5", "1e99", "9" * 400, "٣٦٠٠", "Mon, 32 Foo 2026 99:99:99 GMT", "Fri, 31 Dec 0001 00:00:00 GMT")
    ):
        web.page(f"busy{n}", f"v-busy-{n}", faults.status(503, retry_after=wait.encode().decode("latin-1")), "paused")


FAMILIES = (floods, letters)
