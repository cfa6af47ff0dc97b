# SPDX-License-Identifier: Apache-2.0
"""nf-fetch --each with a paginator or windows: companies, then their notas;
and URLs that stand in the records."""

import json
import signal
import subprocess
import threading
import time

import pytest

from rest import Reply, Rest

SIZES = {"a": 25, "b": 0, "c": 1, "d": 20}
LIST = "".join('{"cnpj":"%s","n":1.10}\n' % c for c in SIZES)
ALL = ["%s%d" % (c, i) for c, n in SIZES.items() for i in range(n)]


def body(value, status=200, **headers):
    return Reply(status, json.dumps(value).encode(), headers=headers)


def notas(company, start, size=10):
    return [{"id": "%s%d" % (company, i)}
            for i in range(start, min(start + size, SIZES[company]))]


def by_page(r, company):
    return body({"data": notas(company, 10 * int(r.query.get("page", 1)) - 10)})


def by_offset(r, company):
    return body({"data": notas(company, int(r.query.get("offset", 0))),
                 "total": SIZES[company]})


def by_cursor(r, company):
    at = int(r.query.get("c", "x0")[1:])
    more = "x%d" % (at + 10) if at + 10 < SIZES[company] else None
    return body({"data": notas(company, at), "next": more})


def by_next(r, company):
    at = int(r.query.get("o", 0))
    more = "?o=%d" % (at + 10) if at + 10 < SIZES[company] else None
    return body({"data": notas(company, at), "next": more})


def by_link(r, company):
    at = int(r.query.get("o", 0))
    return body({"data": notas(company, at)}, **(
        {"Link": "<?o=%d>; rel=next" % (at + 10)}
        if at + 10 < SIZES[company] else {}))


def by_key(r, company):
    return body({"data": notas(company, int(r.query.get("k", "_-1")[1:]) + 1)})


WAYS = {
    "page": (by_page, {"type": "page"}, {}),
    "offset": (by_offset, {"type": "offset"}, {"total": "/total"}),
    "cursor": (by_cursor, {"type": "cursor", "from": "/next", "param": "c"},
               {}),
    "next": (by_next, {"type": "next", "from": "/next"}, {}),
    "link": (by_link, {"type": "link"}, {}),
    "key": (by_key, {"type": "cursor", "param": "k", "from": {
        "record": "last", "pointer": "/id"}}, {}),
}


def answer(way):
    return lambda r: WAYS[way][0](r, r.path.split("/")[2])


def fetch(tools, base, source, *args, input=LIST, code=0):
    (tools.folder / "s.json").write_text(json.dumps(
        {"url": base + "/company/{/cnpj}/notas", "records": "/data",
         "each": True, **source}))
    return tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", "-s", "s.json", *args,
                     input=input, check=code)


def ids(done):
    lines = (json.loads(x) for x in done.stdout.splitlines())
    return [r["id"] for r in lines if "$nf" not in r]


def source(way):
    return {"paginate": WAYS[way][1], **WAYS[way][2]}


@pytest.mark.parametrize("prefetch", [1, 3, 64])
@pytest.mark.parametrize("way", WAYS)
def test_pages_of_each(tools, way, prefetch):
    """All pages of a company, then those of the next; each page fails once."""
    seen = set()

    def flaky(r):
        if r.target not in seen:
            seen.add(r.target)
            return Reply(503) if len(seen) % 2 else Reply(fault="reset")
        return answer(way)(r)
    with Rest(flaky) as api:
        done = fetch(tools, api.base, source(way), "--prefetch",
                     str(prefetch))
    assert ids(done) == ALL


@pytest.mark.parametrize("way", ["page", "cursor", "key"])
def test_sealed_and_resumed(tools, way):
    """The list's marks stand behind all pages of what came before them; the
    list is resumed."""
    def companies(r):
        at = "abcd".index(r.query.get("c", "a"))
        return body({"data": [{"cnpj": "abcd"[at]}],
                     "next": "abcd"[at + 1] if at < 3 else None})

    def both(r):
        return companies(r) if r.path == "/list" else answer(way)(r)
    with Rest(both) as api:
        def run(*args):
            done = tools.run(
                "nf-fetch", "--seal", "--run", "r", "--records", "/data",
                "-p", "cursor", "--next", "/next", "--cursor-param", "c",
                *args, api.base + "/list", check=0)
            return fetch(tools, api.base, source(way), "--seal",
                         input=done.stdout).stdout.splitlines()
        whole = run()
        assert [json.loads(x)["id"] for x in whole if "$nf" not in x] == ALL
        marks = [i for i, x in enumerate(whole) if '"mark"' in x]
        assert len(marks) == 3
        assert [len([x for x in whole[:i] if "$nf" not in x])
                for i in marks] == [25, 25, 26]
        for i in marks:
            rest = run("--resume", json.dumps(json.loads(whole[i])["cursor"]))
            assert rest[1:-1] == whole[i + 1:-1]
        end = json.loads(whole[-1])
        assert end["records"] == len(ALL)
        assert end["proof"]["by"] == ("end" if way == "cursor" else "empty")


