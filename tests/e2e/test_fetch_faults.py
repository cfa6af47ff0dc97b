# SPDX-License-Identifier: Apache-2.0
"""nf-fetch against servers that misbehave: every fault has its exit code."""

import email.utils
import gzip
import json
import random
import re
import time
import zlib

import pytest

from rest import Reply, Rest, gzipped

KEY = '/auth={"type":"api_key","query":"key","key":"env:T"}'
QUICK = ["--set", "/timeouts/retry_base=2ms", "--tries", "3", "--set", "/timeouts/answer=400ms",
         "--set", "/timeouts/low_speed=1024", "--set", "/timeouts/low_speed_time=1s", "--set",
         "/timeouts/retry_after=50ms"]


def date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def after(value):
    return {"Retry-After": value}


@pytest.mark.parametrize("args", [
    ["--tries", "0"], ["--tries", "1"], ["--retry-time", "0"]])
def test_no_retry(tools, args):
    with Rest(lambda r: Reply(503)) as api:
        tools.run("nf-fetch", *args, api.base, check=75)
        assert len(api.requests) == 1


LINES = {"Content-Type": "application/x-ndjson"}


def flushed(data):
    """gzip that ends with whole lines, and without its end."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


# What the server always does -> the exit code.
ALWAYS = [
    (Reply(body=b"[1]"), 0),
    (Reply(204, b""), 0), (Reply(200, b""), 65),
    (Reply(301), 69), (Reply(304), 69), (Reply(300), 69),
    (Reply(400), 69), (Reply(401), 77), (Reply(402), 69), (Reply(403), 77),
    (Reply(404), 69), (Reply(405), 69), (Reply(406), 69), (Reply(408), 75),
    (Reply(409), 69), (Reply(410), 69), (Reply(412), 69), (Reply(413), 69),
    (Reply(414), 69), (Reply(415), 69), (Reply(422), 69), (Reply(425), 75),
    (Reply(429), 75), (Reply(451), 69), (Reply(500), 75), (Reply(501), 69),
    (Reply(502), 75), (Reply(503), 75), (Reply(504), 75), (Reply(505), 69),
    (Reply(520), 75), (Reply(599), 75),
    (Reply(429, headers=after("0")), 75),
    (Reply(429, headers=after("1")), 75),
    (Reply(429, headers=after("99999999999999999999")), 75),
    (Reply(429, headers=after("-1")), 75),
    (Reply(429, headers=after("soon")), 75),
    (Reply(429, headers=after("")), 75),
    (Reply(503, headers=after(date(1))), 75),
    (Reply(503, headers=after(date(-86400))), 75),
    (Reply(503, headers=after(date(10 ** 8))), 75),
    (Reply(body=b"[1,2,3]", fault="none"), 75),
    (Reply(body=b"[1,2,3]", fault="reset"), 75),
    (Reply(body=b"[1,2,3]", fault="reset-head"), 75),
    (Reply(body=b"[1,2,3]", fault="reset-body"), 75),
    (Reply(body=b"[1,2,3]", fault="cut"), 75),
    (Reply(body=b"[1,2,3]", fault="cut-chunk"), 75),
    (Reply(body=b"[1,2,3]", fault="cut-plain"), 65),
    (Reply(body=b"[1,2,3]", fault="stall"), 75),
    (Reply(body=b"[1,2,3]", fault="mute"), 75),
    (Reply(body=b"[1,2,3]", fault="drip"), 75),
    (Reply(body=b"[1,2,3]", fault="long"), 75),
    (Reply(fault="endless"), 65),
    (Reply(body=b"[1]", headers={"Content-Length": "-5"}), 75),
    (Reply(body=b"[1]", headers={"Content-Length": ["3", "4"]}), 75),
    (Reply(body=b"[1]", headers={"Content-Encoding": "gzip"}), 75),
    (Reply(body=b"[1]", headers={"Content-Encoding": "br"}), 65),
    (Reply(body=b"[1]", headers={"X": "y" * 90000}), 65),
    (Reply(body=b"[1]", headers={f"X{i}": "y" * 900 for i in range(99)}), 65),
    (Reply(body=b"[1]", headers={"Content-Length": "99999999"}), 65),
    (gzipped(b"[1]"), 0),
    (gzipped(b"[1,2," + b" " * (8 << 20) + b"3]"), 65),
    (Reply(body=gzip.compress(b"[1,2,3]" * 99)[:-30],
           headers={"Content-Encoding": "gzip"}), 75),
    (Reply(body=flushed(b"1\n2\n"), headers={
        **LINES, "Content-Encoding": "gzip"}), 75),
    (gzipped(b"1\n2\n", **LINES), 0),
    (Reply(body=b"1\n2\n", headers=LINES, fault="cut-plain"), 75),
    (Reply(body=b"1\n2\n", headers={"Content-Type": "application/jsonl",
                                    "Content-Range": "bytes 0-3/9"},
           status=206), 69),
    (Reply(body=b"[" + b" " * (2 << 20) + b"]"), 65),
    (Reply(body=b"[1,2"), 65), (Reply(body=b"[1,]"), 65),
    (Reply(body=b"[1]]"), 65), (Reply(body=b"[01]"), 65),
    (Reply(body=b"\xff"), 65), (Reply(body=b'["\xc0\x80"]'), 65),
    (Reply(body=b'["\\ud800"]'), 65), (Reply(body=b"[" * 3000), 65),
    (Reply(body=b'[{"a":1,"a":2}]'), 65), (Reply(body=b"[1]\x00"), 65),
    (Reply(body=b"<html>"), 65), (Reply(body=b"null"), 0),
    (Reply(body=b"3"), 65), (Reply(body=b'{"a":[]}'), 78),
    (Reply(body=b"\xef\xbb\xbf[1]"), 0),
    (Reply(body=b'[{"$nf":"end","records":0,"crc32c":"00000000"}]'), 65),
    (Reply(body=b'[{\n "\\u0024nf":1}]'), 65),
    (Reply(body=b'[{"a":"' + b"x" * 5000 + b'"}]'), 65),
    (Reply(body=b"1\n2\n", headers={"Content-Type": "application/jsonl"}), 0),
    (Reply(body=b"1\n{\n", headers={"Content-Type": "application/jsonl"}),
     65),
    (Reply(302, headers={"Location": "/"}), 69),
    (Reply(302, headers={"Location": "http://localhost:1/"}), 69),
    (Reply(302, headers={"Location": "file:///etc/passwd"}), 69),
    (Reply(302, headers={"Location": "//"}), 65),
    (Reply(body=b"[1]", headers={"Link": "</>; rel=next"}), 65),
    (Reply(body=b"[1]", headers={"Link": "<http://127.0.0.1:1/>; rel=next"}),
     69),
    (Reply(body=b"[1]", headers={"Link": "<file:///x>; rel=next"}), 65),
    (Reply(body=b"[1]", headers={"Link": "<a\tb>; rel=next"}), 65),
]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_the_status_is_the_code(tools, status):
    with Rest(lambda r: Reply(status)) as api:
        done = tools.run("nf-fetch", "--log-format", "json", "--tries", "1",
                         api.base)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert told[0]["code"] == told[-1]["summary"]["code"] == f"http_{status}"
    assert told[-1]["message"] == "failed: " + told[0]["message"]


def test_no_code_no_member(tools):
    done = tools.run("nf-fetch", "--log-format", "json")
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 64
    assert "code" not in told[0] and "code" not in told[-1]["summary"]


@pytest.mark.parametrize("i", range(len(ALWAYS)))
def test_always(tools, i):
    reply, code = ALWAYS[i]
    with Rest(lambda r: reply) as api:
        done = tools.run("nf-fetch", "--seal", "--max-body", "1M",
                         "--max-line", "4K", *QUICK, api.base)
    assert done.returncode == code, done.stderr
    assert ('"end"' in done.stdout) == (code == 0)
    if code == 0:
        return
    assert len(done.stderr.splitlines()) in (1, 2), done.stderr
    # Passing failures are tried again, final ones are not.
    if code == 75:
        assert len(api.requests) == 3


@pytest.mark.parametrize("i", [
    i for i, (reply, code) in enumerate(ALWAYS)
    if code == 75 or reply.fault == "cut-plain"])
def test_once(tools, i):
    """What passes is survived; nothing is lost and nothing comes twice."""
    reply, _ = ALWAYS[i]
    asked = []

    def answer(r):
        n = int(r.query["page"])
        asked.append(n)
        if asked.count(n) == 1 and n == 2:
            return reply
        return Reply(body=json.dumps([n * 2, n * 2 + 1] if n < 4
                                     else []).encode())
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "-p", "page", *QUICK, api.base, check=0)
    assert done.stdout.split() == [str(i) for i in range(2, 8)]
    # A kept connection that closes without a word is libcurl's to retry.
    if reply.fault not in ("none", "reset"):
        assert "1 retried" in done.stderr


@pytest.mark.parametrize("prefetch", [1, 8])
@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand(tools, seed, prefetch):
    """10,000 records in 100 pages, every fifth answer a fault."""
    chance = random.Random(seed)
    faults = [
        lambda b: Reply(429, b"{}", after("0")),
        lambda b: Reply(500, b"{}"),
        lambda b: Reply(body=b, fault="reset"),
        lambda b: Reply(body=b, fault="reset-body"),
        lambda b: Reply(body=b, fault="cut"),
        lambda b: Reply(body=b, fault="cut-chunk"),
        lambda b: Reply(body=b, fault="cut-plain"),
        lambda b: Reply(body=b, fault="stall"),
    ]
    broken = 0

    def answer(r):
        nonlocal broken
        n = int(r.query["page"])
        ids = range((n - 1) * 100, n * 100) if n <= 100 else []
        body = b"[%s]" % b",".join(b'{"id":%d,"v":9.00}' % i for i in ids)
        if chance.random() < 0.2:
            broken += 1
            # Stalls cost their time limit: not too many of them.
            return chance.choice(faults if chance.random() < 0.2
                                 else faults[:7])(body)
        return Reply(body=body)
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "-p", "page", "--seal", "--set",
                         "/timeouts/retry_base=2ms", "--tries", "20", "--set", "/timeouts/low_speed_time=1s",
                         "--prefetch", prefetch, api.base, check=0)
    lines = done.stdout.splitlines()
    assert lines[1:-1] == ['{"id":%d,"v":9.00}' % i for i in range(10000)]
    assert json.loads(lines[-1])["records"] == 10000
    assert broken >= 10, f"seed {seed}"


def test_post_is_not_repeated(tools):
    with Rest(lambda r: Reply(503)) as api:
        args = ["--data", '{"q":1}', *QUICK, api.base]
        assert tools.run("nf-fetch", *args).returncode == 75
        assert len(api.requests) == 1
        assert tools.run("nf-fetch", "--set", "/idempotent=true", *args).returncode == 75
        assert len(api.requests) == 4


def test_bounded_memory(tools):
    """An endless body and a bomb end at the cap, not in memory."""
    for reply in (Reply(fault="endless"),
                  gzipped(b"[" + b" " * (300 << 20) + b"]")):
        with Rest(lambda r: reply) as api:
            done = tools.sh(f"/usr/bin/env time -f %M nf-fetch --max-body 4M "
                            f"{api.base}")
        assert done.returncode == 65
        assert int(re.findall(r"^\d+$", done.stderr, re.M)[-1]) < 40000


def test_circle(tools):
    to = {"/a": "/b", "/b": "/c", "/c": "/b"}

    def answer(r):
        return Reply(body=b'["%s"]' % r.path.encode(), headers={
            "Link": f"<{to[r.path]}>; rel=next"})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", api.base + "/a")
    assert done.returncode == 65 and "pagination loop" in done.stderr


def test_redirects(tools):
    def answer(r):
        if r.path == "/old":
            return Reply(308, headers={"Location": "new?x=a b"})
        assert r.headers["authorization"] == "Bearer canary"
        return Reply(body=b"[1]")
    with Rest(answer) as api:
        tools.run("nf-fetch", "--bearer", "env:T", api.base + "/old",
                  env={"T": "canary"}, check=0)
        assert api.requests[1].target == "/new?x=a%20b"


@pytest.mark.parametrize("way", ["redirect", "link", "next"])
@pytest.mark.parametrize("auth", [
    ["--bearer", "env:T"], ["--basic", "env:T"],
    ["--api-key", "X-Api-Key=env:T"], ["--set", KEY],
    ["-H", "X-Tenant-Token: {env.T}"]])
def test_other_origin(tools, way, auth):
    """Led elsewhere: refused, or if allowed, no credential goes along."""
    with Rest(lambda r: Reply(body=b'{"data":[2]}' if way == "next" else
                              b"[2]")) as other:
        def answer(r):
            if way == "redirect":
                return Reply(302, headers={"Location": other.base + "/x"})
            if way == "link":
                return Reply(body=b"[1]", headers={
                    "Link": f'<{other.base}/x>; rel="next"'})
            return Reply(body=json.dumps(
                {"data": [1], "next": other.base + "/x"}).encode())
        with Rest(answer) as api:
            args = [*auth, api.base]
            if way == "next":
                args += ["--records", "/data", "-p", "next", "--next",
                         "/next"]
            env = {"T": "canary:secret"}
            done = tools.run("nf-fetch", *args, env=env)
            assert done.returncode == 69 and not other.requests
            assert "another origin" in done.stderr
            tools.run("nf-fetch", "--set", f'/allow_origins=["{other.base}"]', *args,
                      env=env, check=0)
            assert "canary" in str(api.requests[-1]) or "--basic" in auth
        assert other.requests
        for r in other.requests:
            assert "canary" not in str(r) and "authorization" not in r.headers


def test_signal(tools):
    import signal
    with Rest(lambda r: Reply(fault="mute")) as api:
        p = tools.start("nf-fetch", "--seal", api.base)
        while not api.requests:
            time.sleep(0.01)
        p.send_signal(signal.SIGTERM)
        out, _ = p.communicate(timeout=10)
    assert p.returncode == 143 and out == b""
