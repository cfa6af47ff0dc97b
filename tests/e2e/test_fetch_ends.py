# SPDX-License-Identifier: Apache-2.0
"""nf-fetch: a walk ends on evidence, and nothing that says more is ignored.

A scripted API of 25 records has one habit of real ones at a time."""

import base64
import json
import re
import subprocess
import time

import pytest

from rest import Reply, Rest

N = 25
RECORDS = [{"id": i, "total": f"{i}.90", "next": i + 1, "count": 99}
           for i in range(1, N + 1)]
FIRST = RECORDS[:10]


def body(value, status=200, **headers):
    return Reply(status, json.dumps(value).encode(), headers={
        k.replace("_", "-"): v for k, v in headers.items()})


def cut(start, size=10):
    return RECORDS[start:start + size]


# What says that there is more than the ten records beside it.
MORE = [
    {"next": "/x?page=2"}, {"next": 2}, {"next": {"href": "?p=2"}},
    {"next_page": 2}, {"nextPageToken": "abc"}, {"next_cursor": "YWJj"},
    {"@odata.nextLink": "x?$skip=10"}, {"odata.nextLink": "x"},
    {"nextRecordsUrl": "/q/2"}, {"hash_next": "f3"},
    {"nextCursorToken": "t"}, {"proximaPagina": 2}, {"proxima_url": "/2"},
    {"próximaPágina": "2"}, {"LastEvaluatedKey": {"id": {"N": "10"}}},
    {"continuationToken": "zz"}, {"metadata": {"continue": "x"}},
    {"links": {"next": "/p/2"}}, {"_links": {"next": {"href": "/p/2"}}},
    {"links": [{"rel": "self", "href": "/a"}, {"rel": "next", "href": "/b"}]},
    {"paging": {"cursors": {"before": "a", "after": "b"}}},
    {"pageInfo": {"endCursor": "c10", "hasNextPage": True}},
    {"a": {"b": {"c": {"d": {"pageInfo": {"hasNextPage": True}}}}}},
    {"has_more": True}, {"hasMore": "true"}, {"has_more": 1},
    {"temMais": "S"}, {"tem_proxima_pagina": True}, {"possuiMais": "sim"},
    {"IsTruncated": True}, {"more": True}, {"moreRecords": "1"},
    {"last": False}, {"isLast": False}, {"done": False},
    {"ultimaPagina": "N"}, {"is_last_page": "false"},
    {"total": 25}, {"total": "25"}, {"totalCount": 25}, {"count": 25},
    {"total_rows": 25}, {"recordsFiltered": 25, "recordsTotal": 900},
    {"hits": {"total": {"value": 25, "relation": "eq"}}},
    {"response": {"numFound": 25}}, {"totalRegistros": "25"},
    {"total_de_registros": 25}, {"quantidadeTotal": 25},
    {"paginacao": {"totalItens": 25}}, {"meta": {"pagination": {"total": 25}}},
    {"pages": 3}, {"pages": {"total": 3}}, {"total_pages": 3},
    {"retorno": {"pagina": 1, "numero_paginas": 3}}, {"qtdPaginas": "3"},
    {"total_de_paginas": 3}, {"last_page": 3}, {"ultima_pagina": 3},
    {"page": {"totalPages": 3, "number": 0}}, {"paginas": 3},
]


@pytest.mark.parametrize("more", MORE, ids=json.dumps)
@pytest.mark.parametrize("how", [[], ["-p", "cursor", "--next", "/no",
                                      "--cursor-param", "c"]])
def test_more_in_the_body(tools, more, how):
    """The first page is refused, the sign is named, and can be overruled."""
    with Rest(lambda r: body({**more, "records": FIRST})) as api:
        args = ["--seal", "--records", "/records", *how, api.base]
        done = tools.run("nf-fetch", *args)
        assert (done.returncode, done.stdout) == (78, ""), done.stderr
        assert "--set /not_more/-=/" in done.stderr
        while done.returncode == 78 and " /not_more/-=" in done.stderr:
            place = re.search(r'/not_more/-=([^\s"]+)', done.stderr).group(1)
            args = ["--set", f"/not_more/-={place}", *args]
            done = tools.run("nf-fetch", *args)
        assert done.returncode == 0, done.stderr
        tools.run("nf-fetch", "--records", "/records", "-p", "none", api.base,
                  check=0)


