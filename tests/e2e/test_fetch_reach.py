# SPDX-License-Identifier: Apache-2.0
"""nf-fetch: keysets, cursors that are JSON, scrolls, other first requests,
next URLs of inner hosts, ranges, PUT and braces."""

import json
import urllib.parse

import pytest

from rest import Reply, Rest

N = 25
RECORDS = [{"id": 3 * i, "valor": f"{i}.90"} for i in range(1, N + 1)]


def body(value, status=200, **headers):
    return Reply(status, json.dumps(value).encode(), headers={
        k.replace("_", "-"): v for k, v in headers.items()})


def after(key, size=10):
    """The records behind a key; a page in the middle is a short one."""
    found = [r for r in RECORDS if r["id"] > int(key)]
    return found[:5 if int(key) == 30 else size]


def fetch(tools, source, *args, code=0, url=None):
    (tools.folder / "s.json").write_text(json.dumps(source))
    return tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", "-s", "s.json",
                     *args, check=code)


def ids(done):
    lines = (json.loads(x) for x in done.stdout.splitlines())
    return [r["id"] for r in lines if "$nf" not in r]


ALL = [r["id"] for r in RECORDS]
LAST = {"record": "last", "pointer": "/id"}
PLACES = {
    "query": ({"paginate": {"param": "k"}}, lambda r: r.query.get("k", 0)),
    "text": ({"query": {"q": "id>{cursor}"}, "paginate": {"first": "0"}},
             lambda r: r.query["q"][3:]),
    "header": ({"headers": {"X-After": "{cursor}"}},
               lambda r: r.headers.get("x-after", 0)),
    "path": ({"url": "/DFe/{cursor}", "paginate": {"first": "0"}},
             lambda r: r.path[5:]),
    "body": ({"body": {"json": {"search_after": "{cursor}"}},
              "idempotent": True},
             lambda r: json.loads(r.body).get("search_after", 0)),
    "form": ({"body": {"form": {"after": "{cursor}"}}, "idempotent": True},
             lambda r: dict(urllib.parse.parse_qsl(r.body.decode())).get(
                 "after", 0)),
}
ENDS = {
    "empty": lambda r: body({"data": []}), "204": lambda r: Reply(204, b""),
    "404": lambda r: body({"erro": "nada"}, 404), "null":
        lambda r: body({"data": None}),
}


def keyset(base, where, **paginate):
    members, key = PLACES[where]
    members = {"url": "/", **members}
    members["url"] = base + members["url"]
    members["paginate"] = {"type": "cursor", "from": LAST, **paginate,
                           **members.get("paginate", {})}
    return {"records": "/data", **members}, key


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("where", PLACES)
def test_keyset(tools, where, end):
    """Wherever the key goes and however the end looks; one fault a page."""
    broken = set()

    def answer(r):
        k = key(r)
        if k not in broken:
            broken.add(k)
            return Reply(fault="reset") if len(broken) % 2 else Reply(503)
        found = after(k)
        return body({"data": found}) if found else ENDS[end](r)
    with Rest(answer) as api:
        source, key = keyset(api.base, where)
        done = fetch(tools, source, "--seal")
    assert ids(done) == ALL
    assert json.loads(done.stdout.splitlines()[-1])["proof"]["by"] == "empty"


@pytest.mark.parametrize("where", PLACES)
def test_keyset_resumes(tools, where):
    """From each mark the rest, though records before it are gone."""
    gone = []
    with Rest(lambda r: body({"data": [x for x in after(key(r))
                                       if x["id"] not in gone]})) as api:
        source, key = keyset(api.base, where)
        whole = fetch(tools, source, "--seal").stdout.splitlines()
        marks = [i for i, x in enumerate(whole) if '"mark"' in x]
        assert len(marks) == 3
        gone = [3, 6, 9]
        for i in marks:
            cursor = json.dumps(json.loads(whole[i])["cursor"])
            again = fetch(tools, source, "--seal", "--resume", cursor)
            assert again.stdout.splitlines()[1:-1] == whole[i + 1:-1]


