# SPDX-License-Identifier: Apache-2.0
"""nf-fetch reads what servers really send: charsets and packings."""

import gzip
import json
import zlib

import pytest

from rest import Reply, Rest

CITY = '[{"cidade":"São João €","v":9.00}]'
LATIN = CITY.replace("€", "x")
JSON = "application/json; charset="


def raw_deflate(data):
    c = zlib.compressobj(wbits=-15)
    return c.compress(data) + c.flush()


def coded(name, data):
    return {"Content-Encoding": name}, data


# Charset as told, body, options, what is to come; None: 65.
TEXTS = [
    ("ISO-8859-1", LATIN.encode("latin-1"), [], LATIN),
    ("iso8859_1", LATIN.encode("latin-1"), [], LATIN),
    ('"latin1"; x=y', LATIN.encode("latin-1"), [], LATIN),
    ("ISO-8859-1", CITY.encode("cp1252"), [], CITY),
    ("windows-1252", CITY.encode("cp1252"), [], CITY),
    ("CP1252", b'["\x81"]', [], None),
    ("ISO-8859-15", CITY.encode("iso8859-15"), [], CITY),
    ("UTF-16", CITY.encode("utf-16"), [], CITY),
    ("UTF-16LE", CITY.encode("utf-16-le"), [], CITY),
    ("utf-16be", CITY.encode("utf-16-be"), [], CITY),
    ("UTF-8", CITY.encode("utf-16"), [], CITY),
    ("UTF-8", CITY.encode("utf-16-be"), [], CITY),
    ("utf8", CITY.encode(), [], CITY),
    ("UTF-8", CITY.encode("utf-8-sig"), [], CITY),
    ("us-ascii", CITY.encode(), [], CITY),
    ("ISO-8859-1", b"[1.00]", [], "[1.00]"),
    ("UTF-16", b"[1.00]", [], "[1.00]"),
    ("Shift_JIS", b"[1.00]", [], "[1.00]"),
    ("Shift_JIS", b'["\x83\x65"]', [], None),
    ("UTF-8", LATIN.encode("latin-1"), [], None),
    ("UTF-8", LATIN.encode("latin-1"), ["--charset", "latin1"], LATIN),
    ("UTF-16", CITY.encode("cp1252"), ["--charset", "Windows-1252"], CITY),
    ("x", CITY.encode("utf-16-le"), ["--charset", "UTF-16LE"], CITY),
    ("ISO-8859-1", '["Ã£"]'.encode("latin-1"), ["--charset", "ISO-8859-1"],
     '["Ã£"]'),
    ("UTF-16BE", b"\x00[\xd8\x00\x00]", [], None),
]


def test_charsets(tools):
    for said, body, options, want in TEXTS:
        with Rest(lambda r, s=said, b=body: Reply(
                body=b, headers={"Content-Type": JSON + s})) as api:
            done = tools.run("nf-fetch", *options, api.base)
        if want is None:
            assert (done.returncode, done.stdout) == (65, ""), (said, body)
            continue
        assert done.returncode == 0, (said, body, done.stderr)
        assert done.stdout == want[1:-1] + "\n", (said, body)


def test_mislabelled(tools):
    """What says ISO-8859-1 and is UTF-8 is not made worse, and is reported."""
    with Rest(lambda r: Reply(body=CITY.encode(), headers={
            "Content-Type": JSON + "ISO-8859-1"})) as api:
        done = tools.run("nf-fetch", "-p", "page", "--max-pages", "3",
                         api.base)
        assert done.returncode == 65  # the same page again
        done = tools.run("nf-fetch", "--log-format", "json", api.base,
                         check=0)
    assert done.stdout == CITY[1:-1] + "\n"
    assert done.stderr.count('"event":"charset"') == 1


def test_charset_in_a_source(tools):
    source = {"charset": "ISO-8859-1", "records": "/d",
              "responses": [{"pointer": "/erro", "equals": "não",
                             "do": "empty"}]}
    with Rest(lambda r: Reply(body='{"erro":"não"}'.encode("latin-1"))) as a:
        (tools.folder / "s.json").write_text(
            json.dumps({**source, "url": a.base}))
        done = tools.run("nf-fetch", "-s", "s.json", check=0)
        assert done.stdout == ""
    (tools.folder / "s.json").write_text(
        json.dumps({"url": "http://x/", "charset": "EBCDIC"}))
    done = tools.run("nf-fetch", "--check", "-s", "s.json")
    assert done.returncode == 78 and "/charset: not a charset" in done.stderr
    done = tools.run("nf-fetch", "--check", "--charset", "x", "http://x/")
    assert done.returncode == 64


