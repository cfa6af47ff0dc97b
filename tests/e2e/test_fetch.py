# SPDX-License-Identifier: Apache-2.0
"""nf-fetch against servers that behave: pages, windows, sources."""

import json

import jsonschema
import pytest

from conftest import ROOT
from rest import Reply, Rest
from things import Things, numbers, page

STRATEGIES = [
    ("page", "--records /data -p page"),
    ("page", "--records /data -p page --set /paginate/total_pages=/pages"),
    ("page", "--records /data -p page --total /total"),
    ("page", "--records /data -p page --total /total"),
    ("page-404", "--records /data -p page"),
    ("offset", "--records /data -p offset"),
    ("offset", "--records /data -p offset --set /paginate/size=9 "
     "--set /paginate/size_param=limit --total /total"),
    ("offset", "--records /data -p offset --total /total"),
    ("cursor", "--records /data -p cursor --cursor-param after --next /next"),
    ("cursor", "--records /data -p cursor --query after={cursor} "
     "--next /next"),
    ("cursor-header", "-p cursor --next X-Next-After "
     "-H X-After:{cursor}"),
    ("next", "--records /data -p next --next /next/href"),
    ("next-header", "-p next --next X-Next"),
    ("link", ""),
    ("link", "-p link"),
    ("ndjson", ""),
    ("cut-short", "--records /data -p page --set /paginate/size=10 "
     "--set /paginate/size_param=size --set /paginate/stop=short"),
]


@pytest.mark.parametrize("prefetch", [1, 2, 8])
@pytest.mark.parametrize("path,options", STRATEGIES)
def test_strategy(tools, path, options, prefetch):
    for n in (0, 3, 10, 47):
        with Rest(Things(n)) as api:
            done = tools.run("nf-fetch", "--prefetch", prefetch,
                             *options.split(), f"{api.base}/{path}", check=0)
        assert numbers(done.stdout) == list(range(n)), (n, done.stderr)
        if prefetch == 1:
            asked = [r.target for r in api.requests]
            assert len(asked) == len(set(zip(
                asked, (r.headers.get("x-after") for r in api.requests))))


def test_cursor_in_body(tools):
    source = {"records": "/data", "idempotent": True,
              "body": {"json": {"size": 10, "page": {"after": "{cursor}"}}},
              "paginate": {"type": "cursor", "from": "/next"}}
    with Rest(Things(47)) as api:
        source["url"] = api.base + "/cursor-body"
        (tools.folder / "s.json").write_text(json.dumps(source))
        done = tools.run("nf-fetch", "-s", "s.json", check=0)
    assert numbers(done.stdout) == list(range(47))
    assert json.loads(api.requests[0].body) == {"size": 10, "page": {}}


def test_number_in_body(tools):
    def answer(r):
        q = json.loads(r.body)
        assert r.query == {}
        return page([{"id": 0}] if q == {"page": 1, "size": 5, "x": "a1"}
                    else [])
    source = {"records": "/data",
              "body": {"json": {"page": "{page}", "size": "{size}",
                                "x": "a{page}"}},
              "paginate": {"type": "page", "size": 5}}
    with Rest(answer) as api:
        source["url"] = api.base
        (tools.folder / "s.json").write_text(json.dumps(source))
        assert numbers(tools.run("nf-fetch", "-s", "s.json",
                                 "--prefetch", 1, check=0).stdout) == [0]
    assert len(api.requests) == 2


NUMBERS = b'{"a":0.1,"b":1.1,"c":-12345678.1234567,"d":1.5e-7,"e":' \
    b'9007199254740993,"f":0.0}'


@pytest.mark.parametrize("where", ["option", "source"])
def test_numbers_of_the_body(tools, where):
    """As they were written; what a double would alter is refused."""
    def run(body):
        (tools.folder / "b.json").write_bytes(body)
        (tools.folder / "s.json").write_bytes(
            b'{"body":{"json":\n' + body + b'}}')
        return tools.run("nf-fetch", *(["--data", "@b.json"]
                                       if where == "option" else
                                       ["-s", "s.json"]), api.base)
    with Rest(lambda r: Reply(body=b"[]")) as api:
        for body in NUMBERS, b'{"a":"12345678901234567890.12"}':
            assert run(body).returncode == 0
            assert api.requests.pop().body == body
        for number in "12345678901234567890.12", "1e-320", "1e-999":
            done = run(b'{"a":%s}' % number.encode())
            assert done.returncode == (64 if where == "option" else 78)
            assert "digits" in done.stderr and "column 6" in done.stderr
            assert number not in done.stderr and not api.requests


