# SPDX-License-Identifier: Apache-2.0
"""nf-fetch of a file, or of stdin, in the place of an API."""

import gzip
import json
import os

import pytest

from rest import Reply, Rest

DIGITS = '{"v":9.00,"n":123456789012345678901.10}'
TWO = [DIGITS, '{"v":1e400}']
PAGE = '{"data": [%s,\n %s],\n "total": 2}' % tuple(TWO)
RECORDS = ["--records", "/data"]

# What is in the file, its name, options, what is cut out of it.
CUTS = [
    ("[%s,%s]" % tuple(TWO), "a.json", [], TWO),
    ("\ufeff[%s,%s]" % tuple(TWO), "a.json", [], TWO),
    (PAGE, "a.json", RECORDS, TWO),
    (PAGE, "a.json", [*RECORDS, "--total", "/total"], TWO),
    (PAGE, "a.json", [*RECORDS, "--max-records", "1"], TWO[:1]),
    (DIGITS, "a.json", ["--records", ""], TWO[:1]),
    ("[]", "a.json", [], []),
    ("[ ]\n", "a.json", ["-p", "none"], []),
    ("\n".join(TWO), "a.json", [], TWO),
    ("\r\n".join(TWO) + "\r\n", "a.txt", [], TWO),
    (DIGITS, "a.ndjson", [], TWO[:1]),
    ("", "a.jsonl", [], []),
    (DIGITS, "a.json", ["--set", "/format=ndjson"], TWO[:1]),
    ("[1]\n[2]", "a.json", [], ["[1]", "[2]"]),
    ("[\n[1],\n[2]\n]", "a.json", [], ["[1]", "[2]"]),
    ("[1.0,\n-0,\n0E-10]", "a", [], ["1.0", "-0", "0E-10"]),
    ("[1]", "a name.json", [], ["1"]),
    ("[1]", "{a}%20b.json", [], ["1"]),
]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_cut(tools, packed):
    for text, name, options, want in CUTS:
        data = text.encode()
        if packed:  # in two members
            data = gzip.compress(data[:5]) + gzip.compress(data[5:])
            name += ".gz"
        (tools.folder / name).write_bytes(data)
        done = tools.run("nf-fetch", *options, name)
        assert (done.returncode, done.stdout.splitlines()) == (0, want), \
            (text, name, done.stderr)


def test_ways_to_name_it(tools):
    """A path, file://, stdin and a source are one thing."""
    path = tools.folder / "a b.json"
    path.write_text(PAGE)
    url = path.resolve().as_uri()
    assert "%20" in url
    host = url.replace("file://", "FILE://localhost")
    (tools.folder / "s.json").write_text(
        json.dumps({"url": url, "records": "/data"}))
    for args in ([*RECORDS, path.name], [*RECORDS, "./" + path.name],
                 [*RECORDS, path], [*RECORDS, url], [*RECORDS, host],
                 ["-s", "s.json"], ["-s", "s.json", path.name]):
        done = tools.run("nf-fetch", "--seal", *args, check=0)
        lines = done.stdout.splitlines()
        assert lines[1:-1] == TWO, args
        assert json.loads(lines[-1])["proof"] == \
            {"by": "total", "claimed": 2, "walked": 2}
    done = tools.run("nf-fetch", *RECORDS, "-", input=PAGE, check=0)
    assert done.stdout.splitlines() == TWO
    packed = gzip.compress(PAGE.encode())
    done = tools.run("nf-fetch", *RECORDS, "-",
                     input=packed.decode(errors="surrogateescape"), check=0)
    assert done.stdout.splitlines() == TWO
    assert tools.run("nf-fetch", "--dry-run", path.name,
                     check=0).stdout == "READ a b.json\n"


