# SPDX-License-Identifier: Apache-2.0
"""nf-fetch: records in several places, behind "*", and as values of a map."""

import json

import pytest

from rest import Reply, Rest

PAGE = ('{"emitidas":[{"id":1, "v":9.00},{"id":2}],"recebidas":[{"id":3}],'
        '"mapa":{"a":{"x":1},"b":{ },"c\\"d":{"x":2.50}},"nada":null,'
        '"holes":{"0":{"id":1},"2":{"id":3}},"empty":{},"n":7,'
        '"orders":[{"n":[{"id":7}],"o":1},{"n":[]},{"n":null},'
        '{"n":{"id":8}}],"deep":{"x":{"y":[{"z":1},{"z":2}]},'
        '"w":{"y":[{"z":3}]}},"*":[{"star":1}]}')


def fetch(tools, api, source, *args, code=0):
    (tools.folder / "s.json").write_text(json.dumps(
        {"url": api.base, "paginate": {"type": "none"}, **source}))
    return tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", "-s", "s.json",
                     *args, check=code)


@pytest.mark.parametrize("source,lines", [
    ({"records": ["/emitidas", "/recebidas"]},
     ['{"id":1, "v":9.00}', '{"id":2}', '{"id":3}']),
    ({"records": ["/recebidas", "/nada", "/emitidas"]},
     ['{"id":3}', '{"id":1, "v":9.00}', '{"id":2}']),
    ({"records": ["/recebidas", "/gone"], "missing_records": "empty"},
     ['{"id":3}']),
    ({"records": ["/recebidas"]}, ['{"id":3}']),
    ({"records": ["/recebidas", "/empty", "/orders/3/n"]},
     ['{"id":3}', '{"id":8}']),
    ({"records": "/orders/*/n"}, ['{"id":7}', '{"id":8}']),
    ({"records": "/mapa/*"}, ['{"x":1}', '{ }', '{"x":2.50}']),
    ({"records": "/deep/*/y"}, ['{"z":1}', '{"z":2}', '{"z":3}']),
    ({"records": "/deep/*/y/*"}, ['{"z":1}', '{"z":2}', '{"z":3}']),
    ({"records": ["/deep/*/y", "/recebidas"]},
     ['{"z":1}', '{"z":2}', '{"z":3}', '{"id":3}']),
    ({"records": "/orders/*/o", "missing_records": "empty"}, None),
    ({"records": "/mapa", "records_map": True},
     ['{"x":1}', '{ }', '{"x":2.50}']),
    ({"records": "/mapa", "records_map": "k"},
     ['{"k":"a","x":1}', '{"k":"b" }', '{"k":"c\\"d","x":2.50}']),
    ({"records": "/holes", "records_map": True}, ['{"id":1}', '{"id":3}']),
    ({"records": "/holes", "records_map": "n\"o"},
     ['{"n\\"o":"0","id":1}', '{"n\\"o":"2","id":3}']),
    ({"records": ["/holes", "/recebidas"], "records_map": "k"},
     ['{"k":"0","id":1}', '{"k":"2","id":3}', '{"k":"0","id":3}']),
    ({"records": "/empty", "records_map": True}, []),
    ({"records": "/nada", "records_map": True}, []),
    ({"records": "/mapa", "records_map": False},
     ['{"a":{"x":1},"b":{ },"c\\"d":{"x":2.50}}']),
])
def test_places(tools, source, lines):
    """Byte for byte, in the order of the pointers and of the page."""
    with Rest(lambda r: Reply(body=PAGE.encode())) as api:
        done = fetch(tools, api, source, code=0 if lines is not None else 65)
        assert lines is None or done.stdout.splitlines() == lines
        pretty = json.dumps(json.loads(PAGE), indent=2).replace(
            "\n", "\r\n").encode()
        api.answer = lambda r: Reply(body=pretty)
        if lines is not None:
            done = fetch(tools, api, source)
            assert [json.loads(x) for x in done.stdout.splitlines()] == [
                json.loads(x) for x in lines]


@pytest.mark.parametrize("source,code,says", [
    ({"records": ["/recebidas", "/gone"]}, 65, '"/gone"'),
    ({"records": "/orders/*/gone"}, 65, '"/orders/*/gone"'),
    ({"records": "/gone/*"}, 65, '"/gone/*"'),
    ({"records": "/n/*"}, 65, "number"),
    ({"records": "/orders/*/o"}, 65, '"/orders/*/o"'),
    ({"records": ["/n"]}, 65, "number"),
    ({"records": "/holes"}, 65, "records_map"),
    ({"records": ["/holes", "/recebidas"]}, 65, "records_map"),
    ({"records": "/mapa", "records_map": "x"}, 65, "already"),
    ({"records": "/orders/0", "records_map": "k"}, 65, "no object"),
    ({"records": []}, 78, "/records"),
    ({"records": ["x"]}, 78, "/records/0"),
    ({"records": [1]}, 78, "/records/0"),
    ({"records": "/*" * 5}, 78, "pointer"),
    ({"records": ["/a"] * 17}, 78, "pointers"),
    ({"records_map": 1}, 78, "records_map"),
    ({"records_map": "$nf"}, 78, "control"),
])
def test_places_that_are_wrong(tools, source, code, says):
    with Rest(lambda r: Reply(body=PAGE.encode())) as api:
        done = fetch(tools, api, source, code=code)
    assert says in done.stderr and done.stdout == ""