def test_keyset_in_a_line(tools):
    """The national NFS-e environment: numbers with holes in the path."""
    def answer(r):
        found = [{"NSU": x["id"]} for x in after(r.path.rsplit("/")[-1])]
        return body({"LoteDFe": found}, 200 if found else 404)
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "-p", "cursor", "--next-record", "/NSU",
                         "--set", "/paginate/first=0", "--records", "/LoteDFe",
                         api.base + "/DFe/{cursor}", check=0)
        assert done.stdout.count("\n") == N
        asked = [r.path for r in api.requests]
        assert asked == ["/DFe/%d" % i for i in (0, 30, 45, 75)]


@pytest.mark.parametrize("members,how,proof,requests", [
    ({"total": N}, {"total": "/total"}, "total", 4),
    ({}, {"paginate": {"stop": "short", "size": 10, "size_param": "n"}},
     "short", 2),
    ({"more": 1}, {"paginate": {"more": "/more"}}, "end", 3),
    ({"fim": 75}, {"paginate": {"end": {"pointer": "/fim",
                                        "same_as": "/last"}}}, "end", 3)])
def test_keyset_ends(tools, members, how, proof, requests):
    """A total, a short page, what is true while there is more."""
    def answer(r):
        found = after(r.query.get("k", 0))
        reply = {"data": found, "last": found[-1]["id"] if found else 0,
                 **members}
        if "more" in reply:
            reply["more"] = bool(found) and found[-1]["id"] < 75
        return body(reply)
    with Rest(answer) as api:
        source, _ = keyset(api.base, "query", **how.pop("paginate", {}))
        if proof == "short":
            source["url"] += "?x=1"
        done = fetch(tools, {**source, **how}, "--seal")
        end = json.loads(done.stdout.splitlines()[-1])
        if proof == "short":  # the short page in the middle is the last
            assert end["records"] == 15
        else:
            assert ids(done) == ALL
        assert end["proof"]["by"] == proof
        assert len(api.requests) <= requests + 1


@pytest.mark.parametrize("answer,code,says", [
    (lambda k: [{"no": 1}], 78, '"/id"'),
    (lambda k: after(k) if k == "0" else [{"no": 1}], 65, '"/id"'),
    (lambda k: [{"id": None}], 78, '"/id"'),
    (lambda k: [x for x in RECORDS if x["id"] >= int(k)][:10], 65,
     "begins with it"),
    (lambda k: RECORDS[:10], 65, "records of the page before"),
    (lambda k: [{"id": 5 if k == "6" else 6, "k": k}], 65, "loop"),
])
def test_keyset_that_leads_nowhere(tools, answer, code, says):
    with Rest(lambda r: body({"data": answer(r.query.get("k", "0"))})) as api:
        source, _ = keyset(api.base, "query")
        done = fetch(tools, source, "--seal", code=code)
    assert says in done.stderr and '"end"' not in done.stdout


def test_keyset_against_the_answer(tools):
    """It ends, and the answer says that there is more."""
    with Rest(lambda r: body({"has_more": True, "data":
                              [] if "k" in r.query else RECORDS[:5]})) as api:
        source, _ = keyset(api.base, "query")
        done = fetch(tools, source, "--seal", code=75)
        assert "/has_more" in done.stderr


def test_keyset_of_lines(tools):
    """NDJSON: the last line's."""
    def answer(r):
        text = "".join(json.dumps(x) + "\n" for x in after(
            r.query.get("k", 0)))
        return Reply(200, text.encode(),
                     {"Content-Type": "application/x-ndjson"})
    with Rest(answer) as api:
        source, _ = keyset(api.base, "query")
        del source["records"]
        assert ids(fetch(tools, source)) == ALL


