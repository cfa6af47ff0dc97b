# SPDX-License-Identifier: Apache-2.0
"""nf-fetch: seals, marks, and going on at one."""

import json

import pytest

from rest import Reply, Rest
from things import Things, page


def test_seal_and_resume(tools):
    """From every mark on, the rest is what came after it."""
    with Rest(Things(47)) as api:
        args = ["--seal", "--run", "r", "--at", "7", "--records", "/data",
                "-p", "cursor", "--cursor-param", "after", "--next", "/next",
                api.base + "/cursor"]
        whole = tools.run("nf-fetch", *args, check=0).stdout.splitlines()
        assert json.loads(whole[0])["from"] is None
        assert json.loads(whole[0])["at"] == 7
        assert json.loads(whole[-1])["records"] == 47
        marks = [i for i, line in enumerate(whole) if '"mark"' in line]
        assert len(marks) == 4
        for i in marks:
            cursor = whole[i][len('{"$nf":"mark","cursor":'):-1]
            rest = tools.run("nf-fetch", "--resume", cursor, *args,
                             check=0).stdout.splitlines()
            assert cursor in rest[0]
            assert rest[1:-1] == whole[i + 1:-1]
        (tools.folder / "c").write_text(
            json.dumps(json.loads(cursor), indent=2) + "\n")
        again = tools.run("nf-fetch", "--resume", "@c", *args, check=0)
        assert again.stdout.splitlines() == rest
        null = tools.run("nf-fetch", "--resume", "null", *args, check=0)
        assert null.stdout.splitlines() == whole
        for bad in '{"type":"page","number":3,"records":1}', "{}", "xx":
            assert tools.run("nf-fetch", "--resume", bad,
                             *args).returncode == 78


def test_windows_from_1970(tools):
    """The first day of all is a day like others."""
    with Rest(lambda r: page([{"id": r.query["d"]}])) as api:
        args = ["--seal", "--records", "/data", "-p", "none", "--from",
                "1970-01-01", "--to", "1970-01-03", "--query", "d={from}",
                api.base]
        whole = tools.run("nf-fetch", *args, check=0).stdout.splitlines()
        first = json.dumps(json.loads(whole[2])["cursor"])
        assert json.loads(first)["window"] == "1970-01-02"
        rest = tools.run("nf-fetch", "--resume", first, *args, check=0)
        assert rest.stdout.splitlines()[1:-1] == whole[3:-1]
        start = '{"type":"none","window":"1970-01-01","records":0}'
        again = tools.run("nf-fetch", "--resume", start, *args, check=0)
        assert again.stdout.splitlines()[1:] == whole[1:]


@pytest.mark.parametrize("value", ["a\0b", "caf\xe9"])
def test_a_cursor_that_a_mark_cannot_hold(tools, value):
    """It is followed, and makes no mark."""
    def answer(r):
        if "\0" in value:
            return page([{"id": len(r.query)}], next=None if r.query else value)
        return Reply(body=b"[%d]" % len(r.query), headers={} if r.query else {
            "X-Next": value})
    where = ["--records", "/data", "--next", "/next"] if "\0" in value else \
        ["--next", "X-Next"]
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", "-p", "cursor", "--cursor-param",
                         "c", *where, api.base, check=0)
        assert len(api.requests) == 2
    assert "mark" not in done.stdout and '"records":2' in done.stdout


def test_a_long_run_id(tools):
    done = tools.run("nf-fetch", "--run", "r" * 257, "http://127.0.0.1:1/")
    assert done.returncode == 64 and "--run" in done.stderr


@pytest.mark.parametrize("status", [400, 404, 410])
def test_refused_cursor(tools, status):
    things = Things(20)

    def answer(r):
        if r.query.get("after") == "old":
            return Reply(status, b"{}")
        return things(r)
    with Rest(answer) as api:
        done = tools.run(
            "nf-fetch", "--seal", "--resume",
            '{"type":"cursor","text":"old","records":5}', "--records",
            "/data", "-p", "cursor", "--cursor-param", "after", "--next",
            "/next", api.base + "/cursor", check=0)
    lines = done.stdout.splitlines()
    assert json.loads(lines[0])["from"] is None
    assert json.loads(lines[-1])["records"] == 20
    assert "starting over" in done.stderr