@pytest.mark.parametrize("cursor", ["a\0X-Evil: 1", "a\r\nX-Evil: 1",
                                    "a\n", "\0"])
def test_cursor_in_a_header(tools, cursor):
    """An API's cursor is the value of our header, never another header."""
    with Rest(lambda r: page([{"id": 1}], next=cursor)) as api:
        done = tools.run("nf-fetch", "--records", "/data", "-p", "cursor",
                         "--next", "/next", "-H", "X-Cursor: {cursor}",
                         api.base)
        assert done.returncode == 65 and "header" in done.stderr
        assert "Evil" not in done.stderr
        assert len(api.requests) == 1


def test_form(tools):
    def answer(r):
        assert r.method == "POST"
        assert r.headers["content-type"] == \
            "application/x-www-form-urlencoded"
        assert r.body == b"call=List%20%26&n=1", r.body
        return Reply(body=b'[{"id":1}]')
    source = {"body": {"form": {"call": "List &", "n": "{n}"}},
              "vars": {"n": "1"}}
    with Rest(answer) as api:
        (tools.folder / "s.json").write_text(json.dumps(source))
        tools.run("nf-fetch", "-s", "s.json", api.base, check=0)


@pytest.mark.parametrize("body", [
    {"data": [{"id": 1}], "next": "/x"},
    {"data": [{"id": 1}], "links": {"next": {"href": "/x"}}},
    {"data": [{"id": 1}], "meta": {"total": 2}},
    {"data": [{"id": 1}], "nextPageToken": "abc"},
    {"data": [{"id": 1}], "paging": {"total_pages": 2}},
    {"data": [{"id": 1}], "has_more": True},
    {"data": [{"id": 1}], "@odata.nextLink": "/x"},
])
def test_hidden_pages(tools, body):
    with Rest(lambda r: Reply(body=json.dumps(body).encode())) as api:
        done = tools.run("nf-fetch", "--records", "/data", api.base)
        assert (done.returncode, done.stdout) == (78, "")
        assert "--paginate" in done.stderr
        done = tools.run("nf-fetch", "--records", "/data", "-p", "none",
                         api.base, check=0)
        assert numbers(done.stdout) == [1]


@pytest.mark.parametrize("body", [
    {"data": [{"id": 1}], "next": None, "total": 1, "has_more": False},
    {"data": [{"id": 1, "next": "x", "total": 9}], "total_pages": 1},
])
def test_nothing_hidden(tools, body):
    with Rest(lambda r: Reply(body=json.dumps(body).encode())) as api:
        tools.run("nf-fetch", "--records", "/data", api.base, check=0)


def test_exact_text(tools):
    text = ('[{"a":9.00,"b":1e400,"c":-0,"d":12345678901234567890,\n'
            '\t "e":0.12345678901234567890123,"f":"\\u00e9 \\ud83d\\ude00"}'
            ' , 1.0,"x\\ny", [ ],{},null]')
    want = ('{"a":9.00,"b":1e400,"c":-0,"d":12345678901234567890,'
            '\t "e":0.12345678901234567890123,"f":"\\u00e9 \\ud83d\\ude00"}'
            '\n1.0\n"x\\ny"\n[ ]\n{}\nnull\n')
    for nl in "\n", "\r\n", "\r":
        with Rest(lambda r: Reply(body=text.replace("\n", nl).encode())) \
                as api:
            done = tools.run("nf-fetch", api.base, check=0)
        assert done.stdout == want