@pytest.mark.parametrize("source,says", [
    ({"url": "/DFe/{cursor}"}, '"first" missing'),
    ({"paginate": {"from": {"record": "first", "pointer": "/id"}}}, "record"),
    ({"paginate": {"from": {"record": "last"}}}, "pointer"),
    ({"paginate": {"from": {"pointer": "/id"}}}, "record"),
    ({"paginate": {"type": "next", "param": None}}, "cursor"),
    ({"paginate": {"cursor": "scroll"}}, "scroll"),
    ({"paginate": {"from": "/next", "stop": "short", "size": 3,
                   "size_param": "n"}}, "short"),
    ({"paginate": {"type": "page", "first": "3"}}, "type"),
    ({"first_request": {"headers": {}}}, "headers"),
    ({"first_request": {"url": "http://elsewhere.example/"}}, "origin"),
    ({"first_request": {"body": {"json": 1, "form": {}}}}, "form"),
    ({"first_request": {"query": {"a": "{nope}"}}}, "nope"),
    ({"next_origin": "mine"}, "next_origin"),
    ({"method": "DELETE"}, "method"),
    ({"query": {"a": "{offset_end}"}}, "offset_end"),
])
def test_what_no_source_may_say(tools, source, says):
    paginate = {"type": "cursor", "from": LAST, "param": "k",
                **source.pop("paginate", {})}
    url = "http://127.0.0.1:9" + source.pop("url", "/")
    paginate = {k: v for k, v in paginate.items() if v is not None}
    done = fetch(tools, {"url": url, "paginate": paginate, **source},
                 "--check", code=78)
    assert says in done.stderr


# Cursors of any kind, and how they come back in a body.
CURSORS = ['{"id":{"N":"10"},"s":[7.50,null]}', '[1700000000000,"a\\u2233"]',
           "12345678901234567890123", "7.50", "true", '"10"', '"{x}"']


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize("place", ["body", "query", "path", "header"])
def test_cursors_are_json(tools, cursor, place):
    """They go back as they came: as JSON in a body, as its text elsewhere."""
    plain = json.loads(cursor) if cursor[0] == '"' else cursor

    def answer(r):
        got = {"body": r.body.decode(), "query": r.query.get("c"),
               "path": urllib.parse.unquote(r.path[1:]),
               "header": r.headers.get("x-c")}[place]
        if len(api.requests) == 1:
            pretty = cursor.replace(",", ",\n ").encode()
            return Reply(200, b'{"data":[{"id":1}],"c":%s}' % pretty)
        assert got == ('{"after":%s,"in":"<%s>"}' % (
            cursor, json.dumps(plain)[1:-1]) if place == "body" else
            plain if place != "header" else plain)
        return Reply(200, b'{"data":[{"id":2}],"c":null}')
    if place == "header" and "\\u" in cursor:
        pytest.skip("a header holds other bytes")
    with Rest(answer) as api:
        source = {"url": api.base + "/" + ("{cursor}" if place == "path"
                                           else ""),
                  "records": "/data",
                  "paginate": {"type": "cursor", "from": "/c"}}
        if place == "body":
            source["body"] = {"json": {"after": "{cursor}",
                                       "in": "<{cursor}>"}}
        elif place == "header":
            source["headers"] = {"X-C": "{cursor}"}
        elif place == "query":
            source["paginate"]["param"] = "c"
        else:
            source["paginate"]["first"] = "start"
        whole = fetch(tools, source, "--seal")
        assert ids(whole) == [1, 2]
        mark = [json.loads(x) for x in whole.stdout.splitlines()
                if '"mark"' in x]
        again = fetch(tools, source, "--seal", "--resume",
                      json.dumps(mark[0]["cursor"]))
        assert ids(again) == [2]


@pytest.mark.parametrize("none", ["null", "false", "{}", "[]", '""', "0",
                                  '"0"', "-1"])
def test_cursors_that_are_none(tools, none):
    with Rest(lambda r: Reply(200, b'{"data":[{"id":1}],"c":%s}'
                              % none.encode())) as api:
        done = tools.run("nf-fetch", "-p", "cursor", "--next", "/c",
                         "--cursor-param", "c", "--records", "/data", api.base,
                         check=0)
        assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("first", ["0", 0, [0, "x"], {"a": 0.5}])
def test_a_first_cursor(tools, first):
    with Rest(lambda r: body([])) as api:
        fetch(tools, {"url": api.base, "body": {"json": {"c": "{cursor}"}},
                      "paginate": {"type": "cursor", "from": LAST,
                                   "first": first}})
        assert json.loads(api.requests[0].body) == {"c": first}


