# SPDX-License-Identifier: Apache-2.0
"""nf-fetch --probe: what it proposes of one answer brings all records."""

import json

import pytest

from rest import Reply, Rest

N, SIZE = 25, 10
ALL = [{"id": i, "v": f"{i}.00", "same": 1} for i in range(N)]


def answer(body, **headers):
    return Reply(body=json.dumps(body).encode(), headers=headers)


def cut(r, name="c", of=ALL):
    at = int(r.query.get(name) or 0)
    return of[at:at + SIZE], at + SIZE if at + SIZE < len(of) else None


def link(r):
    page, after = cut(r)
    return answer(page, **({"Link": f'</?c={after}>; rel="next"'}
                           if after else {}), **{"X-Total-Count": str(N)})


def next_url(r):
    page, after = cut(r)
    return answer({"count": N, "results": page,
                   "next": after and f"/?c={after}"})


def odata(r):
    page, after = cut(r)
    return answer({"@odata.count": N, "value": page, **(
        {"@odata.nextLink": f"?c={after}"} if after else {})})


def jsonapi(r):
    page, after = cut(r)
    return answer({
        "data": [{"type": "x", "id": str(x["id"]), "attributes": x}
                 for x in page],
        "included": [{"id": i} for i in range(30)],
        "links": {"self": "/", "next": after and f"/?c={after}"}})


def hal(r):
    page, after = cut(r)
    return answer({"_embedded": {"notas": page}, "_links": {
        "self": {"href": "/"},
        **({"next": {"href": f"/?c={after}"}} if after else {})}})


def cursor(r):
    page, after = cut(r, "cursor")
    return answer({"data": page, "has_more": after is not None,
                   "next_cursor": after and str(after)})


def token(r):
    page, after = cut(r, "pageToken")
    return answer({"notas": page, "nextPageToken": after and f"{after}"})


def numbered(r):
    n = int(r.query.get("page", 1))
    return answer({"data": ALL[(n - 1) * SIZE:n * SIZE], "page": n,
                   "total_pages": 3})


def portuguese(r):
    n = int(r.query.get("pagina", 1))
    return answer({"registros": [{"nota": x} for x in
                                 ALL[(n - 1) * SIZE:n * SIZE]],
                   "pagina": n, "total_de_registros": N,
                   "total_de_paginas": 3})


def offset(r):
    at, n = int(r.query.get("offset", 0)), int(r.query.get("limit", SIZE))
    return answer({"items": ALL[at:at + n], "total": N})


def single(r):
    return answer({"data": ALL, "total": N})


def quoted(r):
    return answer({"it's": [{"x's": x} for x in ALL], "total": N})


def escaped(r):
    return answer({"a/b": {"c~\"d": [{"e/f\"": x} for x in ALL]},
                   "total": N})


def lines(r):
    return Reply(body=b"".join(json.dumps(x).encode() + b"\n" for x in ALL),
                 headers={"Content-Type": "application/x-ndjson"})


# The API, its URL, what must be in the proposal.
APIS = [
    (link, "/", {"total": "x-total-count", "unique": "/id",
                 "paginate": {"type": "link"}}),
    (next_url, "/", {"records": "/results", "total": "/count",
                     "paginate": {"type": "next", "from": "/next"}}),
    (odata, "/", {"records": "/value", "total": "/@odata.count"}),
    (jsonapi, "/", {"records": "/data", "unique": "/id",
                    "paginate": {"type": "next", "from": "/links/next"}}),
    (hal, "/", {"records": "/_embedded/notas", "paginate": {
        "type": "next", "from": "/_links/next/href"}}),
    (cursor, "/", {"paginate": {"type": "cursor", "from": "/next_cursor",
                                "param": "cursor"}}),
    (token, "/", {"records": "/notas", "paginate": {
        "type": "cursor", "from": "/nextPageToken", "param": "pageToken"}}),
    (numbered, "/", {"paginate": {"type": "page", "param": "page",
                                  "total_pages": "/total_pages"}}),
    (numbered, "/?page=1", {"paginate": {"type": "page", "param": "page",
                                         "total_pages": "/total_pages"}}),
    (portuguese, "/", {"records": "/registros", "unique": "/nota/id",
                       "total": "/total_de_registros",
                       "paginate": {"type": "page", "param": "pagina"}}),
    (offset, "/?offset=0&limit=10", {"total": "/total", "paginate": {
        "type": "offset", "param": "offset", "size_param": "limit",
        "size": 10}}),
    (single, "/", {"records": "/data", "total": "/total", "unique": "/id"}),
    (quoted, "/?q='", {"records": "/it's", "unique": "/x's/id"}),
    (escaped, "/", {"records": '/a~1b/c~0"d', "unique": '/e~1f"/id'}),
    (lines, "/", {}),
]


