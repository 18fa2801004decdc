"""WARC files as other tools write them, byte for byte in their manner, and pages to put into them.

Each function gives the records of one tool; `packed` makes a file of them. No tool is run: their manners were read in their files.
"""

import base64
import gc
import gzip
import hashlib
import io
import sys
import warnings
from datetime import UTC, datetime
from typing import Any

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

AT = "2024-03-05T10:11:12Z"
CHECKED = {int(zstd.CompressionParameter.checksum_flag): 1}
SUBJECTS = ("harbour", "council", "railway", "library", "market", "museum", "bridge", "school", "hospital", "theatre")


def story(topic: str, *, edit: str = "", language: str = "en", n: int = 6) -> bytes:
    """A news page about a topic; other topics share hardly a phrase with it, `edit` adds a paragraph."""
    lines = {
        "en": "The {0} of the {1} was the matter of a long evening on day {2}, and number {3} of the members of {0} spoke for it.",
        "de": "Über {0} und {1} sprach der Rat am Tag {2} einen langen Abend lang, und {3} der Mitglieder waren für {0}.",
    }
    seed = int(hashlib.sha256(topic.encode()).hexdigest()[:8], 16)
    paragraphs = [
        lines[language].format(
            topic, SUBJECTS[(seed + at) % len(SUBJECTS)], (seed >> at) % 97, (seed >> (2 * at)) % 1013
        )
        for at in range(n)
    ] + ([edit] if edit else [])
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<!doctype html><html lang="{language}"><head><title>{topic} in the news</title>'
        f'<meta property="article:published_time" content="2024-03-05T08:00:00Z"></head>'
        f"<body><article><h1>{topic} in the news</h1>{body}</article></body></html>"
    ).encode()


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def record(kind: str, block: bytes, *, version: str = "1.0", **headers: str) -> bytes:
    """A record with these headers, in this order; underscores are hyphens."""
    lines = [
        f"WARC/{version}",
        f"WARC-Type: {kind}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    head = "\r\n".join([*lines, f"Content-Length: {len(block)}", "", ""])
    return head.encode() + block + b"\r\n\r\n"


def http(payload: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html; charset=UTF-8") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers, "", ""]).encode() + payload


def packed(records: list[bytes], form: str = "gzip") -> bytes:
    """A file of these records: plain, gzip or zstd a record, or `whole`: one gzip stream for all."""
    if form == "plain":
        return b"".join(records)
    if form == "whole":
        return gzip.compress(b"".join(records))
    if form == "zstd":
        return b"".join(zstd.compress(one, options=CHECKED) for one in records)
    if form == "zstd-dictionary":
        trained = zstd.train_dict([story(f"sample {at}") for at in range(60)], 8000)
        frame = b"\x5d\x2a\x4d\x18" + len(trained.dict_content).to_bytes(4, "little") + trained.dict_content
        return frame + b"".join(zstd.compress(one, zstd_dict=trained) for one in records)
    return b"".join(gzip.compress(one) for one in records)


def chunked(payload: bytes) -> bytes:
    pieces = [payload[at : at + 700] for at in range(0, len(payload), 700)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def wget(url: str, page: bytes) -> list[bytes]:
    """wget --warc-file: 1.0, URIs in angle brackets, the request first, bodies as sent (chunked), its log as resources."""
    at = "2010-06-01T01:02:03Z"
    info, asked, answered = (f"<urn:uuid:wget-{hash((url, n)) & 0xFFFF:04x}-{n}>" for n in range(3))
    block = http(chunked(page), "Transfer-Encoding: chunked", "Server: nginx")
    return [
        record("warcinfo", b"software: Wget/1.21 (linux-gnu)\r\nformat: WARC File Format 1.0\r\nrobots: classic\r\n",
               Content_Type="application/warc-fields", WARC_Date=at, WARC_Record_ID=info, WARC_Filename="site.warc.gz"),
        record("request", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", WARC_Target_URI=f"<{url}>",
               Content_Type="application/http;msgtype=request", WARC_Date=at, WARC_Record_ID=asked, WARC_Warcinfo_ID=info),
        record("response", block, WARC_Record_ID=answered, WARC_Warcinfo_ID=info, WARC_Concurrent_To=asked,
               WARC_Target_URI=f"<{url}>", WARC_Date=at, WARC_IP_Address="127.0.0.1", WARC_Block_Digest=sha1(block),
               WARC_Payload_Digest=sha1(chunked(page)), Content_Type="application/http;msgtype=response"),
        record("metadata", info.encode() + b"\n", WARC_Record_ID="<urn:uuid:wget-manifest>", WARC_Warcinfo_ID=info,
               WARC_Target_URI="<metadata://gnu.org/software/wget/warc/MANIFEST.txt>", WARC_Date=at, Content_Type="text/plain"),
        record("resource", b"wget -r http://a/\n", WARC_Record_ID="<urn:uuid:wget-log>", WARC_Warcinfo_ID=info,
               WARC_Target_URI="<metadata://gnu.org/software/wget/warc/wget.log>", WARC_Date=at, Content_Type="text/plain"),
    ]  # fmt: skip


def heritrix(url: str, page: bytes) -> list[bytes]:
    """Heritrix 3: dns answers as responses, HTTP/1.0 bodies, metadata behind each page, revisits with a profile of 1.0."""
    host = url.split("/")[2]
    own = f"<urn:uuid:heritrix-{host}>"
    return [
        record("warcinfo", b"software: Heritrix/3.4.0 http://crawler.archive.org\r\nip: 127.0.0.1\r\n", WARC_Date=AT,
               WARC_Filename="WEB-20240305.warc.gz", WARC_Record_ID="<urn:uuid:heritrix-info>",
               Content_Type="application/warc-fields"),
        record("response", b"20240305101112\na.\t3600\tIN\tA\t127.0.0.1\n", WARC_Target_URI=f"dns:{host}", WARC_Date=AT,
               WARC_Record_ID="<urn:uuid:heritrix-dns>", Content_Type="text/dns"),
        record("response", http(page), WARC_Target_URI=url, WARC_Date=AT, WARC_Payload_Digest=sha1(page),
               WARC_IP_Address="127.0.0.1", WARC_Record_ID=own, Content_Type="application/http; msgtype=response"),
        record("request", b"GET / HTTP/1.0\r\n\r\n", WARC_Target_URI=url, WARC_Date=AT, WARC_Concurrent_To=own,
               WARC_Record_ID="<urn:uuid:heritrix-ask>", Content_Type="application/http; msgtype=request"),
        record("metadata", b"fetchTimeMs: 120\r\noutlink: http://a/ L a/@href\r\n", WARC_Target_URI=url, WARC_Date=AT,
               WARC_Concurrent_To=own, WARC_Record_ID="<urn:uuid:heritrix-meta>", Content_Type="application/warc-fields"),
        record("revisit", http(b""), WARC_Target_URI=url, WARC_Date="2024-03-06T10:11:12Z", WARC_Payload_Digest=sha1(page),
               WARC_Profile="http://netpreserve.org/warc/1.0/revisit/identical-payload-digest", WARC_Truncated="length",
               WARC_Record_ID="<urn:uuid:heritrix-again>", Content_Type="application/http; msgtype=response"),
    ]  # fmt: skip


def browsertrix(url: str, page: bytes) -> list[bytes]:
    """Browsertrix: 1.1, sha256 digests, coded headers kept beside an open body, `urn:` resources for text and page info."""
    asset = url.rstrip("/") + "/style.css"

    def response(target: str, block: bytes, payload: bytes, n: int) -> bytes:
        return record("response", block, version="1.1", WARC_Target_URI=target, WARC_Date="2024-03-05T10:11:12.345Z",
                      WARC_Page_ID="p1", WARC_Resource_Type="document", Content_Type="application/http; msgtype=response",
                      WARC_Record_ID=f"<urn:uuid:browsertrix-{n}>",
                      WARC_Payload_Digest="sha256:" + hashlib.sha256(payload).hexdigest())  # fmt: skip

    return [
        record("warcinfo", b"software: Browsertrix-Crawler 1.6.0 (with warcio.js 2.4.4)\r\nformat: WARC File Format 1.1\r\n",
               version="1.1", WARC_Record_ID="<urn:uuid:browsertrix-info>", WARC_Date=AT, Content_Type="application/warc-fields"),
        response(url, http(page, "x-orig-content-encoding: br", "x-orig-transfer-encoding: chunked"), page, 1),
        response(asset, http(b"p { color: red }", kind="text/css"), b"p { color: red }", 2),
        record("resource", b'{"pageid":"p1","url":"x"}', version="1.1", WARC_Target_URI=f"urn:pageinfo:{url}", WARC_Date=AT,
               WARC_Record_ID="<urn:uuid:browsertrix-3>", Content_Type="application/json"),
        record("resource", b"the text of the page", version="1.1", WARC_Target_URI=f"urn:text:{url}", WARC_Date=AT,
               WARC_Record_ID="<urn:uuid:browsertrix-4>", Content_Type="text/plain"),
    ]  # fmt: skip


def stormcrawler(url: str, page: bytes) -> list[bytes]:
    """CC-NEWS: 1.0, bodies open though the head states a coding (older files), or the stated one renamed (newer ones)."""
    at = "2024-03-05T11:11:12Z"
    head = ("X-Crawl-Content-Encoding: gzip", "X-Crawl-Transfer-Encoding: chunked", f"Content-Length: {len(page)}")
    other = page.replace(b"matter", b"affair")
    old = ("Content-Encoding: gzip", "Transfer-Encoding: chunked")

    def both(target: str, block: bytes, payload: bytes, n: int) -> list[bytes]:
        asked, answered = f"<urn:uuid:storm-{n}-ask>", f"<urn:uuid:storm-{n}>"
        return [
            record("request", b"GET /a HTTP/1.1\r\nUser-Agent: CCBot/2.0\r\n\r\n", WARC_Record_ID=asked, WARC_Date=at,
                   WARC_Target_URI=target, Content_Type="application/http; msgtype=request"),
            record("response", block, WARC_Record_ID=answered, WARC_Date=at, WARC_Target_URI=target, WARC_Concurrent_To=asked,
                   WARC_IP_Address="127.0.0.1", WARC_Block_Digest=sha1(block), WARC_Payload_Digest=sha1(payload),
                   WARC_Truncated="length", Content_Type="application/http; msgtype=response"),
        ]  # fmt: skip

    return [
        record("warcinfo", b"software: StormCrawler 1.17\r\nformat: WARC File Format 1.0\r\n", WARC_Date=at,
               WARC_Filename="CC-NEWS-20240305.warc.gz", WARC_Record_ID="<urn:uuid:storm-info>",
               Content_Type="application/warc-fields"),
        *both(url, http(page, *head), page, 1),
        *both(url + "?page=old", http(other, *old), other, 2),
    ]  # fmt: skip


def by_warcio(url: str, page: bytes, **options: Any) -> bytes:
    """A file that warcio wrote."""
    out = io.BytesIO()
    head = StatusAndHeaders(
        "200 OK", [("Content-Type", "text/html"), ("Content-Encoding", "gzip")], protocol="HTTP/1.1"
    )
    asking = StatusAndHeaders("GET / HTTP/1.1", [("Host", "a")], is_http_request=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its temporary files to the collector
        writer = WARCWriter(out, **options)
        writer.write_record(writer.create_warcinfo_record("a.warc.gz", {"software": "warcio"}))
        answer = writer.create_warc_record(url, "response", payload=io.BytesIO(gzip.compress(page)), http_headers=head)
        answer.rec_headers.replace_header("WARC-Date", AT)
        asked = writer.create_warc_record(url, "request", payload=io.BytesIO(b""), http_headers=asking)
        writer.write_request_response_pair(asked, answer)
        del answer, asked, writer
        gc.collect()
    return out.getvalue()


def by_fastwarc(url: str, page: bytes) -> bytes:
    """A file that FastWARC wrote, each record finished as a member of its own."""
    out = io.BytesIO()
    stream = GzipWriter(out)
    made = WarcRecord()
    made.init_headers(WarcRecordType.response)
    made.record_date = datetime(2024, 3, 5, 10, 11, 12, tzinfo=UTC)
    made.headers["WARC-Target-URI"] = url
    made.headers["Content-Type"] = "application/http; msgtype=response"
    made.set_bytes_content(http(page))
    made.write(stream, checksum_data=True)
    stream.finish()
    stream.flush()
    return out.getvalue()