def test_error_in_latin_1(tools):
    """What the API says of its error is shown, too."""
    with Rest(lambda r: Reply(
            404, '{"mensagem":"não há"}'.encode("latin-1"),
            {"Content-Type": JSON + "ISO-8859-1"})) as api:
        done = tools.run("nf-fetch", api.base)
        assert done.returncode == 69 and "não há" in done.stderr
    with Rest(lambda r: Reply(
            404, b'{"mensagem":"n\xe3o"}',
            {"Content-Type": JSON + "EBCDIC"})) as api:
        done = tools.run("nf-fetch", api.base)
        assert done.returncode == 69 and "HTTP 404" in done.stderr


DATA = CITY.encode()
LINES = b'{"id":1}\n{"id":2}\n'
PACKED = [
    coded("identity", DATA), coded("none", DATA), coded("utf-8", DATA),
    coded("UTF8", DATA), coded("", DATA), coded("binary", DATA),
    coded("gzip", gzip.compress(DATA)), coded("X-GZIP", gzip.compress(DATA)),
    coded("deflate", zlib.compress(DATA)), coded("deflate", raw_deflate(DATA)),
    coded("Deflate", zlib.compress(DATA, 0)),
    coded("identity, gzip", gzip.compress(DATA)),
    coded("gzip, utf-8", gzip.compress(DATA)),
    coded("gzip", gzip.compress(gzip.compress(DATA))),
    ({}, gzip.compress(DATA)),
    ({"Content-Type": "application/gzip"}, gzip.compress(DATA)),
    ({"Content-Type": JSON + "latin1"}, gzip.compress(
        LATIN.encode("latin-1"))),
    coded("gzip", gzip.compress(CITY.encode("utf-16"))),
]
BROKEN = [
    (*coded("br", DATA), 65), (*coded("zstd", DATA), 65),
    (*coded("gzip, deflate", DATA), 65),
    (*coded("gzip", DATA), 75), (*coded("deflate", DATA), 75),
    (*coded("deflate", zlib.compress(DATA)[:-3]), 75),
    (*coded("deflate", zlib.compress(DATA)[:-1] + b"\0"), 75),
    (*coded("deflate", raw_deflate(DATA)[:-2]), 75),
    (*coded("deflate", zlib.compress(b" " * (40 << 20))), 65),
    ({}, gzip.compress(DATA)[:-3], 75), ({}, gzip.compress(DATA)[:12], 75),
    ({}, gzip.compress(b" " * (40 << 20)), 65),
]


def test_packed(tools):
    for headers, body in PACKED:
        for pieces in False, True:
            def answer(r, h=headers, b=body, p=pieces):
                return Reply(body=b, headers=h, fault="drip" if p and
                             len(b) < 12 else None)
            with Rest(answer) as api:
                done = tools.run("nf-fetch", api.base)
            assert done.returncode == 0, (headers, done.stderr)
            assert done.stdout in (CITY[1:-1] + "\n", LATIN[1:-1] + "\n")


def test_packed_lines(tools):
    """A file of lines, as it lies on a server."""
    with Rest(lambda r: Reply(body=gzip.compress(LINES), headers={
            "Content-Type": "application/gzip"})) as api:
        done = tools.run("nf-fetch", "-p", "none", "--set", "/format=ndjson",
                         api.base, check=0)
        assert done.stdout.encode() == LINES
        tools.run("nf-fetch", "--record", "tape", "-p", "none", "--set",
                  "/format=ndjson", api.base, check=0)
    done = tools.run("nf-fetch", "--replay", "tape", "-p", "none", "--set",
                     "/format=ndjson", api.base, check=0)
    assert done.stdout.encode() == LINES


def test_broken_packing(tools):
    for headers, body, code in BROKEN:
        with Rest(lambda r, h=headers, b=body: Reply(body=b,
                                                     headers=h)) as api:
            done = tools.run("nf-fetch", "--seal", "--tries", "2",
                             "--set", "/timeouts/retry_base=1ms", api.base)
        assert done.returncode == code, (headers, done.stderr)
        assert done.stdout == ""


@pytest.mark.parametrize("encoding", ["utf-16-le", "latin-1"])
def test_cut_anywhere(tools, encoding):
    """A body that breaks off is asked for again, wherever that is."""
    text = '[{"cidade":"São"}]'
    data = text.encode(encoding)
    for n in range(1, len(data)):
        def answer(r, m=n):
            return Reply(body=data[:m] if len(api.requests) == 1 else data,
                         headers={"Content-Type": JSON + encoding})
        with Rest(answer) as api:
            done = tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", api.base)
            asked = len(api.requests)
        assert (done.returncode, done.stdout) == (0, text[1:-1] + "\n"), \
            (n, done.stderr)
        assert asked == 2