def walk(pages, **more):
    """The pages, one a number, each with what says that there is another."""
    def answer(r):
        n = int(r.query.get("page", 1))
        page = pages[n - 1] if n <= len(pages) else pages[-1][:0] if \
            isinstance(pages[-1], list) else {}
        return Reply(body=json.dumps({"data": page, **more}).encode())
    return answer


PHP = [[{"id": 1}, {"id": 2}], {"0": {"id": 3}, "2": {"id": 4}},
       {"5": {"id": 5}}]


@pytest.mark.parametrize("key", [True, "k"])
def test_php_lists(tools, key):
    """An array, then a map where there is a hole, then {}: a whole walk."""
    with Rest(walk(PHP)) as api:
        source = {"records": "/data", "records_map": key,
                  "paginate": {"type": "page"}, "unique": "/id"}
        done = fetch(tools, api, source, "--seal")
        lines = [json.loads(x) for x in done.stdout.splitlines()
                 if "$nf" not in x]
        assert [x["id"] for x in lines] == [1, 2, 3, 4, 5]
        assert key is True or [x["k"] for x in lines] == list("01025")
        del source["records_map"]
        assert "records_map" in fetch(tools, api, source, code=65).stderr


def test_places_are_not_signs(tools):
    """What is in the records says nothing; what is around them does."""
    edges = [{"cursor": "c1", "hasNextPage": True, "node": {"id": i}}
             for i in range(3)]
    page = {"data": {"notas": {"edges": edges, "pageInfo": {
        "hasNextPage": True, "endCursor": "c"}}}}
    with Rest(lambda r: Reply(body=json.dumps(page).encode())) as api:
        source = {"records": "/data/notas/edges/*/node",
                  "paginate": {"type": "auto"}}
        done = fetch(tools, api, source, code=78)
        assert "/data/notas/pageInfo/hasNextPage" in done.stderr
        page["data"]["notas"]["pageInfo"] = {"hasNextPage": False}
        assert fetch(tools, api, source).stdout.count("\n") == 3
    page = {"a": [{"total": 99, "next": "x"}], "b": [{"has_more": True}]}
    with Rest(lambda r: Reply(body=json.dumps(page).encode())) as api:
        source = {"records": ["/a", "/b"], "paginate": {"type": "auto"}}
        assert fetch(tools, api, source).stdout.count("\n") == 2
        page["has_more"] = True
        assert "/has_more" in fetch(tools, api, source, code=78).stderr


def test_keyset_over_places(tools):
    """The last record is the last of all places."""
    def answer(r):
        k = int(r.query.get("k", 0))
        page = {"a": {"x": {"id": k + 1}}, "b": {"y": {"id": k + 2}}}
        return Reply(body=json.dumps(page if k < 6 else
                                     {"a": {}, "b": {}}).encode())
    with Rest(answer) as api:
        source = {"records": ["/a", "/b"], "records_map": True,
                  "paginate": {"type": "cursor", "param": "k", "from": {
                      "record": "last", "pointer": "/id"}}}
        done = fetch(tools, api, source)
        assert [json.loads(x)["id"] for x in done.stdout.splitlines()] == \
            [1, 2, 3, 4, 5, 6]


def test_max_records_and_lines_over_places(tools):
    with Rest(lambda r: Reply(body=PAGE.encode())) as api:
        source = {"records": ["/emitidas", "/recebidas"], "max_records": 2}
        assert fetch(tools, api, source).stdout.count("\n") == 2
        source = {"records": "/long", "records_map": "k"}
        api.answer = lambda r: Reply(body=json.dumps(
            {"long": {"k" * 90: {"x": 1}}}).encode())
        done = fetch(tools, api, source, "--max-line", "100", code=65)
        assert "--max-line" in done.stderr
    with Rest(lambda r: Reply(200, b'{"a":1}\n', {
            "Content-Type": "application/x-ndjson"})) as api:
        done = fetch(tools, api, {"records": ["/a"]}, code=65)
        assert "NDJSON" in done.stderr


def test_records_given_twice(tools):
    """On the command line, and instead of those of a file."""
    with Rest(lambda r: Reply(body=PAGE.encode())) as api:
        done = fetch(tools, api, {"records": "/nada"}, "--records",
                     "/emitidas", "--records", "/recebidas")
        assert done.stdout.count("\n") == 3
        done = fetch(tools, api, {"records": ["/emitidas", "/recebidas"]},
                     "--records", "/recebidas")
        assert done.stdout == '{"id":3}\n'


def test_places_into_a_member(tools):
    """--into: all of them as one array."""
    with Rest(lambda r: Reply(body=PAGE.encode())) as api:
        (tools.folder / "s.json").write_text(json.dumps(
            {"url": api.base, "each": True, "into": "notas",
             "records": "/mapa", "records_map": "k"}))
        done = tools.run("nf-fetch", "-s", "s.json", input='{"c":1}\n',
                         check=0)
        assert done.stdout == ('{"c":1,"notas":[{"k":"a","x":1},{"k":"b" },'
                               '{"k":"c\\"d","x":2.50}]}\n')