def test_windows(tools):
    def answer(r):
        seen.append((r.query["de"], r.query["ate"], r.query["antes"]))
        n = int(r.query.get("page", 1))
        return page([{"id": r.query["de"] + "#%d" % n}] if n <= 2 else [],
                    total=2)
    for prefetch in 1, 4:
        seen = []
        with Rest(answer) as api:
            done = tools.run(
                "nf-fetch", "--records", "/data", "-p", "page", "--from",
                "2024-01-30", "--to", "2024-03-05", "--step", "2w",
                "--set", "/window/format=%d/%m/%Y", "--query", "de={from}",
                "--query", "ate={to}", "--query", "antes={until}",
                "--total", "/total", "--prefetch", prefetch, api.base,
                check=0)
        days = ["30/01/2024", "13/02/2024", "27/02/2024"]
        assert numbers(done.stdout) == [f"{d}#{n}" for d in days
                                        for n in (1, 2)]
        assert sorted(set(seen)) == sorted([
            ("30/01/2024", "12/02/2024", "13/02/2024"),
            ("13/02/2024", "26/02/2024", "27/02/2024"),
            ("27/02/2024", "05/03/2024", "06/03/2024")])


def test_totals_and_ids(tools):
    with Rest(lambda r: page([{"id": 1}, {"id": 2}], total=3)) as api:
        args = ["--records", "/data", "-p", "none", api.base]
        assert tools.run("nf-fetch", "--total", "/total",
                         *args).returncode == 75
        assert tools.run("nf-fetch", "--total", "/none",
                         *args).returncode == 78
        tools.run("nf-fetch", "--set", "/unique=/id", *args, check=0)
        assert tools.run("nf-fetch", "--set", "/unique=/x",
                         *args).returncode == 65
        tools.run("nf-fetch", "--total", "/total", "--max-records", "1",
                  *args, check=0)

    def moving(r):
        n = int(r.query["page"])
        return page([{"id": n}, {"id": n + 1}] if n < 3 else [])
    with Rest(moving) as api:
        done = tools.run("nf-fetch", "--records", "/data", "-p", "page",
                         "--set", "/unique=/id", "--seal", api.base)
    assert done.returncode == 75 and '"end"' not in done.stdout


def test_an_empty_page_in_the_middle(tools):
    """It is not the end while the API counts more."""
    def hole(r):
        n = int(r.query["page"])
        return page([] if n == 2 else [{"id": n}], pages=3, total=2)
    with Rest(hole) as api:
        args = ["--records", "/data", "-p", "page", "--max-pages", "4",
                "--seal", api.base]
        done = tools.run("nf-fetch", "--set", "/paginate/total_pages=/pages", *args,
                         check=0)
        assert '{"id":3}' in done.stdout.replace(" ", "")
        done = tools.run("nf-fetch", "--total", "/total", *args)
        assert done.returncode == 75 and "counts 2" in done.stderr
        assert '"end"' not in done.stdout


def test_a_404_in_the_middle(tools):
    def hole(r):
        n = int(r.query["page"])
        return Reply(404) if n == 2 else page([{"id": n}], pages=3)
    with Rest(hole) as api:
        done = tools.run("nf-fetch", "--records", "/data", "-p", "page",
                         "--set", "/paginate/total_pages=/pages", "--seal", api.base)
    assert done.returncode == 75 and '"end"' not in done.stdout


@pytest.mark.parametrize("args,header,code", [
    (["-p", "cursor", "--cursor-param", "c"], "c" * 9000, 65),
    (["-p", "next"], "/next?" + "c" * 9000, 65), ([], "c" * 300, 78)])
def test_a_long_header_is_not_none(tools, args, header, code):
    if args:
        args = [*args, "--next", "X-Next"]
    with Rest(lambda r: Reply(body=b"[1]", headers={"X-Next": header})) as api:
        done = tools.run("nf-fetch", "--seal", *args, api.base)
    assert done.returncode == code and '"end"' not in done.stdout


def test_limits(tools):
    with Rest(Things(47)) as api:
        args = ["--records", "/data", "-p", "page", api.base + "/page"]
        for n in 1, 9, 10, 11, 47, 99:
            done = tools.run("nf-fetch", "--max-records", n, *args, check=0)
            assert numbers(done.stdout) == list(range(min(n, 47)))
    with Rest(Things(47)) as api:
        done = tools.run("nf-fetch", "--max-pages", 2, "--prefetch", 8,
                         "--records", "/data", "-p", "page",
                         api.base + "/page", check=0)
        assert numbers(done.stdout) == list(range(20))
        assert len(api.requests) == 2