def test_killed_within_a_company(tools):
    """Nothing of it looks whole."""
    gate = threading.Event()

    def slow(r):
        if r.path.startswith("/company/a") and r.query.get("page") == "3":
            gate.wait(20)
        return answer("page")(r)
    with Rest(slow) as api:
        (tools.folder / "s.json").write_text(json.dumps(
            {"url": api.base + "/company/{/cnpj}/notas", "each": True,
             "records": "/data", "paginate": {"type": "page"}}))
        p = tools.start("nf-fetch", "-s", "s.json", stdin=subprocess.PIPE,
                        encoding="utf-8")
        p.stdin.write(LIST)
        p.stdin.flush()
        until = time.monotonic() + 20
        while len(api.requests) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        p.send_signal(signal.SIGTERM)
        p.stdin.close()
        out = p.stdout.read()
        p.wait(20)
        gate.set()
    assert p.returncode != 0 and len(out.splitlines()) <= 20


@pytest.mark.parametrize("into", [False, True])
def test_windows_of_each(tools, into):
    """Each company has its windows, and each of those its pages."""
    def days(r):
        n = int(r.query.get("page", 1))
        return body({"data": [{"id": "%s %s %d" % (
            r.path.split("/")[2], r.query["d"], n)}] if n < 3 else []})
    with Rest(days) as api:
        done = fetch(tools, api.base, {
            "paginate": {"type": "page"}, "query": {"d": "{from}"},
            "window": {"from": "2026-01-31", "to": "2026-02-01"},
            **({"into": "notas"} if into else {})}, input="".join(
                LIST.splitlines(True)[:2]))
        got = ids(done) if not into else [
            x["id"] for line in done.stdout.splitlines()
            for x in json.loads(line)["notas"]]
        assert got == ["%s 2026-%s %d" % (c, d, n) for c in "ab"
                       for d in ("01-31", "02-01") for n in (1, 2)]


def test_pages_into_a_member(tools):
    """All records of all pages, as one array; what is there stays as it is."""
    with Rest(answer("page")) as api:
        done = fetch(tools, api.base, {**source("page"), "into": "notas"},
                     input=' {"cnpj":"a","n":1.10 }\t\n{"cnpj":"b"}\n')
        a, b = done.stdout.splitlines()
        assert a.startswith('{"cnpj":"a","n":1.10,"notas":[{"id": "a0"},')
        assert len(json.loads(a)["notas"]) == 25
        assert b == '{"cnpj":"b","notas":[]}'
        for line in "[1]", '{"cnpj":"a","notas":1}':
            fetch(tools, api.base, {**source("page"), "into": "notas"},
                  input=line + "\n", code=65)
        done = fetch(tools, api.base, {**source("page"), "into": "notas"},
                     "--max-line", "200", code=65)
        assert "--max-line" in done.stderr and "line 1" in done.stderr


@pytest.mark.parametrize("company,code", [("a", 78), ("d", 75)])
def test_more_pages_of_one(tools, company, code):
    """78 on the first page of all, 75 later; the line is named."""
    def says(r):
        who = r.path.split("/")[2]
        found = notas(who, 0) if r.query.get("page", "1") == "1" and \
            who != company else []
        return body({"data": found, "has_more": who == company})
    with Rest(says) as api:
        done = fetch(tools, api.base, source("page"), code=code)
        line = list(SIZES).index(company) + 1
        assert f"line {line}:" in done.stderr and "has_more" in done.stderr


@pytest.mark.parametrize("members,code", [
    ({"total": "/total"}, 75), ({"require_proof": "total"}, 75),
    ({"require_proof": "end"}, 75), ({"max_pages": 1}, 0),
    ({"max_records": 3}, 0), ({"unique": "/id"}, 75),
    ({"stable": True}, 78)])