def scroll(state, always=True):
    """A list that goes on by itself: asked again, it gives the next page."""
    def answer(r):
        if r.method == "POST" and b"query" in r.body:
            state["at"] = 0
        at = state["at"]
        state["at"] += 10
        reply = {"data": RECORDS[at:at + 10]}
        if always or at + 10 < N:
            reply["_scroll_id"] = "same"
        return body(reply)
    return answer


SCROLL = {"records": "/data", "body": {"json": {"scroll_id": "{cursor}"}},
          "first_request": {"url": "/notas/_search", "query": {"scroll": "1m"},
                            "body": {"json": {"query": {"match_all": {}}}}},
          "paginate": {"type": "cursor", "from": "/_scroll_id",
                       "cursor": "scroll"}}


def scroll_source(base):
    first = {**SCROLL["first_request"], "url": base + "/notas/_search"}
    return {**SCROLL, "url": base + "/_search/scroll", "first_request": first}


@pytest.mark.parametrize("always", [True, False])
def test_scroll(tools, always):
    """The cursor stays while records come; the first request is another."""
    with Rest(scroll({}, always)) as api:
        done = fetch(tools, scroll_source(api.base), "--seal")
        assert ids(done) == ALL
        assert '"mark"' not in done.stdout  # what was lost would stay lost
        first, *others = api.requests
        assert (first.target, first.body) == (
            "/notas/_search?scroll=1m", b'{"query":{"match_all":{}}}')
        assert {(r.target, r.body) for r in others} == {
            ("/_search/scroll", b'{"scroll_id":"same"}')}


@pytest.mark.parametrize("fault", ["none", "reset", "cut", 503])
def test_scroll_is_not_asked_twice(tools, fault):
    """An answer that was lost would be skipped."""
    state = {}
    whole = scroll(state)

    def answer(r):
        reply = whole(r)
        if state["at"] == 20:
            return Reply(503) if fault == 503 else Reply(
                reply.status, reply.body, reply.headers, fault)
        return reply
    with Rest(answer) as api:
        source = scroll_source(api.base)
        fetch(tools, source, "--seal", code=75)
        assert len(api.requests) == 2


def test_a_cursor_that_stays_is_no_scroll(tools):
    """Unless the source says so; one that repeats its page never is."""
    with Rest(scroll({"at": 0})) as api:
        source = scroll_source(api.base)
        source["paginate"] = {**source["paginate"], "cursor": "any"}
        done = fetch(tools, source, code=65)
        assert "own cursor" in done.stderr and "scroll" in done.stderr
    with Rest(lambda r: body({"data": RECORDS[:10],
                              "_scroll_id": "x"})) as api:
        done = fetch(tools, scroll_source(api.base), code=65)
        assert "page before" in done.stderr


def test_scroll_by_a_header(tools):
    """A header may be exactly what the API gave, whatever its name."""
    state = {"at": 0}

    def answer(r):
        at = state["at"]
        state["at"] += 10
        assert (r.headers.get("x-vtex-md-token") == "t") == (at > 0)
        return body(RECORDS[at:at + 10], X_VTEX_MD_TOKEN="t")
    with Rest(answer) as api:
        source = {"url": api.base, "headers": {"X-VTEX-MD-TOKEN": "{cursor}"},
                  "paginate": {"type": "cursor", "cursor": "scroll",
                               "from_header": "X-VTEX-MD-TOKEN"}}
        assert ids(fetch(tools, source)) == ALL
    for value in "abc", "x{cursor}", "{cursor}{cursor}":
        source["headers"] = {"X-VTEX-MD-TOKEN": value}
        done = fetch(tools, source, "--check", code=78)
        assert "credential" in done.stderr


def test_first_request_of_each_window(tools):
    """list, then list/continue: anew in each window."""
    def answer(r):
        value = json.loads(r.body)
        if r.path == "/list":
            return body({"e": [{"id": value["day"]}], "c": value["day"],
                         "more": True})
        return body({"e": [{"id": "rest of " + value["cursor"]}],
                     "c": "z", "more": False})
    with Rest(answer) as api:
        source = {"url": api.base + "/list/continue", "records": "/e",
                  "idempotent": True,
                  "body": {"json": {"cursor": "{cursor}"}},
                  "first_request": {"url": api.base + "/list",
                                    "body": {"json": {"day": "{from}"}}},
                  "window": {"from": "2026-01-01", "to": "2026-01-02"},
                  "paginate": {"type": "cursor", "from": "/c",
                               "more": "/more"}}
        assert ids(fetch(tools, source)) == [
            "2026-01-01", "rest of 2026-01-01",
            "2026-01-02", "rest of 2026-01-02"]