HEADERS = [
    {"X-Total-Count": "25"}, {"Total-Records": "25"}, {"X-WP-Total": "25"},
    {"X-Total-Pages": "3"}, {"X-WP-TotalPages": "3"}, {"X-Next-Page": "2"},
    {"Next-Page": "http://h/?t=2"}, {"Next-Range": "id 10.."},
    {"X-Next-Cursor": "abc"}, {"X-Has-More": "true"},
    {"Content-Range": "0-9/25"}, {"Content-Range": "items 0-9/25"},
    {"REST-Content-Range": "resources 0-10/25"},
    {"X-Pagination": '{"TotalCount":25,"PageSize":10}'},
    {"X-Pagination": '{"HasNext":true}'}, {"X-Paging": '{"pages":3}'},
]


@pytest.mark.parametrize("more", HEADERS, ids=json.dumps)
def test_more_in_a_header(tools, more):
    with Rest(lambda r: body(FIRST, **more)) as api:
        done = tools.run("nf-fetch", api.base)
        assert (done.returncode, done.stdout) == (78, ""), done.stderr
        name = next(iter(more))
        tools.run("nf-fetch", "--set", f"/not_more/-={name}", api.base, check=0)


# Members that are none of paging's affair, or say that this is all.
INNOCENT = [
    {}, {"total": 10}, {"count": 10}, {"count": 3, "limit": 100},
    {"next": None}, {"next": ""}, {"next": False}, {"next": {}},
    {"links": {"next": None, "self": "/x"}}, {"_links": {"self": {"href": "/"}}},
    {"links": [{"rel": "self", "href": "/a"}, {"rel": "prev", "href": "/b"}]},
    {"has_more": False}, {"hasNext": "false"}, {"has_more": 0},
    {"has_more": False, "next_cursor": "10"},
    {"pageInfo": {"hasNextPage": False, "endCursor": "c10"}},
    {"last": True, "totalPages": 1, "totalElements": 10, "size": 20},
    {"total": "1500.00"}, {"resumo": {"valor_total": 1500, "total": 7}},
    {"totais": {"vNF": "99999.00", "vICMS": 1234}}, {"total_tributos": 350},
    {"numero_pagina": 3, "registros_por_pagina": 500}, {"pageNumber": 7},
    {"limit": 1000, "offset": 0, "page": 1, "per_page": 100},
    {"nextSyncToken": "abc"}, {"@odata.deltaLink": "x?$deltatoken=1"},
    {"next_due_date": "2026-12-01"}, {"proximo_vencimento": "2026-12-10"},
    {"proxima_parcela": 4, "numero_nota": 12345, "numero": 99},
    {"facets": [{"value": "SP", "count": 45}, {"value": "RJ", "total": 450}]},
    {"included": [{"type": "x", "total": 77, "hasMore": True}]},
    {"empresa": {"cnpj": "11222333000181", "quantidade": 45}},
    {"rate": {"limit": 60, "remaining": 59}}, {"remaining": 59},
    {"version": 3, "took": 12, "status": "OK", "code": 200},
    {"meta": {"count": 10, "next": None, "pages": 1}},
    {"pagination": {"page": 1, "pages": 1, "total": 10}},
    {"desconto_total": 25, "total_value": 9999, "discount_total": 30},
    {"data_proxima": "2026-01-01", "ultima_atualizacao": "2026-01-02"},
    {"last_updated": 1700000000, "lastModified": 1700000000},
    {"ultNSU": "000000000000010", "maxNSU": "000000000000010"},
    {"scroll_id": "DXF1ZXJ5"}, {"errors": [], "error": None},
    {"total_rows": 10, "offset": 0}, {"first": 1, "last": 10},
    {"quantidade_itens": 10}, {"account": 77, "counter": 88, "country": 55},
    {"done": True, "nextRecordsUrl": None}, {"size": 100, "number": 0},
    {"next_invoice_number": 124}, {"total": 10.5}, {"total": -1},
    {"recordsTotal": 900, "recordsFiltered": 10},
    {"request": {"count": 100, "next": "x"}}, {"filtros": {"total": 99}},
    {"_shards": {"total": 50, "successful": 50, "failed": 0}},
]


@pytest.mark.parametrize("innocent", INNOCENT, ids=json.dumps)
def test_innocent_members(tools, innocent):
    """Not a word is said of them."""
    with Rest(lambda r: body({**innocent, "records": FIRST},
                             X_Request_Count="99", X_RateLimit_Limit="60",
                             X_RateLimit_Remaining="59")) as api:
        done = tools.run("nf-fetch", "--seal", "--records", "/records",
                         api.base, check=0)
        assert done.stdout.count("\n") == 12
        assert "warning" not in done.stderr and done.stderr.count("\n") <= 1


def number(r, name="page", first=1):
    return int(r.query.get(name, first))


