# SPDX-License-Identifier: Apache-2.0
"""nf-fetch --each: a request for each record on stdin."""

import json
import random
import threading

import pytest

from rest import Reply, Rest


def detail(r):
    number = r.path.rsplit("/", 1)[1]
    return Reply(body=b'{\n "id": %s,\r\n "total": 9.00\n}'
                 % number.encode())


def lines(n):
    return "".join('{"id":%d,"n":1.10}\n' % i for i in range(n))


@pytest.fixture
def api():
    with Rest(detail) as server:
        yield server


def test_replaces_the_record(tools, api):
    done = tools.run("nf-fetch", "--each", api.base + "/notas/{/id}",
                     input=lines(3), check=0)
    assert done.stdout == "".join(
        '{ "id": %d, "total": 9.00}\n' % i for i in range(3))
    assert sorted(r.path for r in api.requests) == [
        "/notas/0", "/notas/1", "/notas/2"]


def test_becomes_a_member(tools, api):
    done = tools.run("nf-fetch", "--each", "--into", "a \"b\"",
                     api.base + "/notas/7",
                     input='{"n":1.10}\n{ }\n{\r}\n', check=0)
    assert done.stdout == (
        '{"n":1.10,"a \\"b\\"":{ "id": 7, "total": 9.00}}\n'
        + '{"a \\"b\\"":{ "id": 7, "total": 9.00}}\n' * 2)
    done = tools.run("nf-fetch", "--each", "--into", "$nf", api.base,
                     input="{}\n")
    assert done.returncode == 64 and "control" in done.stderr


def test_a_share_of_a_run(tools, api):
    """How many records stand before it reports those read."""
    stage = f"file://{tools.folder}/run"
    tools.run("nf-stage", "--unsealed", "--part-records=3", "--emit=none",
              stage, input=lines(6), check=0)
    share = tools.run("nf-stage", "cat", "--part=2/2", stage, check=0).stdout
    done = tools.run("nf-fetch", "--each", api.base + "/{/id}", input=share,
                     check=0)
    heads = [json.loads(t.splitlines()[0]) for t in (share, done.stdout)]
    assert heads[0]["before"] == 3 and "before" not in heads[1]


def test_several_records_of_one(tools):
    with Rest(lambda r: Reply(body=b'{"items":[1,2]}')) as api:
        url = api.base + "/{/id}"
        done = tools.run("nf-fetch", "--each", "--records", "/items", url,
                         input=lines(2), check=0)
        assert done.stdout == "1\n2\n1\n2\n"
        done = tools.run("nf-fetch", "--each", "--records", "/items",
                         "--into", "items", url, input='{"id":1}\n', check=0)
        assert done.stdout == '{"id":1,"items":[1,2]}\n'


@pytest.mark.parametrize("prefetch", [1, 2, 8, 64])
def test_order_is_kept_under_faults(tools, prefetch):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)

    def answer(r):
        fault = chance.random()
        if fault < 0.1:
            return Reply(503, b"{}")
        return Reply(fault="reset") if fault < 0.2 else detail(r)

    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--each", "--prefetch", prefetch,
                         "--set", "/timeouts/retry_base=1ms", "--tries", "50",
                         api.base + "/{/id}", input=lines(300), check=0)
    assert [json.loads(x)["id"] for x in done.stdout.splitlines()] == list(
        range(300))


def test_several_are_under_way(tools):
    """Each waits until all eight are there: one by one none would end."""
    barrier = threading.Barrier(8)

    class Gate(Rest):
        def _say(self, conn, reply):
            barrier.wait(60)
            return super()._say(conn, reply)

    with Gate(detail) as api:
        done = tools.run("nf-fetch", "--each", "--prefetch", "8",
                         api.base + "/{/id}", input=lines(16), check=0)
    assert done.stdout.count("\n") == 16


def test_what_a_record_may_ask_with(tools):
    with Rest(lambda r: Reply(body=b"{}")) as api:
        record = json.dumps({"s": "á/b?c#d&e=f", "n": 1, "deep": [{"x": 2}],
                             "t": True}).replace(': 1,', ': 12.30,')
        tools.run("nf-fetch", "--each", "--query", "q={/deep/0/x}",
                  "--query", "s={/s}", "-H", "X-T: {/t}",
                  api.base + "/p/{/s}/{/n}", input=record + "\n", check=0)
        r, = api.requests
    assert r.path == "/p/%C3%A1%2Fb%3Fc%23d%26e%3Df/12.30"
    assert r.query == {"q": "2", "s": "á/b?c#d&e=f"}
    assert r.headers["x-t"] == "true"