@pytest.mark.parametrize("first,expected", [
    ({"body": None}, ("GET", b"", "/?q=1")),
    ({"body": None, "method": "POST"}, ("POST", b"", "/?q=1")),
    ({"query": {}}, ("POST", b'{"a":1}', "/")),
    ({"method": "PUT"}, ("PUT", b'{"a":1}', "/?q=1")),
    ({"body": {"form": {"x": "1"}}}, ("POST", b"x=1", "/?q=1"))])
def test_what_a_first_request_leaves(tools, first, expected):
    """What it does not have is as in the others."""
    with Rest(lambda r: body([])) as api:
        fetch(tools, {"url": api.base, "query": {"q": "1"}, "body":
                      {"json": {"a": 1}}, "first_request": first})
        r, = api.requests
        assert (r.method, r.body, r.target) == expected


def test_first_request_is_of_the_source(tools):
    """It is hashed and shown as the rest is; its secrets are not."""
    source = {"url": "https://h.example/a", "first_request": {
        "url": "https://h.example/b?token=CANARY",
        "query": {"api_key": "CANARY"},
        "body": {"form": {"password": "CANARY"}}}}
    shown = fetch(tools, source, "--print").stdout
    assert "CANARY" not in shown and "first_request" in shown
    assert "CANARY" not in fetch(tools, source, "-n").stdout.partition(
        "\n\n")[0]


INNER = ["http://10.0.0.5:8080", "http://internal/v9", "https://h:444",
         "//inner"]


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("how", ["next", "link"])
def test_next_origin_own(tools, inner, how):
    """What an inner host is called does not matter: path and query do."""
    inner = inner.partition("/v9")[0]
    (tools.folder / "t").write_text("tok")

    def answer(r):
        assert r.headers["authorization"] == "Bearer tok"
        o = int(r.query.get("o", 0))
        more = f"{inner}/notas?o={o + 10}" if o + 10 < N else None
        found = RECORDS[o:o + 10]
        if how == "next":
            return body({"data": found, "next": more})
        return body({"data": found}, **(
            {"Link": f'<{more}>; rel="next"'} if more else {}))
    with Rest(answer) as api:
        source = {"url": api.base + "/notas", "records": "/data",
                  "next_origin": "own", "paginate": {"type": how, **(
                      {"from": "/next"} if how == "next" else {})}}
        done = fetch(tools, source, "--bearer", "file:t", "--seal")
        assert ids(done) == ALL and inner.strip("/") not in "".join(
            x for x in done.stdout.splitlines() if "mark" in x)
        del source["next_origin"]
        done = fetch(tools, source, "--bearer", "file:t", code=69)
        assert "origin" in done.stderr


def test_ranges(tools):
    """Range: items=a-b, 206, 416 beyond the last."""
    def answer(r):
        unit, _, span = r.headers["range"].partition("=")
        a, b = map(int, span.split("-"))
        assert unit == "items" and b - a == 9
        found = RECORDS[a:b + 1]
        if a >= N:
            return body({}, 416)
        return body(found, 206, Content_Range="items %d-%d/%s" % (
            a, a + len(found) - 1, "*" if star else N))
    for star in False, True:
        with Rest(answer) as api:
            source = {"url": api.base,
                      "headers": {"Range": "items={offset}-{offset_end}"},
                      "paginate": {"type": "offset", "size": 10}}
            assert ids(fetch(tools, source)) == ALL
            assert ids(fetch(tools, source, "--prefetch", "4")) == ALL


def test_ranges_in_a_body_and_a_query(tools):
    with Rest(lambda r: body([])) as api:
        fetch(tools, {"url": api.base, "query": {"_end": "{offset_end}"},
                      "body": {"json": {"to": "{offset_end}"}},
                      "paginate": {"type": "offset", "size": 50,
                                   "start": 100}})
        r = api.requests[0]
        assert r.query == {"offset": "100", "_end": "149"}
        assert r.body == b'{"to":149}'