@pytest.mark.parametrize("path,options,marks", [
    ("page", "-p page --records /data", 0),
    ("page", "-p page --records /data --set /stable=true", 5),
    ("offset", "-p offset --records /data", 0),
    ("cursor", "-p cursor --cursor-param after --next /next --records /data",
     4),
    ("next", "-p next --next /next/href --records /data", 4),
    ("link", "", 4),
])
def test_sound_marks(tools, path, options, marks):
    with Rest(Things(47)) as api:
        done = tools.run("nf-fetch", "--seal", *options.split(),
                         f"{api.base}/{path}", check=0)
    assert done.stdout.count('{"$nf":"mark"') == marks


def test_counting_links_are_no_marks(tools):
    def answer(r):
        n = int(r.query.get("page", 1))
        reply = Reply(body=b'[{"id":%d}]' % n)
        if n < 4:
            reply.headers["Link"] = f'<?q=a&page={n + 1}>; rel="next"'
        return reply
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", api.base + "/?q=a", check=0)
        assert '{"$nf":"mark"' not in done.stdout
        done = tools.run("nf-fetch", "--seal", "--set", "/stable=true",
                         api.base + "/?q=a", check=0)
        assert done.stdout.count('{"$nf":"mark"') == 3


def test_window_marks_only_closed(tools):
    with Rest(lambda r: Reply(body=b'[{"id":1}]')) as api:
        done = tools.run(
            "nf-fetch", "--seal", "--from", "2024-01-01", "--to",
            "2024-01-05", "--at", "1704326400000000",  # 2024-01-04T00:00
            api.base + "/?d={from}", check=0)
    marks = [json.loads(line)["cursor"]["window"]
             for line in done.stdout.splitlines() if '"mark"' in line]
    assert marks == ["2024-01-02", "2024-01-03", "2024-01-04"]


@pytest.mark.parametrize("rule", [False, True])
@pytest.mark.parametrize("path,position,options", [
    ("page", '"type":"page","number":2', "-p page --set /paginate/total_pages=/pages"),
    ("page", '"type":"page","number":3', "-p page"),
    ("offset", '"type":"offset","number":7', "-p offset"),
    ("cursor", '"type":"cursor","text":"10"',
     "-p cursor --cursor-param after --next /next"),
])
def test_not_found_is_no_end(tools, path, position, options, rule):
    """Not of what was resumed: nobody knows what it was refused for."""
    things = Things(20)

    def answer(r):
        return Reply(404, b"{}") if len(api.requests) == 1 else things(r)
    (tools.folder / "s.json").write_text(json.dumps({"responses": [
        {"status": 404, "do": "empty"}] if rule else []}))
    with Rest(answer) as api:
        done = tools.run(
            "nf-fetch", "-s", "s.json", "--seal", "--set", "/stable=true", "--prefetch",
            "1", "--resume", '{%s,"records":10}' % position, "--records",
            "/data", *options.split(), f"{api.base}/{path}", check=0)
    lines = done.stdout.splitlines()
    assert json.loads(lines[0])["from"] is None
    assert json.loads(lines[-1])["records"] == 20
    assert "starting over" in done.stderr


def test_resumed_at_a_day_without(tools):
    """A rule says that 404 is a day without records: it is no refusal."""
    (tools.folder / "s.json").write_text(json.dumps({"responses": [
        {"status": 404, "do": "empty"}]}))
    with Rest(lambda r: Reply(404, b"{}")) as api:
        done = tools.run(
            "nf-fetch", "-s", "s.json", "--seal", "--from", "2024-01-01",
            "--to", "2024-01-03", "--resume",
            '{"type":"link","window":"2024-01-02","records":9}',
            api.base + "/?d={from}", check=0)
        assert len(api.requests) == 2
    assert "starting over" not in done.stderr