WRONG = [
    # What is in it, options, exit, in the message.
    ("[1,2", [], 65, "unexpected end"),
    ('[{"a":"\\u12', [], 65, "escape"),
    ("[1] [2]", [], 65, "text after the value"),
    ("[1,2,]", [], 65, "at byte 6"), ("[01]", [], 65, "number"),
    ('{"a":1}\n{"a":', [], 65, "record 2: unexpected end"),
    ("", [], 65, "unexpected end"),
    ("<html>", [], 65, "received HTML"),
    ('{"data":[1]}', [], 78, "try --records /data"),
    ('{"data":[1]}', ["--records", "/dados"], 65, 'nothing at "/dados"'),
    ('{"data":[1],"total":2}', RECORDS, 78, "--set /not_more/-=/total"),
    ('{"data":[1],"hasMore":true}', RECORDS, 78, "--set /not_more/-=/hasMore"),
    ('{"data":[1],"total":2}', [*RECORDS, "--total", "/total"], 78, "2"),
    ('[{"$nf":"end"}]', [], 65, "control line"),
    ("[1,1]", ["--max-body", "1024", "--max-line", "64"], 0, ""),
    ('["%s"]' % ("x" * 80), ["--max-line", "64"], 65, "--max-line"),
    ('["%s"]' % ("x" * 2000), ["--max-body", "1024"], 65, "--max-body"),
    ("[1]", ["-p", "page"], 64, "--paginate: a file is one page"),
    ("[1]", ["-H", "A: b"], 64, "--header: has no place"),
    ("[1]", ["--bearer", "env:T"], 64, "--bearer: has no place"),
    ("[1]", ["--from", "2026-01-01", "--to", "2026-01-02"], 64, "--from: "),
    ("[1]", ["--each"], 64, "--each: has no place"),
]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_wrong(tools, packed):
    for text, options, code, message in WRONG:
        data = text.encode()
        (tools.folder / "a.json").write_bytes(
            gzip.compress(data) if packed else data)
        done = tools.run("nf-fetch", "--seal", *options, "a.json")
        assert done.returncode == code, (text, options, done.stderr)
        assert message in done.stderr, (text, options, done.stderr)
        assert "/format=" not in done.stderr  # it is read as what it is
        assert ('"$nf":"end"' in done.stdout) == (code == 0)


def test_no_file(tools):
    (tools.folder / "dir").mkdir()
    for name, code in ("none.json", 64), ("api.example/v1", 64), \
            ("file://other/a.json", 64), ("file:///none", 64), \
            ("file:///a%00b", 64), ("dir", 78):
        done = tools.run("nf-fetch", name)
        assert done.returncode == code, (name, done.stderr)
    assert "such as https://" in tools.run("nf-fetch", "none").stderr
    if os.geteuid() != 0:
        (tools.folder / "shut.json").write_text("[]")
        (tools.folder / "shut.json").chmod(0)
        assert tools.run("nf-fetch", "shut.json").returncode == 77
    done = tools.run("nf-fetch", "-s", "-", "-", input="{}")
    assert done.returncode == 64


def test_packed_damage(tools):
    """A packed file that is cut off or damaged anywhere is never whole."""
    data = gzip.compress(PAGE.encode())
    for n in range(3, len(data), 7):
        (tools.folder / "a.gz").write_bytes(data[:n])
        done = tools.run("nf-fetch", "--seal", *RECORDS, "a.gz")
        assert (done.returncode, done.stdout) == (65, ""), n
    bomb = gzip.compress(b" " * (40 << 20))
    (tools.folder / "a.gz").write_bytes(bomb)
    done = tools.run("nf-fetch", "a.gz")
    assert done.returncode == 65 and "--max-body" in done.stderr


def test_lines_from_a_pipe(tools):
    """Nobody could know whether they are all; JSON has an end of its own."""
    lines = "\n".join(TWO) + "\n"
    done = tools.run("nf-fetch", "--seal", "-", input=lines)
    assert done.returncode == 64 and "lines from a pipe" in done.stderr
    done = tools.run("nf-fetch", "--seal", "--set", "/format=ndjson", "-", input="")
    assert done.returncode == 64
    (tools.folder / "lines").write_text(lines)
    with open(tools.folder / "lines", "rb") as f:
        done = tools.run("nf-fetch", "-", stdin=f, check=0)
    assert done.stdout == lines


def test_an_api_leads_to_no_file(tools):
    """Neither a next URL nor a redirect reads what lies on this machine."""
    secret = tools.folder / "secret.json"
    secret.write_text('["canary"]')
    url = secret.resolve().as_uri()
    for answer in (lambda r: Reply(302, headers={"Location": url}),
                   lambda r: Reply(headers={"Link": f'<{url}>; rel="next"'}),
                   lambda r: Reply(body=json.dumps(
                       {"d": [1], "next": url}).encode())):
        with Rest(answer) as api:
            done = tools.run("nf-fetch", "--records", "/d", "-p", "next",
                             "--next", "/next", api.base)
            assert done.returncode != 0 and "canary" not in done.stdout
            done = tools.run("nf-fetch", api.base)
            assert done.returncode != 0 and "canary" not in done.stdout