# Each way to page, an API that drops something on page 2, and what it says.
DROPS = [
    (["-p", "page"], lambda n: {"hasNext": True}),
    (["-p", "page"], lambda n: {"total": N}),
    (["-p", "page", "--set", "/paginate/stop=short", "--set", "/paginate/size=10",
      "--set", "/paginate/size_param=s"], lambda n: {"total_pages": 3}),
    (["-p", "next", "--next", "/next"],
     lambda n: {"next": "?page=2"} if n == 1 else {"has_more": True}),
    (["-p", "cursor", "--next", "/next", "--cursor-param", "page"],
     lambda n: {"next": 2} if n == 1 else {"next_page": 3}),
    (["-p", "cursor", "--next", "/next", "--cursor-param", "page"],
     lambda n: {"next": 2, "total": N} if n == 1 else {}),
]


@pytest.mark.parametrize("i", range(len(DROPS)))
@pytest.mark.parametrize("seal", [[], ["--seal"]])
def test_more_on_a_later_page(tools, i, seal):
    """75: it was right before.  What was written has no end."""
    how, says = DROPS[i]

    def answer(r):
        n = number(r)
        found = cut(10 * (n - 1), 10 if n == 1 else 5 if n == 2 else 0)
        return body({**says(n), "data": found})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", *seal, "--records", "/data", *how,
                         api.base)
    assert done.returncode == 75 and "not_more" in done.stderr, done.stderr
    assert '"end"' not in done.stdout


def test_links_that_stop(tools):
    def answer(r):
        n = number(r)
        return body(cut(10 * (n - 1)), X_Total_Count=str(N),
                    **({"Link": "<?page=2>; rel=next"} if n == 1 else {}))
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", api.base)
        assert done.returncode == 75 and "x-total-count" in done.stderr


@pytest.mark.parametrize("status", [200, 204, 404])
@pytest.mark.parametrize("proof,how", [
    ("empty", []), ("total", ["--total", "/total"]),
    ("pages", ["--set", "/paginate/total_pages=/pages"]), ("end", ["--set", "/paginate/more=/more"])])
def test_proofs_of_pages(tools, status, proof, how):
    """Every end that is one, and what it proves."""
    def answer(r):
        n = number(r)
        if n > 3 and status != 200:
            return Reply(status, b"" if status == 204 else b"{}")
        return body({"total": N, "pages": 3, "more": n < 3,
                     "data": cut(10 * (n - 1))} if proof != "empty" else
                    {"data": cut(10 * (n - 1))})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", "--records", "/data", "-p",
                         "page", "--summary", "s", *how, api.base, check=0)
    end = json.loads(done.stdout.splitlines()[-1])
    assert end["records"] == N
    wanted = "total" if proof != "empty" else "empty"
    assert end["proof"] == {"by": wanted, "walked": N, "claimed":
                            N if proof != "empty" else None}
    assert json.loads((tools.folder / "s").read_text())["proof"] == \
        end["proof"]


@pytest.mark.parametrize("args,proof", [
    ([], "single"), (["-p", "none"], "single"),
    (["-p", "link"], "end"), (["-p", "page", "--set", "/paginate/stop=short", "--set",
                               "/paginate/size=20", "--set", "/paginate/size_param=n"], "short"),
    (["--max-records", "3"], "limit"),
    (["-p", "page", "--max-pages", "1"], "limit")])
def test_other_proofs(tools, args, proof):
    with Rest(lambda r: body(FIRST if number(r) == 1 else [])) as api:
        done = tools.run("nf-fetch", "--seal", *args, api.base, check=0)
        assert json.loads(done.stdout.splitlines()[-1])["proof"]["by"] == proof
        for least, good in (("end", proof == "end"), ("total", False)):
            done = tools.run("nf-fetch", "--seal", "--set", f"/require_proof={least}",
                             *args, api.base)
            assert done.returncode == (0 if good else 75)
            assert ('"end"' in done.stdout) == good


def test_windows_are_as_weak_as_the_weakest(tools):
    def answer(r):
        day = r.query["d"][-1]
        more = {"total": 2} if day != "2" else {}
        return body({**more, "data": [{"d": day, "n": n} for n in range(2)]
                     if number(r) == 1 else []})
    with Rest(answer) as api:
        args = ["nf-fetch", "--seal", "--run", "r", "--at",
                "1795393800000000", "--records", "/data", "-p", "page",
                "--from", "2026-01-01", "--query", "d={from}"]
        ends = []
        for to in ("2026-01-01", "2026-01-03"):
            done = tools.run(*args, "--to", to, api.base, check=0)
            ends.append(json.loads(done.stdout.splitlines()[-1])["proof"])
        assert ends[0] == {"by": "total", "claimed": 2, "walked": 2}
        assert ends[1] == {"by": "empty", "claimed": None, "walked": 6}
        marks = [json.dumps(json.loads(x)["cursor"])
                 for x in done.stdout.splitlines() if '"mark"' in x]
        assert len(marks) == 2
        for mark in marks:
            rest = tools.run(*args, "--to", to, "--resume", mark, api.base,
                             check=0)
            assert json.loads(rest.stdout.splitlines()[-1])["proof"] == ends[1]