@pytest.mark.parametrize("api,path,want", APIS,
                         ids=[f"{a.__name__}{p}" for a, p, _ in APIS])
def test_the_proposal_brings_all(tools, api, path, want):
    with Rest(api) as server:
        done = tools.run("nf-fetch", "--probe", server.base + path, check=0)
        assert len(server.requests) == 1
        source = json.loads(done.stdout)
        assert source.pop("url") == server.base + path
        for key, value in want.items():
            assert source[key] == value, done.stdout
        # As a source file, and as the command line that is shown.
        (tools.folder / "s.json").write_text(done.stdout)
        by_file = tools.run("nf-fetch", "-s", "s.json", check=0)
        assert len(by_file.stdout.splitlines()) == N
        shown = done.stderr[done.stderr.index("nf-fetch --")
                            if "nf-fetch --" in done.stderr else
                            done.stderr.rindex("nf-fetch "):]
        by_line = tools.sh(shown.strip(), check=0)
        assert by_line.stdout == by_file.stdout


@pytest.mark.parametrize("body,records", [
    ({"data": [], "total": 0}, "/data"),
    ({"erros": [], "registros": [], "pagina": 1}, "/registros"),
    ({"r": {"items": []}}, "/r/items"), ({"erros": [], "id": 1}, ""),
    ({"itens_pedido": [], "id": 1}, ""),
])
def test_an_empty_list(tools, body, records):
    """It is the records if it is named so; it is said that none came."""
    with Rest(lambda r: answer(body)) as server:
        done = tools.run("nf-fetch", "--probe", server.base, check=0)
        assert json.loads(done.stdout)["records"] == records
        assert "none were found" in done.stderr or \
            "records: 1 in" in done.stderr


def test_what_it_keeps(tools):
    """What was said already stays, credentials are not shown."""
    with Rest(next_url) as server:
        done = tools.run(
            "nf-fetch", "--probe", "--records", "/results", "-H", "A: b",
            "--bearer", "env:T", "-p", "next", "--next", "/next",
            server.base + "/?api_key=canary", env={"T": "canary-t"}, check=0)
        assert server.requests[0].headers["authorization"] == "Bearer canary-t"
        source = json.loads(done.stdout)
        assert source["auth"] == {"type": "bearer", "token": "env:T"}
        assert source["paginate"] == {"type": "next", "from": "/next"}
        assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("reply,code", [
    (Reply(404), 69), (Reply(401), 77), (Reply(503), 75),
    (Reply(body=b"<html>"), 65), (Reply(body=b"[]"), 0),
    (Reply(body=b"{}"), 0), (Reply(body=b'{"a":{"b":1}}'), 0),
])
def test_nothing_to_propose(tools, reply, code):
    with Rest(lambda r: reply) as server:
        done = tools.run("nf-fetch", "--tries", "1", "--probe", server.base)
    assert done.returncode == code
    assert code != 0 or "none were found" in done.stderr


def test_of_a_file(tools):
    (tools.folder / "a.json").write_text(json.dumps(
        {"total": 2, "notas": [{"chave": "1"}, {"chave": "2"}]}))
    done = tools.run("nf-fetch", "--probe", "a.json", check=0)
    assert json.loads(done.stdout) == {
        "url": "a.json", "records": "/notas", "unique": "/chave",
        "total": "/total"}
    assert tools.run("nf-fetch", "--probe", "--each",
                     "http://x/").returncode == 64