def test_what_is_checked_of_each(tools, members, code):
    """Totals, ids and limits are of one company; proofs of all."""
    def page(r):
        who = r.path.split("/")[2]
        n = int(r.query.get("page", 1))
        found = notas(who, 10 * n - 10)
        if who == "d" and n == 2 and "unique" in members:
            found = found[1:] + notas(who, 0, 1)
        return body({"data": found, **(
            {"total": SIZES[who] + (who == "d")} if "total" in members
            else {})})
    with Rest(page) as api:
        done = fetch(tools, api.base, {**source("page"), **members},
                     code=code)
        if "max_pages" in members:
            assert len(ids(done)) == 21
        if "max_records" in members:
            assert ids(done) == ["a0", "a1", "a2", "c0", "d0", "d1", "d2"]


def test_what_no_company_has(tools):
    """A warning once, and only if none has it."""
    with Rest(lambda r: body({"data": [{"id": 1}]})) as api:
        done = fetch(tools, api.base, {"paginate": {
            "type": "next", "from": "/nope"}}, "-v")
        assert done.stderr.count('nothing at "/nope"') == 1
    with Rest(answer("cursor")) as api:
        done = fetch(tools, api.base, source("cursor"), "-v")
        assert "nothing at" not in done.stderr


def test_how_many_are_under_way(tools):
    """Never more than --prefetch, and as many at the beginning."""
    now, most, lock = [0], [0], threading.Lock()

    class Count(Rest):
        def _say(self, conn, reply):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.02)
            with lock:
                now[0] -= 1
            return super()._say(conn, reply)
    with Count(answer("page")) as api:
        done = fetch(tools, api.base, source("page"), "--prefetch", "3",
                     input=LIST * 3)
        assert ids(done) == ALL * 3
    assert most[0] == 3


URLS = [
    ("{base}/notas/1", 0, "/notas/1"), ("/notas/1?x=%C3%A1", 0,
                                        "/notas/1?x=%C3%A1"),
    ("notas/1", 0, "/notas/1"), ("?a=b", 0, "/?a=b"),
    ("/a b/\u00e1", 0, "/a%20b/%C3%A1"), ("/a/../b#c", 0, "/b"),
    ("http://elsewhere.example/1", 69, None),
    ("//elsewhere.example/1", 69, None),
    ("http://127.0.0.1:1/x", 69, None), ("ftp://elsewhere.example/1", 65, None),
    ("http://user:canary@127.0.0.1/", 65, None), ("http://", 65, None),
    ("", 65, None), (None, 65, None), ({"href": "/x"}, 65, None),
    ("/a\u0001b", 65, None), ("..", 65, None),
]


@pytest.mark.parametrize("value,code,target", URLS)
def test_a_url_in_the_record(tools, value, code, target):
    """It is followed within the origin that the source names, and with the
    credentials; elsewhere not at all."""
    with Rest(lambda r: body({"id": 1})) as api:
        if isinstance(value, str):
            value = value.replace("{base}", api.base)
        (tools.folder / "t").write_text("tok")
        done = tools.run("nf-fetch", "--each", "--bearer", "file:t",
                         api.base + "{/_links/self/href}", input=json.dumps(
                             {"_links": {"self": {"href": value}}}) + "\n",
                         check=code)
        assert "canary" not in done.stderr
        if code == 0:
            r, = api.requests
            assert r.target == target
            assert r.headers["authorization"] == "Bearer tok"
        else:
            assert not api.requests and "line 1" in done.stderr


def test_urls_of_an_inner_host(tools):
    """Path and query of them count; and the notas may have pages."""
    with Rest(answer("next")) as api:
        lines = "".join(json.dumps({"url": f"http://inner:81/company/{c}/n"})
                        + "\n" for c in SIZES)
        done = fetch(tools, api.base, {
            **source("next"), "url": api.base + "{/url}",
            "next_origin": "own", "query": {"q": "1"}}, input=lines)
        assert ids(done) == ALL
        # Two walks are under way: either may ask first.
        assert "/company/a/n?q=1" in [r.target for r in api.requests[:2]]
        done = fetch(tools, api.base, {**source("next"), "url": api.base +
                                       "{/url}"}, input=lines, code=69)
        assert "inner" in done.stderr


@pytest.mark.parametrize("url", ["http://h{/a}/x", "http://h{/a}{/b}",
                                 "http://{/a}", "http://h{a}", "{/a}"])
def test_urls_that_are_no_templates(tools, url):
    done = tools.run("nf-fetch", "--each", "--check", url)
    assert done.returncode == 64


def test_a_url_needs_a_record(tools):
    done = tools.run("nf-fetch", "--check", "http://h.example{/a}")
    assert done.returncode == 64 and "{/a}" in done.stderr