@pytest.mark.parametrize("value,why", [
    ("", "empty"), (".", '"."'), ("..", '".."'), ("a\r\nX: y", "control"),
    ("\0", "control"), (None, "not a text"), ([1], "not a text"), ({}, "not a text")])
@pytest.mark.parametrize("where", ["url", "query", "header"])
def test_what_it_may_not(tools, where, value, why):
    with Rest(lambda r: Reply(body=b"{}")) as api:
        options = {"url": [api.base + "/a/{/id}"],
                   "query": ["--query", "q={/id}", api.base],
                   "header": ["-H", "X: {/id}", api.base]}[where]
        done = tools.run("nf-fetch", "--each", *options,
                         input='{"id":7}\n' + json.dumps({"id": value})
                         + "\n", check=65)
        assert "line 2" in done.stderr and why in done.stderr
        assert all("7" in str((r.path, r.query, r.headers))
                   for r in api.requests)
    assert done.stdout in ("", "{}\n")


@pytest.mark.parametrize("record,why", [
    ("[1]", "not an object"), ('{"id":1,"more":2}', "already"), ("{", "line 1")])
def test_no_place_for_the_answer(tools, api, record, why):
    done = tools.run("nf-fetch", "--each", "--into", "more", api.base + "/1",
                     input=record + "\n", check=65)
    assert "line 1" in done.stderr and why in done.stderr
    assert done.stdout == ""


def test_too_long_with_its_answer(tools, api):
    done = tools.run("nf-fetch", "--each", "--into", "more", "--max-line",
                     "64", api.base + "/1",
                     input='{"id":"%s"}\n' % ("x" * 40), check=65)
    assert "--max-line" in done.stderr and done.stdout == ""


def test_an_answer_that_is_missing(tools, tmp_path):
    def answer(r):
        return Reply(404, b"{}") if r.path == "/1" else detail(r)

    with Rest(answer) as api:
        source = {"url": api.base + "/{/id}", "each": True}
        rules = {"responses": [{"status": 404, "do": "empty"}]}
        path = tmp_path / "source.json"

        def run(doc, code):
            path.write_text(json.dumps(doc))
            return tools.run("nf-fetch", "-s", path, input=lines(3),
                             check=code)

        done = run(source, 69)
        assert "line 2: HTTP 404" in done.stderr
        assert len(done.stdout.splitlines()) == 1
        assert len(run({**source, **rules}, 0).stdout.splitlines()) == 2
        done = run({**source, **rules, "into": "d"}, 0)
        assert done.stdout.splitlines()[1] == '{"id":1,"n":1.10}'


@pytest.mark.parametrize("answer", ["null", "[]", " [ ] "])
def test_no_answer_takes_its_place(tools, answer):
    """A record is dropped only if somebody said that it may be."""
    with Rest(lambda r: Reply(body=answer.encode())) as api:
        ask = ["nf-fetch", "--each", api.base]
        done = tools.run(*ask, input=lines(2), check=65)
        assert "line 1" in done.stderr and "--records" in done.stderr
        assert done.stdout == ""
        done = tools.run(*ask, "--records", "", input=lines(2), check=0)
        assert done.stdout == ""
        done = tools.run(*ask, "--into", "a", input='{"n":1}\n', check=0)
        assert json.loads(done.stdout) == {"n": 1, "a": json.loads(answer)}
    with Rest(lambda r: Reply(body=b"[1,2]")) as api:
        done = tools.run("nf-fetch", "--each", api.base, input=lines(2),
                         check=0)
        assert done.stdout == "1\n2\n" * 2


@pytest.mark.parametrize("reply", [
    Reply(body=b'{"items":[5]}', headers={"Link": "</2>; rel=next"}),
    Reply(body=b'{"next_page":2,"items":[5]}')])
def test_nobody_gets_the_first_page_only(tools, reply):
    with Rest(lambda r: reply) as api:
        ask = ["nf-fetch", "--each", "--records", "/items", api.base]
        done = tools.run(*ask, input="1\n", check=78)
        assert "line 1" in done.stderr and done.stdout == ""
        done = tools.run(*ask, "--paginate", "none", input="1\n", check=0)
        assert done.stdout == "5\n"