def test_a_list_that_grew(tools):
    """More than is counted: a warning, and no error."""
    def answer(r):
        n = number(r)
        return body({"total": 20, "data": cut(10 * (n - 1))})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", "--records", "/data", "-p",
                         "page", api.base, check=0)
    assert "has grown" in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["proof"] == {
        "by": "empty", "claimed": 20, "walked": N}


@pytest.mark.parametrize("says", [
    {"has_more": False, "next": "25"}, {"next": "25"}, {"next": 0},
    {"next": "0"}, {"next": -1}, {"next": "null"}, {"next": None}, {}])
def test_normal_ends_of_cursors(tools, says):
    """An answer without records that repeats its cursor is the end."""
    def answer(r):
        start = number(r, "c", 0)
        if start >= 20:
            return body({"data": cut(start), **says})
        return body({"data": cut(start), "next": str(start + 10)})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", "--records", "/data", "-p",
                         "cursor", "--cursor-param", "c", "--next", "/next",
                         api.base, check=0)
        assert json.loads(done.stdout.splitlines()[-1])["records"] == N


def test_a_new_next_is_followed_from_an_empty_page(tools):
    def answer(r):
        n = number(r, "c", 0)
        found = [] if n == 1 else cut(10 * (n if n == 0 else n - 1))
        return body({"data": found, "next": n + 1 if n < 3 else None})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--records", "/data", "-p", "cursor",
                         "--cursor-param", "c", "--next", "/next", api.base,
                         check=0)
        assert done.stdout.count("\n") == N


@pytest.mark.parametrize("args", [
    ["-p", "page", "--page-param", "pagina"], ["-p", "offset"],
    ["-p", "page", "--prefetch", "8"],
    ["-p", "cursor", "--next", "/n", "--cursor-param", "x"]])
def test_a_page_that_comes_again(tools, args):
    def answer(r):
        return body({"data": FIRST, "n": str(len(api.requests))})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--records", "/data", *args, api.base)
        assert done.returncode == 65, done.stderr
        assert len(done.stdout.splitlines()) == 10
        assert len(api.requests) < 20


@pytest.mark.parametrize("pages,code,lines", [
    ([FIRST, {}], 0, 10), ([{}], 0, 0), ([FIRST, {"id": 1}], 65, 10),
    ([{"0": {}, "1": {}}], 65, 0), ([{"0": {}, "4": {}}], 65, 0),
    ([{"id": 1}, {}], 0, 1), ([FIRST, {"0": {}}], 65, 10)])
def test_objects_where_arrays_were(tools, pages, code, lines):
    def answer(r):
        n = number(r)
        return body({"data": pages[n - 1] if n <= len(pages) else []})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--records", "/data", "-p", "page",
                         api.base)
    assert done.returncode == code, done.stderr
    assert len(done.stdout.splitlines()) == lines
    assert code == 0 or "records_map" in done.stderr


def test_a_bare_object_after_arrays(tools):
    with Rest(lambda r: body(FIRST if number(r) == 1 else {})) as api:
        done = tools.run("nf-fetch", "-p", "page", api.base, check=0)
        assert done.stdout.count("\n") == 10
    with Rest(lambda r: body({})) as api:
        assert tools.run("nf-fetch", api.base).returncode == 78


def nsu(r):
    """SEFAZ: one question too many blocks for an hour."""
    after = int(r.query.get("nsu", 0))
    if after >= N:
        return body({"cStat": "656"}, 200)
    found = cut(after)
    return body({"docs": found, "ultNSU": f"{after + len(found):015}",
                 "maxNSU": f"{N:015}"})