@pytest.mark.parametrize("fault", [None, "reset", "cut", 503])
def test_put(tools, fault):
    """PUT is sent again without more ado (RFC 9110)."""
    def answer(r):
        assert (r.method, r.body) == ("PUT", b'{"a":1}')
        if fault and len(api.requests) == 1:
            return Reply(503) if fault == 503 else Reply(200, b"[1]",
                                                         fault=fault)
        return body([1])
    with Rest(answer) as api:
        done = fetch(tools, {"url": api.base, "method": "PUT",
                             "body": {"json": {"a": 1}}})
        assert done.stdout == "1\n"


# A text of a JSON body, and what is sent: {x} is a variable of the source.
BRACES = [
    ("query($after:String){ a(after:$after) { edges { node { id } } } }",) * 2,
    ("{a{b{c}}}",) * 2, ("{__typename}",) * 2, ("}{",) * 2, ("{",) * 2,
    ("{a(n:{x}){id}}", "{a(n:V){id}}"), ("{x}", "V"), ("{{x}}", "{x}"),
    ("{{ a }} {x}", "{ a } V"), ("{a} {{x}}", "{a} {V}"),
    ("{nope}{x}", "{nope}V"), ("{/p} {env.}",) * 2, ("é{ü}{x}", "é{ü}V"),
]


@pytest.mark.parametrize("text,sent", BRACES)
def test_braces_in_a_body(tools, text, sent):
    """They are templates only around a name that is known; as before, a text
    all of whose braces are doubled or around one is a template."""
    with Rest(lambda r: body([])) as api:
        value = {"query": text, "deep": [{"q": text}]}
        tools.run("nf-fetch", "--var", "x=V", "--data", json.dumps(value),
                  api.base, check=0)
        assert json.loads(api.requests[0].body) == {
            "query": sent, "deep": [{"q": sent}]}
        done = tools.run("nf-fetch", "--query", "q={nope}", api.base)
        assert done.returncode == 64 and "nope" in done.stderr


# Options of before, with the member that each is now.
GONE = {
    "records-optional": "/missing_records", "date-format": "/window/format",
    "page-start": "/paginate/start", "page-size": "/paginate/size",
    "page-size-param": "/paginate/size_param", "page-step": "/paginate/step",
    "total-pages": "/paginate/total_pages", "more": "/paginate/more",
    "empty-on": "/empty_on", "stop-short": "/paginate/stop",
    "unique": "/unique", "stable": "/stable", "api-key-query": "/auth",
    "google-id": "/auth", "allow-origin": "/allow_origins",
    "allow-http": "/allow_http", "connect-timeout": "/timeouts/connect",
    "answer-timeout": "/timeouts/answer", "page-timeout": "/timeouts/page",
    "low-speed": "/timeouts/low_speed", "retry-wait": "/timeouts/retry_after",
    "low-speed-time": "/timeouts/low_speed_time", "max-page": "--max-body",
    "format": "/format", "idempotent": "/idempotent", "strict": "/strict",
    "one-window": "/window/step", "not-more": "/not_more",
    "require-proof": "/require_proof", "first": "/paginate/first",
    "retry-base": "/timeouts/retry_base", "next-header": "--next",
}


@pytest.mark.parametrize("option", GONE)
def test_options_that_are_gone(tools, option):
    """64, and the member that it is now; with a value or without."""
    for args in [f"--{option}", "3"], [f"--{option}=3"]:
        done = tools.run("nf-fetch", *args, "http://h.example/", check=64)
        assert GONE[option] in done.stderr
        if GONE[option].startswith("/"):  # a member, and one that is known
            assert f"--set {GONE[option]}" in done.stderr.replace("'", "")
    assert f" --{option} " not in tools.run("nf-fetch", "--help",
                                            check=0).stdout


