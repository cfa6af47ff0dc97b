# SPDX-License-Identifier: Apache-2.0
"""nf-fetch: windows of minutes and hours, by the clocks of a zone."""

import datetime
import json
import zoneinfo

import pytest

from rest import Reply, Rest


def fetch(tools, base, window, *args, code=0, query=None):
    (tools.folder / "s.json").write_text(json.dumps(
        {"url": base, "window": window, "paginate": {"type": "page"},
         "query": query or {"a": "{from}", "b": "{to}", "c": "{until}"}}))
    return tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", "-s", "s.json",
                     *args, check=code)


def pages(r):
    n = int(r.query["page"])
    return Reply(body=json.dumps(
        [{"id": r.query["a"] + "/" + str(n)}] if n < 3 else []).encode())


def ids(done):
    lines = (json.loads(x) for x in done.stdout.splitlines())
    return [x["id"] for x in lines if "$nf" not in x]


@pytest.mark.parametrize("step,hours,n", [
    ("15m", 0.25, 20), ("1h", 1, 5), ("2h", 2, 3), ("90m", 1.5, 4)])
@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Kolkata", None])
def test_hours(tools, step, hours, n, zone):
    """Contiguous, of the zone's clocks, the last one shorter; faults and
    going on at any mark change nothing."""
    window = {"from": "2026-01-31T22:00", "to": "2026-02-01T03:00",
              "step": step, "format": "epoch"}
    if zone:
        window["zone"] = zone
    start = datetime.datetime(2026, 1, 31, 22, tzinfo=zoneinfo.ZoneInfo(
        zone or "UTC")).timestamp()
    seen = set()

    def flaky(r):
        if r.target not in seen and len(seen) < 30:
            seen.add(r.target)
            return Reply(fault="reset")
        return pages(r)
    with Rest(flaky) as api:
        whole = fetch(tools, api.base, window, "--seal")
        edges = sorted({(int(r.query["a"]), int(r.query["b"]),
                         int(r.query["c"])) for r in api.requests})
        assert len(edges) == n and edges[0][0] == start
        assert edges[-1][2] == start + 5 * 3600
        for (a, b, c), (d, _, _) in zip(edges, edges[1:]):
            assert c == d == b + 1 and c - a == hours * 3600
        assert ids(whole) == [f"{a}/{k}" for a, _, _ in edges for k in (1, 2)]
        lines = whole.stdout.splitlines()
        marks = [i for i, x in enumerate(lines) if '"mark"' in x]
        assert len(marks) == n - 1
        for i in marks[::7]:
            cursor = json.loads(lines[i])["cursor"]
            assert cursor["window"].endswith("Z")
            rest = fetch(tools, api.base, window, "--seal", "--resume",
                         json.dumps(cursor))
            assert rest.stdout.splitlines()[1:-1] == lines[i + 1:-1]


@pytest.mark.parametrize("window,asked", [
    ({"from": "2026-01-01", "to": "2026-01-01", "step": "12h"},
     [("2026-01-01T00:00:00", "2026-01-01T11:59:59", "2026-01-01T12:00:00"),
      ("2026-01-01T12:00:00", "2026-01-01T23:59:59", "2026-01-02T00:00:00")]),
    ({"from": "2026-01-31", "to": "2026-03-30", "step": "1mo",
      "zone": "America/Sao_Paulo", "format": "%d/%m/%Y %H:%M:%S"},
     [("31/01/2026 00:00:00", "27/02/2026 23:59:59", "28/02/2026 00:00:00"),
      ("28/02/2026 00:00:00", "30/03/2026 23:59:59", "31/03/2026 00:00:00")]),
    ({"from": "2018-11-04", "to": "2018-11-04",
      "zone": "America/Sao_Paulo", "format": "epoch_ms"},
     [("1541300400000", "1541383199999", "1541383200000")]),
    ({"from": "2026-01-01T08:00-03:00", "to": "2026-01-03", "step": "all"},
     [("2026-01-01T11:00:00", "2026-01-03T23:59:59", "2026-01-04T00:00:00")]),
    ({"from": "2026-01-01", "to": "2026-01-10", "step": "1w"},
     [("2026-01-01", "2026-01-07", "2026-01-08"),
      ("2026-01-08", "2026-01-10", "2026-01-11")]),
])
def test_edges(tools, window, asked):
    with Rest(pages) as api:
        fetch(tools, api.base, window, "--prefetch", "1")
        got = [(r.query["a"], r.query["b"], r.query["c"])
               for r in api.requests if r.query["page"] == "1"]
        assert got == asked


@pytest.mark.parametrize("window,says", [
    ({"step": "1h", "format": "%Y-%m-%d"}, "/window/format"),
    ({"step": "15m", "format": "%Y-%m-%dT%H"}, "/window/format"),
    ({"step": "1s"}, "/window/step"), ({"step": "0h"}, "/window/step"),
    ({"step": "1M"}, "/window/step"),
    ({"from": "2026-01-01T10:00"}, "/window/from"),
    ({"step": "1h", "to": "2026-01-01T00:00"}, "/window/to"),
    ({"step": "1h", "to": "2026-01-01T00:00:00.5"}, "/window/to"),
    ({"zone": "America/Nowhere"}, "/window/zone"),
    ({"zone": ""}, "/window/zone"), ({"format": "epoch_ns"}, "format"),
])
def test_windows_that_are_wrong(tools, window, says):
    done = fetch(tools, "http://h.example/", {
        "from": "2026-01-01", "to": "2026-01-02", **window}, "--check",
        code=78)
    assert says in done.stderr


def test_a_window_that_is_not_over(tools):
    """It is marked behind only if it was over by the clocks of its zone."""
    window = {"from": "2026-01-01", "to": "2026-01-02"}
    at = str(1767312000 * 1000000)  # midnight of UTC
    with Rest(pages) as api:
        done = fetch(tools, api.base, window, "--seal", "--at", at)
        assert '"mark"' in done.stdout
        window["zone"] = "America/Sao_Paulo"
        done = fetch(tools, api.base, window, "--seal", "--at", at)
        assert '"mark"' not in done.stdout


def test_cursors_of_other_windows(tools):
    """A mark for days is not valid for hours, nor the reverse."""
    with Rest(pages) as api:
        for step, other in ("1d", "2026-01-01T00:00:00Z"), ("1h",
                                                            "2026-01-0x"):
            done = fetch(tools, api.base, {
                "from": "2026-01-01", "to": "2026-01-01", "step": step},
                "--seal", "--resume", json.dumps(
                    {"type": "page", "window": other, "records": 0}), code=78)
            assert "windows" in done.stderr


def test_on_the_command_line(tools):
    with Rest(pages) as api:
        done = tools.run("nf-fetch", "-p", "page", "--from",
                         "2026-01-01T08:00", "--to", "2026-01-01T09:00",
                         "--step", "30m", "--query", "a={from}", api.base,
                         check=0)
        assert ids(done) == ["2026-01-01T08:%s:00/%d" % (m, n)
                             for m in ("00", "30") for n in (1, 2)]