@pytest.mark.parametrize("paginate,api_of", [
    ({"type": "cursor", "param": "nsu", "from": "/ultNSU",
      "end": {"pointer": "/ultNSU", "same_as": "/maxNSU"}}, nsu),
    ({"type": "cursor", "param": "c", "from": "/c", "end": {
        "pointer": "/c", "equals": "fim"}}, lambda r: body({
            "docs": cut(number(r, "c", 0)), "c": str(number(r, "c", 0) + 10)
            if number(r, "c", 0) < 20 else "f\u0069m"})),
    ({"type": "cursor", "param": "c", "from": "/c", "more": "/m"},
     lambda r: body({"docs": cut(number(r, "c", 0)), "c": str(number(
         r, "c", 0) + 10), "m": number(r, "c", 0) < 20})),
    ({"type": "page", "end": {"pointer": "/left", "equals": 0}},
     lambda r: Reply(body=json.dumps({"docs": cut(10 * (number(r) - 1)),
                                      "left": 3 - number(r)}).replace(
         '"left": 0', '"left": 0.0').encode())),
    ({"type": "page", "more": "/tem"}, lambda r: body({
        "docs": cut(10 * (number(r) - 1)),
        "tem": "S" if number(r) < 3 else "N"})),
])
def test_conditions(tools, paginate, api_of):
    """The end is known with the last page: not one question more."""
    (tools.folder / "s.json").write_text(json.dumps({
        "records": "/docs", "paginate": paginate}))
    with Rest(api_of) as api:
        done = tools.run("nf-fetch", "--seal", "--prefetch", "1", "-s",
                         "s.json", api.base, check=0)
        assert len(api.requests) == 3
    end = json.loads(done.stdout.splitlines()[-1])
    assert end["records"] == N and end["proof"]["by"] == "end"


def test_steps(tools):
    """A server that hides two of the rows it counts."""
    def answer(r):
        start = number(r, "offset", 0)
        return body({"data": [x for x in cut(start)
                              if x["id"] not in (3, 7, 13)]})
    args = ["--records", "/data", "-p", "offset", "--set", "/paginate/size=10",
            "--set", "/paginate/size_param=n"]
    with Rest(answer) as api:
        done = tools.run("nf-fetch", *args, api.base, check=0)
        assert '"step": "size"' in done.stderr
        assert len(set(done.stdout.splitlines())) < \
            len(done.stdout.splitlines())
        done = tools.run("nf-fetch", "--set", "/paginate/step=size", *args, api.base,
                         check=0)
        assert len(done.stdout.splitlines()) == 22


@pytest.mark.parametrize("name,value", [
    ("X-Total-Count", "25"), ("content-range", "items {}-{}/25"),
    ("X-Count", "025")])
def test_totals_in_headers(tools, name, value):
    def answer(r):
        start = number(r, "offset", 0)
        return body(cut(start), **{name: value.format(start, start + 9)})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", "-p", "offset", "--total",
                         name, "--prefetch", "1", api.base, check=0)
        assert len(api.requests) == 3
        assert '"by":"total","claimed":25' in done.stdout
        assert tools.run("nf-fetch", "-p", "offset", "--total", "X-No",
                         api.base).returncode == 78


def test_a_total_on_the_first_page_only(tools):
    def answer(r):
        n = number(r)
        return body({"data": cut(10 * (n - 1)),
                     "total": N if n == 1 else None})
    with Rest(answer) as api:
        tools.run("nf-fetch", "--records", "/data", "-p", "page", "--total",
                  "/total", api.base, check=0)


@pytest.mark.parametrize("status,args", [
    (404, ["--set", "/empty_on=[404,410]"]), (410, ["--set", "/empty_on=[404,410]"]),
    (204, []), (500, ["--set", "/empty_on=[500]"])])
def test_empty_on(tools, status, args):
    """An empty day is not the end of a month."""
    def answer(r):
        return Reply(status) if r.query["d"].endswith("2") else \
            body([r.query["d"]])
    with Rest(answer) as api:
        done = tools.run("nf-fetch", *args, "-p", "none", "--from",
                         "2026-01-01", "--to", "2026-01-03", "--query",
                         "d={from}", api.base, check=0)
        assert done.stdout.count("\n") == 2


@pytest.mark.parametrize("rule,text", [
    ({"pointer": "/erro"}, b'\xef\xbb\xbf{"erro":1,"d":[]}'),
    ({"pointer": "/m", "equals": 'a "b"'}, rb'{"m":"a \"b\"","d":[]}'),
    ({"pointer": "/m", "equals": "ação"}, b'{"m":"a\\u00e7\\u00e3o"}'),
    ({"pointer": "/m", "equals": 10}, b'{"m":10.0}'),
    ({"pointer": "/m", "equals": 1000}, b'{"m":1e3}'),
    ({"pointer": "/m", "equals": -0.5}, b'{"m":-5E-1}'),
    ({"pointer": "/m", "equals": [1, {"a": None, "b": 2}]},
     b'{"m":[ 1 , {"b":2.0,\n"a":null} ]}'),
    ({"pointer": "/erro"}, b'{"id":1}\n{"erro":1}\n'),
])
def test_rules_see_what_pages_are(tools, rule, text):
    lines = {"Content-Type": "application/x-ndjson"} if b"}\n{" in text else {}
    (tools.folder / "s.json").write_text(json.dumps({"responses": [
        dict(rule, do="fail")], **({} if lines else {
            "records": "/d", "missing_records": "empty"})}))
    with Rest(lambda r: Reply(body=text, headers=lines)) as api:
        done = tools.run("nf-fetch", "-s", "s.json", api.base)
        assert done.returncode == 69, done.stderr