def test_record_replay(tools):
    with Rest(Things(47)) as api:
        args = ["--records", "/data", "-p", "cursor", "--cursor-param",
                "after", "--next", "/next", api.base + "/cursor"]
        live = tools.run("nf-fetch", "--record", "tape", *args, check=0)
    again = tools.run("nf-fetch", "--replay", "tape", *args, check=0)
    assert again.stdout == live.stdout and numbers(live.stdout)
    gone = tools.run("nf-fetch", "--replay", "tape", api.base + "/other")
    assert gone.returncode == 78


SCHEMA = json.loads((ROOT / "mappings" / "source.schema.json").read_text())


def test_manual_example(tools):
    """The example of nf-source(5) is right, by tool and by schema."""
    text = (ROOT / "man" / "nf-source.5").read_text()
    example = text.split("<<'END'\n")[1].split("END\n")[0]
    (tools.folder / "s.json").write_text(example)
    tools.run("nf-fetch", "--check", "-s", "s.json", check=0)
    jsonschema.validate(json.loads(example), SCHEMA)
    shown = tools.run("nf-fetch", "--print", "-s", "s.json", check=0)
    assert json.loads(shown.stdout) == json.loads(example)
    # What --print shows is a source again.
    (tools.folder / "t.json").write_text(shown.stdout)
    again = tools.run("nf-fetch", "--print", "-s", "t.json", check=0)
    assert again.stdout == shown.stdout


def test_schema_knows_what_the_tool_knows(tools):
    """Each member the schema names is one the tool takes."""
    for name in SCHEMA["properties"]:
        (tools.folder / "s.json").write_text(json.dumps(
            {"url": "http://x/", name: {"?": 1}}))
        done = tools.run("nf-fetch", "--check", "-s", "s.json")
        assert f"/{name}: unknown" not in done.stderr


def test_source_mistakes(tools):
    # A schema cannot tell these.
    semantic = ["/url: missing", "/url: template", "/url: ", "/headers: ",
                "/paginate: ", "/window/from: ", "/window/to: ",
                "/window/to: missing",
                "/query/a: "]
    cases = [
        ({}, "/url: missing"),
        ({"url": "ftp://x/"}, "/url: "),
        ({"url": "http://u:p@x/"}, "/url: "),
        ({"url": "http://{env.X}/"}, "/url: "),
        ({"url": "http://x/", "recods": "/a"}, '/recods: unknown member; '
         'did you mean "records"?'),
        ({"url": "http://x/", "records": "a"}, "/records: "),
        ({"url": "http://x/{nope}"}, "/url: template: no variable {nope}"),
        ({"url": "http://x/{page}"}, "/url: "),
        ({"url": "http://x/", "query": {"a": 1}}, "/query/a: not a string"),
        ({"url": "http://x/", "query": {"a": "{"}}, "/query/a: "),
        ({"url": "http://x/", "headers": {"a": "b\r\nc: d"}}, "/headers/a: "),
        ({"url": "http://x/", "headers": {"X-Api-Key": "abc"}}, "/headers: "),
        ({"url": "http://x/", "paginate": {}}, "/paginate/type: missing"),
        ({"url": "http://x/", "paginate": {"type": "pages"}},
         "/paginate/type: not one of"),
        ({"url": "http://x/", "paginate": {"type": "cursor", "from": "/a"}},
         "/paginate: "),
        ({"url": "http://x/", "paginate": {"type": "next"}},
         "/paginate/from: "),
        ({"url": "http://x/", "paginate": {"type": "page", "size": 5}},
         "/paginate: "),
        ({"url": "http://x/", "auth": {"type": "bearer"}}, "/auth/token: "),
        ({"url": "http://x/", "auth": {"type": "bearer", "token": "abc"}},
         "/auth/token: a secret is named"),
        ({"url": "http://x/", "window": {"from": "2024-02-30",
                                         "to": "2024-03-01"}},
         "/window/from: "),
        ({"url": "http://x/", "window": {"from": "2024-02-03"}},
         "/window/to: missing"),
        ({"url": "http://x/", "window": {"from": "2024-02-02",
                                         "to": "2024-02-01"}},
         "/window/to: "),
        ({"url": "http://x/", "rate": ["9 per s"]}, "/rate/0: "),
        ({"url": "http://x/", "responses": [{"do": "retry"}]},
         "/responses/0: "),
        ({"url": "http://x/", "responses": [{"status": 999, "do": "fail"}]},
         "/responses/0/status: "),
        ({"url": "http://x/", "max_pages": 0}, "/max_pages: "),
    ]
    for source, message in cases:
        (tools.folder / "s.json").write_text(json.dumps(source))
        done = tools.run("nf-fetch", "--check", "-s", "s.json")
        assert done.returncode == 78, source
        assert f"s.json: {message}" in done.stderr, (source, done.stderr)
        if message not in semantic and not message.startswith("/url: "):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(source, SCHEMA)
    (tools.folder / "s.json").write_text('{"url":1,}')
    assert "line 1" in tools.run("nf-fetch", "--check", "-s",
                                 "s.json").stderr


