# SPDX-License-Identifier: Apache-2.0
"""nf-fetch: what the API counts, held against what came, also later."""

import json

import pytest

from rest import Reply, Rest
from things import Things, page

DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]
WINDOWS = ["--seal", "--run", "r", "--at", "1795393800000000", "--records",
           "/data", "--from", DAYS[0], "--to", DAYS[-1],
           "--query", "d={from}"]


def marks(lines):
    """The places of the marks, with their cursors."""
    return [(i, json.dumps(json.loads(line)["cursor"]))
            for i, line in enumerate(lines) if '{"$nf":"mark"' in line]


def rests(tools, args, whole):
    """From every mark on, the rest is what came after it."""
    assert marks(whole)
    for i, cursor in marks(whole):
        rest = tools.run("nf-fetch", "--resume", cursor, *args, check=0)
        assert rest.stdout.splitlines()[1:-1] == whole[i + 1:-1], cursor


@pytest.mark.parametrize("short", DAYS)
def test_each_window_is_counted(tools, short):
    """One that is short is not marked as done."""
    def answer(r):
        n = 4 if r.query["d"] == short else 6
        return page([{"id": i} for i in range(n)], total=6)
    args = [*WINDOWS, "-p", "none", "--total", "/total"]
    with Rest(answer) as api:
        done = tools.run("nf-fetch", *args, api.base)
        assert done.returncode == 75 and "counts 6" in done.stderr
        found = marks(done.stdout.splitlines())
        assert [json.loads(c)["window"] for _, c in found] == \
            DAYS[1:DAYS.index(short) + 1]
        for _, cursor in found:
            assert tools.run("nf-fetch", "--resume", cursor, *args,
                             api.base).returncode == 75


WAYS = [["-p", "cursor", "--next", "/next", "--cursor-param", "page"],
        ["-p", "page", "--set", "/stable=true"],
        ["-p", "offset", "--set", "/stable=true", "--page-param", "from"]]


def two_pages(total):
    """Each window has two pages of two records."""
    def answer(r):
        n = int(r.query["from"]) // 2 if "from" in r.query else \
            int(r.query.get("page", "1").replace("b", "2")) - 1
        return page([{"id": r.query["d"], "n": n}] * 2 if n < 2 else [],
                    total=total, next="b" if n == 0 else None)
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_resumed_within_a_window(tools, way):
    """What the window had before the mark counts."""
    with Rest(two_pages(4)) as api:
        args = [*WINDOWS, *way, "--total", "/total", api.base]
        whole = tools.run("nf-fetch", *args, check=0).stdout.splitlines()
        rests(tools, args, whole)
        cursors = [c for _, c in marks(whole) if "walked" in c]
        assert len(cursors) >= 3
    with Rest(two_pages(6)) as api:
        for cursor in cursors:
            done = tools.run("nf-fetch", "--resume", cursor, *args[:-1],
                             api.base)
            assert done.returncode == 75 and "counts 6" in done.stderr
            assert '"end"' not in done.stdout


def test_a_cursor_without_counts(tools):
    """It starts over where they are needed, and goes on elsewhere."""
    old = '{"type":"cursor","window":"2026-01-02","text":"2","records":6}'
    with Rest(two_pages(4)) as api:
        args = ["--resume", old, *WINDOWS, *WAYS[0], api.base]
        done = tools.run("nf-fetch", *args, check=0)
        assert len(api.requests) == 3
        done = tools.run("nf-fetch", "--total", "/total", *args, check=0)
        lines = done.stdout.splitlines()
        assert json.loads(lines[0])["from"] is None
        assert json.loads(lines[-1])["records"] == 12
        assert "starting over" in done.stderr


def with_a_hole(hole, first_only=False):
    """Five pages of ten; the third is what hole says."""
    def answer(r):
        n = int(r.query.get("page", 0)) or \
            int(r.query.get("offset", 0)) // 10 + 1
        told = {} if first_only and n > 1 else {"pages": 5, "total": 50}
        return hole if n == 3 else page(
            [{"id": 10 * n + i} for i in range(10)] if n < 6 else [], **told)
    return answer


HOLES = [Reply(404, b"{}"), page([]), page([], pages=0, total=0)]


@pytest.mark.parametrize("hole", range(3))
@pytest.mark.parametrize("way", [
    "-p page --total /total",
    "-p page --total /total --set /paginate/size=50 --set /paginate/size_param=n",
    "-p offset --total /total"])
def test_records_told_before_a_hole(tools, way, hole):
    """A count holds until another is reported."""
    for first_only in False, True:
        with Rest(with_a_hole(HOLES[hole], first_only)) as api:
            args = ["--seal", "--set", "/stable=true", "--records", "/data", *way.split()]
            done = tools.run("nf-fetch", *args, api.base)
            assert done.returncode == 75, done.stdout
            assert "counts" in done.stderr and '"end"' not in done.stdout
            found = marks(done.stdout.splitlines())
            assert len(found) == 2
        for _, cursor in found if hole else []:
            with Rest(with_a_hole(HOLES[hole], first_only)) as api:
                done = tools.run("nf-fetch", "--resume", cursor, *args,
                                 api.base)
                assert done.returncode == 75, done.stdout