def test_what_never_matches(tools):
    (tools.folder / "s.json").write_text(json.dumps({"responses": [
        {"pointer": "/erro", "do": "fail"}]}))
    with Rest(lambda r: body({"data": [1]})) as api:
        done = tools.run("nf-fetch", "-s", "s.json", "--records", "/data",
                         "-p", "next", "--next", "/nxt", "--summary", "s",
                         api.base, check=0)
    assert '--next: nothing at "/nxt"' in done.stderr
    assert json.loads((tools.folder / "s").read_text())["unmatched"] == \
        ["/nxt", "/erro"]


@pytest.mark.parametrize("partial", [
    {"errors": [{"message": "x"}]}, {"error": {"code": 1}},
    {"_shards": {"total": 5, "failed": 1}}, {"timed_out": True},
    {"incomplete_results": True}])
def test_partial_failure(tools, partial):
    with Rest(lambda r: body({**partial, "data": [1]})) as api:
        args = ["--records", "/data", api.base]
        done = tools.run("nf-fetch", *args, check=0)
        assert "not complete" in done.stderr
        assert tools.run("nf-fetch", "--set", "/strict=true", *args).returncode == 75


def b64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("make", [
    str, lambda n: f"c{n}", lambda n: b64(f"arrayconnection:{n - 1}"),
    lambda n: b64(json.dumps({"offset": n, "id": "x"})),
    lambda n: b64(b64(str(n)))])
@pytest.mark.parametrize("word", [None, "key"])
def test_positions_make_no_marks(tools, make, word):
    at = {make(10 * i): 10 * i for i in range(4)}

    def answer(r):
        start = at[r.query["c"]] if "c" in r.query else 0
        return body({"data": cut(start), "next": make(start + 10)
                     if start < 20 else None})
    (tools.folder / "s.json").write_text(json.dumps({"paginate": {
        "type": "cursor", "param": "c", "from": "/next",
        **({"cursor": word} if word else {})}}))
    with Rest(answer) as api:
        args = ["nf-fetch", "--seal", "-s", "s.json", "--records", "/data"]
        done = tools.run(*args, api.base, check=0)
        assert done.stdout.count('"mark"') == (2 if word else 0)
        done = tools.run(*args, "-v", "--set", "/stable=true", api.base, check=0)
        assert done.stdout.count('"mark"') == 2
        done = tools.run(*args, "-v", api.base, check=0)
        assert ("no mark" in done.stderr) == (word is None)


@pytest.mark.parametrize("pointer", ["/data/-1/id", "/-1", "/a/-2"])
def test_no_index_from_the_end(tools, pointer):
    done = tools.run("nf-fetch", "--check", "-p", "cursor", "--cursor-param",
                     "c", "--next", pointer, "http://127.0.0.1:1/")
    assert done.returncode == 64 and "count from the end" in done.stderr
    tools.run("nf-fetch", "--check", "-p", "cursor", "--cursor-param", "c",
              "--next", "/data/-x", "http://127.0.0.1:1/", check=0)


def test_a_query_that_repeats(tools):
    with Rest(lambda r: body([r.target])) as api:
        done = tools.run("nf-fetch", "--query", "s[]=5", "--query", "s[]=6",
                         "--query", "a=1", api.base + "/?s[]=4", check=0)
        assert json.loads(done.stdout) == "/?s[]=4&s%5B%5D=5&s%5B%5D=6&a=1"
        (tools.folder / "s.json").write_text(json.dumps({
            "query": {"a": ["1", "2"], "b": "x"}}))
        done = tools.run("nf-fetch", "-s", "s.json", api.base, check=0)
        assert json.loads(done.stdout) == "/?a=1&a=2&b=x"
        done = tools.run("nf-fetch", "-s", "s.json", "--query", "a=3",
                         api.base, check=0)
        assert json.loads(done.stdout) == "/?a=3&b=x"
        done = tools.run("nf-fetch", "--var", "x=1", "--var", "x=2", api.base)
        assert done.returncode == 64 and "twice" in done.stderr


WHOLE = '[{"a":"\\u00e7\\ud83d\\ude00é"},{"b":-1.5e+3},true,null]'.encode()


@pytest.mark.parametrize("at", range(1, len(WHOLE)))
def test_a_cut_anywhere(tools, at):
    """Wherever a page is cut, it is asked for again."""
    with Rest(lambda r: Reply(body=WHOLE[:at] if len(api.requests) == 1
                              else WHOLE)) as api:
        done = tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", api.base, check=0)
        assert done.stdout.count("\n") == 4 and len(api.requests) == 2