MISTAKES = [
    (["foo"], "URL: not an absolute URL"),
    (["http://x/{nope}"], "URL: template: no variable {nope}"),
    (["--rate", "5", "http://x/"], "--rate: not a rate"),
    (["--records", "data", "http://x/"], '--records: JSON Pointer "data"'),
    (["--from", "2026-01-01", "http://x/"], "--to: missing: the last day"),
    (["--to", "2026-01-01", "http://x/"], "--from: missing: the first day"),
    (["-p", "link", "--set", "/paginate/size=5", "http://x/"],
     "--set /paginate/size: not with \"type\": \"link\""),
    (["--header", "x", "http://x/"], '--header: not "Name: value"'),
    (["--query", "a={", "http://x/"], "--query: a: template: "),
    (["--api-key", "x", "http://x/"], '--api-key: not "HEADER=SECRET"'),
    (["--bearer", "x", "http://x/"], "--bearer: a secret is named"),
]


@pytest.mark.parametrize("args,message", MISTAKES)
def test_command_line_mistakes(tools, args, message):
    """Told as what was written, not as a place in a file no one wrote."""
    done = tools.run("nf-fetch", "--check", *args)
    assert done.returncode == 64
    assert message in done.stderr and "/rate" not in done.stderr


def test_whose_mistake(tools):
    """A file's own fault is the file's, an option's over it is not."""
    path = tools.folder / "s.json"
    for source, args, code, message in (
            ({"url": "http://x/", "rate": ["5"]}, [], 78, "s.json: /rate/0: "),
            ({"url": "http://x/", "rate": ["5"]}, ["--rate", "9"], 78,
             "s.json: /rate/0: "),
            ({"url": "http://x/", "rate": ["5/s"]}, ["--rate", "9"], 64,
             "--rate: not a rate"),
            ({"url": "http://x/"}, ["--records", "x"], 64, "--records: "),
            ({"url": "http://x/", "records_map": 5}, ["--set", "/records=/a"],
             78, "s.json: /records_map: "),
            ({"url": "http://x/"}, ["--set", "/paginate=5"], 64,
             "--set /paginate: "),
            ({"records": "/a"}, ["foo"], 64, "URL: ")):
        path.write_text(json.dumps(source))
        done = tools.run("nf-fetch", "--check", "-s", "s.json", *args)
        assert done.returncode == code and message in done.stderr, source
    done = tools.run("nf-fetch", "--check", "-s", str(tools.folder))
    assert done.returncode == 78 and "not a file" in done.stderr


def test_rules_and_rate(tools):
    count = {"n": 0}

    def answer(r):
        count["n"] += 1
        if r.query["page"] == "1" and count["n"] < 3:
            return Reply(body=b'{"error":{"code":"BUSY"},"data":[]}')
        if r.query["page"] == "2":
            return Reply(418, b"{}")
        return page([{"id": 1}])
    source = {"records": "/data", "paginate": {"type": "page"},
              "responses": [
                  {"pointer": "/error/code", "equals": "BUSY", "do": "retry"},
                  {"status": 418, "do": "empty"}]}
    with Rest(answer) as api:
        (tools.folder / "s.json").write_text(json.dumps(source))
        done = tools.run("nf-fetch", "-s", "s.json", "--set", "/timeouts/retry_base=1ms",
                         "--rate", "100/s", "--prefetch", 1, api.base,
                         check=0)
        assert numbers(done.stdout) == [1] and count["n"] == 4
        source["responses"][1]["do"] = "fail"
        (tools.folder / "s.json").write_text(json.dumps(source))
        assert tools.run("nf-fetch", "-s", "s.json",
                         api.base).returncode == 69