@pytest.mark.parametrize("args,member,value", [
    (["/paginate/stop=short"], ("paginate", "stop"), "short"),
    (["/paginate/size=10"], ("paginate", "size"), 10),
    (["/total=/n=1"], ("total",), "/n=1"),
    (["/empty_on=[404, 410]"], ("empty_on",), [404, 410]),
    (["/timeouts/connect=5s", "/timeouts/page=1m"], ("timeouts",),
     {"connect": "5s", "page": "1m"}),
    (["/query/a b=", "/query/c=\"1\""], ("query",), {"a b": "", "c": "1"}),
    (["/records=/a", "/records=/b"], ("records",), "/b"),
    (["/vars/x={"], ("vars", "x"), "{"),
    (["/not_more/-=/a", "/not_more/-=X-B"], ("not_more",), ["/a", "X-B"]),
    (["/records/-=/b", "/records/-=/c"], ("records",), ["/z", "/b", "/c"]),
    (["/rate=[\"1/s\"]", "/rate/0=2/s", "/rate/-=9/min"], ("rate",),
     ["2/s", "9/min"]),
    (["/records?=/a", "/paginate/start?=0", "/paginate/size?=9"],
     ("paginate",), {"type": "page", "size_param": "n", "size": 3,
                     "start": 0}),
    (["/query/a~1b~0=1x", "/query/a~2=y"], ("query",),
     {"a/b~": "1x", "a~2": "y"}),
    (["/window/step?=all", "/window/from=2026-01-01",
      "/window/to=2026-01-02"], ("window", "step"), "all"),
])
def test_set(tools, args, member, value):
    """Any member, as JSON or else as a text, over that of a file."""
    (tools.folder / "s.json").write_text(json.dumps(
        {"url": "http://h/", "records": "/z", "paginate": {
            "type": "page", "size_param": "n", "size": 3}}))
    done = tools.run("nf-fetch", "-s", "s.json", "--print",
                     *(x for a in args for x in ("--set", a)), check=0)
    got = json.loads(done.stdout)
    for key in member:
        got = got[key]
    assert got == value


@pytest.mark.parametrize("file", [{"from": "/a"}, {"from_header": "A"}])
@pytest.mark.parametrize("args,want", [
    (["--next", "/b"], {"from": "/b"}),
    (["--next", "X-B"], {"from_header": "X-B"}),
    (["--next-record", "/b"],
     {"from": {"record": "last", "pointer": "/b"}}),
])
def test_next_takes_the_place_of_the_file_s(tools, file, args, want):
    kind = {"type": "cursor", "param": "c"}
    (tools.folder / "s.json").write_text(json.dumps(
        {"url": "http://h/", "paginate": {**kind, **file}}))
    done = tools.run("nf-fetch", "-s", "s.json", "--print", *args, check=0)
    assert json.loads(done.stdout)["paginate"] == {**kind, **want}


@pytest.mark.parametrize("args,says", [
    (["--set", "paginate=1"], "POINTER=VALUE"), (["--set", "/x"], "POINTER"),
    (["--set", "/=1"], "POINTER"), (["--set", "/nope=1"], "--set /nope"),
    (["--set", "//=1"], "--set /: unknown"),
    (["--set", "//-=1"], "--set /: unknown"),
    (["--set", "/headers//x=1"], "not a string"),
    (["--set", "/?=1"], "POINTER"), (["--set", "/nope?=1"], "--set /nope"),
    (["--set", "/not_more/-=1"], "--set /not_more"),
    (["--set", "/not_more/-=a", "--set", "/not_more/1=b"], "has 1"),
    (["--set", "/not_more/-=a", "--set", "/not_more/x=b"], "has 1"),
    (["-p", "next", "--next", "a/b"], "--next"),
    (["--set", "/paginate/size=0", "-p", "page"], "--set /paginate/size"),
    (["--set", "/paginate/stop=short"], "--paginate: type"),
    (["--set", "/timeouts/connect=0s"], "--set /timeouts/connect"),
    (["--set", "/timeouts/page=soon"], "--set /timeouts/page"),
    (["-p", "cursor", "--page-param", "x", "--next", "/n"], "--cursor-param"),
    (["-p", "page", "--cursor-param", "x"], "--page-param"),
    (["-p", "cursor", "--next", "/n", "--next-record", "/i"], "exclude each"),
])
def test_what_the_command_line_refuses(tools, args, says):
    done = tools.run("nf-fetch", "--check", *args, "http://h/", check=64)
    assert says in done.stderr