@pytest.mark.parametrize("reply,words", [
    (Reply(400, b'{"message":"Max page exceeded"}'), "Max page exceeded"),
    (Reply(400, b'{"error":{"code":7,"message":"no such day"}}'), "such day"),
    (Reply(404, b'{"errors":[{"detail":"gone"}]}'), "gone"),
    (Reply(422, '{"mensagem":"data inv\\u00e1lida"}'.encode()), "inválida"),
    (Reply(500, b'{"faultstring":"a\\nb"}'), "a\\u000ab"),
    (Reply(400, b'{"error":"token canary-secret is bad"}'), "token *** is"),
    (Reply(400, b'[7]'), "HTTP 400 (http"),
    (Reply(400, b'{"message":"' + b"x" * 500 + b'"}'), "xxx..."),
    (Reply(200, b"<!doctype html><html>"), "received HTML"),
    (Reply(200, b"\x1f\x8b\x08\0"), "received gzip"),
    (Reply(200, b'{"a":1}\n{"a":2}\n'), "/format=ndjson"),
    (Reply(200, b")]}',\n[1]"), "JSON behind"),
    (Reply(200, b"[1]\n", {"Content-Type": "application/x-ndjson"}), None),
    (Reply(200, b'[\n{"a":1}]', {"Content-Type": "application/x-ndjson"}),
     "/format=json"),
    (Reply(200, b'{"errors":[{"message":"Cannot query"}]}'), None),
])
def test_what_the_api_says(tools, reply, words):
    """In the message: its own words, what came, and from where."""
    with Rest(lambda r: reply) as api:
        done = tools.run("nf-fetch", "--tries", "1", "--bearer", "env:T",
                         api.base + "/x?token=abc",
                         env={"T": "canary-secret"})
    assert "canary-secret" not in done.stderr and "abc" not in done.stderr
    if words is not None:
        assert words in done.stderr, done.stderr
        assert "/x?token=***" in done.stderr
        assert "application/" in done.stderr


STRAY = [
    # What a proxy answers, and whether it is believed at once.
    (b"<html>404 Not Found</html>", {"Content-Type": "text/html"}, False),
    (b"default backend - 404", {"Content-Type": "text/plain"}, False),
    (b"<html>", {}, True), (b"", {"Content-Type": "text/html"}, True),
    (b'{"title":"end"}', {"Content-Type": "text/html"}, True),
    (b"\xef\xbb\xbf []", {"Content-Type": "text/plain"}, True),
    (b"no more", {"Content-Type": "application/problem+json"}, True),
]


@pytest.mark.parametrize("how", ["page", "offset", "key"])
@pytest.mark.parametrize("text,headers,sure", STRAY)
def test_a_stray_404_is_not_the_end(tools, how, text, headers, sure):
    """Of an API that is away for a moment; one that stays is the end."""
    args = ["--set", "/timeouts/retry_base=1ms", *{
        "page": ["-p", "page"],
        "offset": ["-p", "offset", "--page-param", "page"],
        "key": ["-p", "cursor", "--next-record", "", "--cursor-param", "page"],
    }[how]]
    for away in 1, 2, 9:
        left = [away]

        def page(r):
            n = int(r.query.get("page") or (0 if how != "page" else 1))
            if n == 2 and left[0]:
                left[0] -= 1
                return Reply(404, text, headers)
            return body([n + 1] if n < 4 else [])
        with Rest(page) as api:
            done = tools.run("nf-fetch", *args, api.base, check=0)
            got = [int(x) for x in done.stdout.split()]
        whole = list(range(2 if how == "page" else 1, 5))
        assert got == (whole if away < 3 and not sure else
                       [x for x in whole if x <= 2])


@pytest.mark.parametrize("value", [
    {"href": "/?page=2"}, [], ["/?page=2"], True, {}])
def test_a_next_that_is_no_url(tools, value):
    """Where a URL should be is an object: its member is to be named."""
    with Rest(lambda r: body({"d": [1], "next": value})) as api:
        done = tools.run("nf-fetch", "--seal", "--records", "/d", "-p", "next",
                         "--next", "/next", api.base)
        if value:
            assert done.returncode == 78 and "next URL" in done.stderr
        else:  # nothing
            assert done.returncode == 0
        assert len(api.requests) == 1


@pytest.mark.parametrize("place,code", [
    ("/_links/next/href", 0), ("/_links/next", 0), ("/_links", 0),
    ("/_links/nex", 78), ("/_link", 78), ("/_links/next/href/x", 78)])