@pytest.mark.parametrize("hole", range(3))
def test_pages_told_before_a_hole(tools, hole):
    """An empty page is not the end; nor is one that a rule makes empty."""
    source = {"records": "/data", "paginate": {
        "type": "page", "total_pages": "/pages"}, "responses": [
            {"status": 404, "do": "empty"}]}
    (tools.folder / "s.json").write_text(json.dumps(source))
    with Rest(with_a_hole(HOLES[hole])) as api:
        done = tools.run("nf-fetch", "-s", "s.json", api.base)
        assert done.returncode == 75 and "/total counts 50" in done.stderr
        done = tools.run("nf-fetch", "--set", "/not_more/-=/total", "-s", "s.json",
                         api.base, check=0)
        assert len(done.stdout.splitlines()) == 40
        source["paginate"] = {"type": "page", "total_records": "/total"}
        (tools.folder / "s.json").write_text(json.dumps(source))
        done = tools.run("nf-fetch", "-s", "s.json", api.base)
        assert done.returncode == 75


def test_offsets_are_no_page_numbers(tools):
    """A count of pages says nothing of them."""
    with Rest(with_a_hole(page([{"id": 30 + i} for i in range(10)]))) as api:
        done = tools.run("nf-fetch", "--records", "/data", "-p", "offset",
                         "--set", "/paginate/total_pages=/pages", api.base, check=0)
        assert len(done.stdout.splitlines()) == 50


def test_an_empty_last_page_counts_none(tools):
    """Some count what is on the page only where there is something."""
    def answer(r):
        n = int(r.query["page"])
        return page([{"id": n}] if n < 4 else [], total=3 if n < 4 else 0)
    with Rest(answer) as api:
        tools.run("nf-fetch", "--records", "/data", "-p", "page", "--total",
                  "/total", api.base, check=0)


@pytest.mark.parametrize("limit,over", [
    (["--max-pages", 3], '"records":9,"pages":3'),
    (["--max-pages", 3, "--prefetch", 8], '"records":9,"pages":3'),
    (["--max-records", 25], '"records":25'),
    (["--max-records", 30], '"records":40'),
])
def test_limits_are_of_all_attempts(tools, limit, over):
    """From every mark on it goes as far as in one run."""
    with Rest(Things(80)) as api:
        args = ["--seal", "--run", "r", "--at", "7", "--records", "/data",
                "-p", "page", "--set", "/stable=true", *limit, api.base + "/page"]
        whole = tools.run("nf-fetch", *args, check=0).stdout.splitlines()
        rests(tools, args, whole)
        assert len(api.requests) == 3 + 2 + 1 or "--max-pages" not in limit
        done = tools.run("nf-fetch", "--resume",
                         '{"type":"page","number":4,%s}' % over, *args)
        assert done.returncode == 78 and limit[0] in done.stderr


LINES = {"Content-Type": "application/x-ndjson"}


def test_an_id_that_comes_again_in_lines(tools):
    def answer(r):
        n = int(r.query["page"])
        return Reply(body=b'{"id":5}\n{"id":%d}\n' % n if n < 3 else b"",
                     headers=LINES)
    with Rest(answer) as api:
        args = ["--seal", "-p", "page", "--set"]
        done = tools.run("nf-fetch", *args, "/unique=/id", api.base)
        assert done.returncode == 75 and '"end"' not in done.stdout
        assert tools.run("nf-fetch", *args, "/unique=/no", api.base).returncode == 65


@pytest.mark.parametrize("args", [
    ["-p", "cursor", "--next", "/next", "--cursor-param", "c"],
    ["-p", "page", "--set", "/paginate/total_pages=/next"],
    ["-p", "page", "--total", "/next"],
    ["--records", "/data"],
    ["--records", "/data", "--each"],
    ["--total", "/next"],
])
def test_nothing_is_looked_for_in_lines(tools, args):
    """What is named in the page cannot be there, which is an error."""
    def answer(r):
        body = {"data": [len(r.query)], "next": None if "c" in r.query else 2}
        return Reply(body=json.dumps(body).encode() + b"\n", headers=LINES)
    with Rest(answer) as api:
        done = tools.run("nf-fetch", *args, api.base, input="{}\n")
        assert done.returncode == 65 and not done.stdout, done.stdout
        assert "/format=json" in done.stderr or "--total" in args
        if "--next" in args:
            done = tools.run("nf-fetch", *args, "--set", "/format=json",
                             "--records", "/data", api.base, check=0)
            assert done.stdout == "0\n1\n"