def test_sealed(tools, api):
    """The list's marks are passed on, each after what came before it."""
    things = [{"id": i} for i in range(6)]

    def pages(r):
        start = "a-b-c".index(r.query.get("after", "a"))
        return Reply(body=json.dumps({
            "data": things[start:start + 2],
            "next": "a-b-c"[start + 2] if start < 4 else None}).encode())

    with Rest(pages) as listing:
        stream = tools.run(
            "nf-fetch", "--seal", "--run", "r", "--at", "5", "--records",
            "/data", "-p", "cursor", "--cursor-param", "after", "--next",
            "/next", listing.base, check=0).stdout
    url = api.base + "/{/id}"
    done = tools.run("nf-fetch", "--each", "--seal", url, input=stream,
                     check=0)
    into = [json.loads(x) for x in stream.splitlines()]
    out = [json.loads(x) for x in done.stdout.splitlines()]
    kind = [x.get("$nf", "record") for x in out]
    assert kind == [x.get("$nf", "record") for x in into]
    assert kind.count("mark") == 2
    for a, b in zip(into, out):
        if "cursor" in a:
            assert a == b
    assert out[0]["run"] == "r" and out[0]["at"] == into[0]["at"]
    assert out[0]["source"] != into[0]["source"]
    assert out[-1]["records"] == 6
    # Sealed without being told; but not if the list is cut off.
    assert tools.run("nf-fetch", "--each", url, input=stream,
                     check=0).stdout == done.stdout
    cut = tools.run("nf-fetch", "--each", url, check=75,
                    input=stream[:stream.rindex("{")])
    assert '"end"' not in cut.stdout and cut.stdout.count('"total"') <= 6
    assert tools.run("nf-fetch", "--each", "--run", "s", url, input=stream,
                     check=64).stdout == ""


@pytest.mark.parametrize("text", ["", '{"id":1}\n'])
def test_seal_wants_a_seal(tools, api, text):
    done = tools.run("nf-fetch", "--each", "--seal", api.base + "/{/id}",
                     input=text, check=64)
    assert "not sealed" in done.stderr and not api.requests


def test_nothing_to_ask(tools, api):
    done = tools.run("nf-fetch", "--each", api.base, input="", check=0)
    assert done.stdout == "" and not api.requests


@pytest.mark.parametrize("option", [
    "--total /n", "--set /unique=/id", "--max-records 3", "--max-pages 3",
    "--set /stable=true", "-p page --set /stable=true"])
def test_no_walk(tools, api, option):
    done = tools.run("nf-fetch", "--each", *option.split(), api.base,
                     input=lines(1), check=64)
    assert "each" in done.stderr and not api.requests


def test_usage(tools, api):
    tools.run("nf-fetch", "--each", "--resume", "1", api.base, input="",
              check=64)
    done = tools.run("nf-fetch", "--into", "x", api.base, check=64)
    assert "--each" in done.stderr
    done = tools.run("nf-fetch", api.base + "/{/id}", check=64)
    assert "no variable {/id}" in done.stderr
    done = tools.run("nf-fetch", "--each", "--dry-run", api.base + "/{/id}",
                     input=lines(2), check=0)
    assert done.stdout.startswith(f"GET {api.base}/0\n")
    assert not api.requests


def test_replayed(tools, api, tmp_path):
    url = api.base + "/{/id}"
    live = tools.run("nf-fetch", "--each", "--record", tmp_path / "tape", url,
                     input=lines(3), check=0)
    n = len(api.requests)
    again = tools.run("nf-fetch", "--each", "--replay", tmp_path / "tape",
                      url, input=lines(3), check=0)
    assert again.stdout == live.stdout and len(api.requests) == n


def test_a_slow_list_does_not_keep_answers(tools, api):
    """What is asked comes out before the next record is there."""
    with tools.start("nf-fetch", "--each", api.base + "/{/id}",
                     stdin=-1, stdout=-1) as p:
        for i in range(3):
            p.stdin.write(b'{"id":%d}\n' % i)
            p.stdin.flush()
            assert json.loads(p.stdout.readline())["id"] == i
        p.stdin.close()
        assert p.wait(60) == 0