def test_what_is_excused_with_all_in_it(tools, place, code):
    with Rest(lambda r: body({"d": [1], "_links": {"next": {
            "href": "/?page=2"}}})) as api:
        done = tools.run("nf-fetch", "--records", "/d", "--set",
                         f"/not_more/-={place}", api.base, check=code)
        if code:
            assert "-p next --next /_links/next/href" in done.stderr


def test_the_words_of_graphql(tools):
    with Rest(lambda r: body({"errors": [{"message": "Cannot query field"}],
                              "data": None})) as api:
        done = tools.run("nf-fetch", "--records", "/data/notas", api.base)
        assert done.returncode == 65 and "Cannot query field" in done.stderr


def test_candidates(tools):
    """What to write is in the message; with it, all come."""
    def answer(r):
        n = number(r)
        return body({"meta": {"count": N, "next": f"/?page={n + 1}"
                              if n < 3 else None},
                     "results": {"notas": cut(10 * (n - 1))}})
    with Rest(answer) as api:
        done = tools.run("nf-fetch", api.base)
        assert done.returncode == 78
        args = done.stderr.partition("; try ")[2].partition(" (")[0].split()
        done = tools.run("nf-fetch", "--seal", *args, api.base, check=0)
        assert '"by":"total","claimed":25' in done.stdout, args


def test_failed_is_said_at_the_end(tools):
    def answer(r):
        return body(FIRST) if number(r) == 1 else Reply(404)
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "-p", "next", "--next", "X-N",
                         api.base, check=0)
        done = tools.run("nf-fetch", "-p", "page", "--set", "/paginate/total_pages=X-P",
                         api.base)
    with Rest(lambda r: body(FIRST, Link="<?page=2>; rel=next")
              if not r.query else Reply(400)) as api:
        done = tools.run("nf-fetch", api.base)
        assert done.stderr.splitlines()[-1].startswith(
            "nf-fetch: failed: 10 records")


def test_idempotent_is_named(tools):
    for status in 429, 503:
        with Rest(lambda r: Reply(status)) as api:
            done = tools.run("nf-fetch", "--data", "{}", api.base)
            assert done.returncode == 75 and "/idempotent=true" in done.stderr
            assert len(api.requests) == 1


@pytest.mark.parametrize("status,headers,low,high", [
    (429, {"Retry-After": "0.4"}, 1, 2.5),
    (429, {"X-RateLimit-Reset": "1"}, 1, 2.5),
    (403, {"Retry-After": "1"}, 1, 2.5),
    (403, {"X-RateLimit-Remaining": "0", "RateLimit-Reset": "1"}, 1, 2.5),
    (429, {"RateLimit": '"default";r=0;t=1'}, 1, 2.5),
    (429, {"X-RateLimit-Reset": "SOON"}, 1, 4.5),
    (429, {"X-RateLimit-Reset": "SOONMS"}, 1, 4.5),
])
def test_quotas(tools, status, headers, low, high):
    """The next request is sent when the answer says."""
    soon = time.time() + 2
    headers = {k: v.replace("SOONMS", str(int(soon * 1000))).replace(
        "SOON", str(int(soon))) for k, v in headers.items()}
    with Rest(lambda r: Reply(status, headers=headers)
              if len(api.requests) == 1 else body([1])) as api:
        began = time.monotonic()
        tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", api.base, check=0)
        assert low <= time.monotonic() - began < high


def test_403_is_no_quota_by_itself(tools):
    for headers in {}, {"X-RateLimit-Remaining": "5"}, {
            "X-RateLimit-Reset": "1"}:
        with Rest(lambda r: Reply(403, headers=headers)) as api:
            assert tools.run("nf-fetch", api.base).returncode == 77
            assert len(api.requests) == 1


def test_a_quota_of_a_minute_is_waited_for(tools):
    """By default; tries or a time that the user gives are the limit."""
    with Rest(lambda r: Reply(429)) as api:
        with pytest.raises(subprocess.TimeoutExpired):
            tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", api.base, timeout=3)
        assert len(api.requests) == 8
        done = tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", "--tries", "3",
                         api.base)
        assert done.returncode == 75 and len(api.requests) == 11


def test_retry_time_is_the_limit(tools):
    """Not eight tries."""
    with Rest(lambda r: Reply(503)) as api:
        done = tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", "--retry-time",
                         "2s", api.base)
        assert done.returncode == 75 and len(api.requests) > 8


def test_a_host_that_does_not_exist(tools):
    began = time.monotonic()
    done = tools.run("nf-fetch", "-v", "--set", "/timeouts/retry_base=10ms",
                     "http://no-such-host.invalid/")
    assert done.returncode == 75 and time.monotonic() - began < 20
    assert done.stderr.count("trying again") == 1
