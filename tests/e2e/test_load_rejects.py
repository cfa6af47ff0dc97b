# SPDX-License-Identifier: Apache-2.0
"""Refused rows: when they are too many, and what is no verdict on a row."""

import json
import signal
import subprocess
import threading
import time

import pytest

from conftest import ndjson
from bigtable_double import Double


def stream(n):
    return "".join(json.dumps(
        {"table": "t", "row": f"{i:06d}", "ts": 1000,
         "cells": {"f": {"q": "v"}}}) + "\n" for i in range(n))


def refusing(rows):
    def script(request):
        yield "entries", [(i, 3 if row in rows else 0)
                          for i, row in enumerate(request.rows)]
    return script


def load(tools, double, lines, *args, check=None):
    return tools.run("nf-load", "--plaintext", "--endpoint", double.endpoint,
                     *args, "bigtable://p/i", input=lines, check=check,
                     timeout=60)


@pytest.mark.parametrize("size", [10, 1000])
def test_too_many_rejects_end_the_run(tools, tmp_path, size):
    """The rest of the batch has its outcome, and so have other batches."""
    with Double(refusing({"000000", "000001", "000004"})) as double:
        done = load(tools, double, stream(2000), "--batch-rows", size,
                    "--reject", tmp_path / "rejects", "--max-rejects", "1",
                    "--results", "-", "--results-all", check=65)
    assert "more than 1 rejects" in done.stderr
    rejects = ndjson((tmp_path / "rejects").read_text())
    assert [r["line"] for r in rejects] == [1, 2]
    results = ndjson(done.stdout)
    told = [r["row"] for r in results]
    sent = [row for r in double.requests for row in r.rows]
    assert len(told) == len(set(told)) and set(sent) <= set(told)
    assert {r["row"] for r in results if r["code"] == 3} == \
        {"000000", "000001", "000004"}


def test_too_many_rejects_end_a_run_that_waits_for_input(tools, tmp_path):
    rows = {f"{i:06d}" for i in range(20)}
    with Double(refusing(rows)) as double:
        p = tools.start("nf-load", "--plaintext", "--endpoint",
                        double.endpoint, "--reject", tmp_path / "rejects",
                        "--max-rejects", "1", "bigtable://p/i",
                        stdin=subprocess.PIPE)
        p.stdin.write(stream(20).encode())
        p.stdin.flush()
        try:
            assert p.wait(60) == 65
        finally:
            p.kill()
            p.communicate()


def test_results_that_nobody_reads_end_the_run(tools):
    """Also while a batch is judged, with lines that wait behind it."""
    lines = stream(200) * 100
    with Double(refusing({f"{i:06d}" for i in range(200)})) as double:
        p = tools.start("nf-load", "--plaintext", "--endpoint",
                        double.endpoint, "--results", "-", "--results-all",
                        "--reject", "/dev/null", "bigtable://p/i",
                        stdin=subprocess.PIPE)
        p.stdout.close()
        p.stdout = None
        try:
            p.communicate(lines.encode(), timeout=60)
        finally:
            p.kill()
        assert p.returncode == 141


@pytest.mark.parametrize("code", [2, 13, 15])
@pytest.mark.parametrize("reject", [True, False])
def test_trouble_of_a_whole_request_is_no_verdict_on_its_rows(
        tools, tmp_path, code, reject):
    def script(request):
        if "000005" in request.rows:
            yield "status", code, "try again later", []
        else:
            yield "entries", [(i, 0) for i in range(len(request.rows))]

    args = ["--reject", tmp_path / "rejects"] if reject else []
    with Double(script) as double:
        done = load(tools, double, stream(20), "--results", "-", *args,
                    check=75)
    assert "line 6:" in done.stderr
    assert not (tmp_path / "rejects").exists()
    assert {r["code"] for r in ndjson(done.stdout)} <= {1, code}
    assert len(double.requests) < 20


def test_a_server_in_trouble_is_not_asked_for_every_row(tools):
    with Double(lambda request: [("status", 13, "bug", [])]) as double:
        done = load(tools, double, stream(256), "--results", "-", check=75)
    assert len(double.requests) < 30
    assert {r["code"] for r in ndjson(done.stdout)} == {13}
    assert len(ndjson(done.stdout)) == 256


def test_the_same_code_for_one_entry_refuses_it(tools, tmp_path):
    with Double(lambda request: [("entries", [(0, 0), (1, 13)])]) as double:
        load(tools, double, stream(2), "--reject", tmp_path / "rejects",
             check=0)
    (reject,) = ndjson((tmp_path / "rejects").read_text())
    assert (reject["line"], reject["code"]) == (2, "INTERNAL")


@pytest.mark.parametrize("why", ["a refused row", "SIGTERM"])
def test_a_run_that_stops_sends_no_other_part_of_a_request(tools, why):
    """What waits for the part in flight is reported, and goes nowhere."""
    arrived, told, let_go = (threading.Event() for _ in range(3))

    def script(request):
        if len(request.rows) == 8:
            yield "status", 3, "one of these is wrong", []
        elif len(request.rows) == 1:
            yield "entries", [(0, 3)]
            told.set()
        else:
            arrived.set()
            assert let_go.wait(60)
            yield "entries", [(i, 0) for i in range(len(request.rows))]

    lines = stream(9).encode().splitlines(True)
    with Double(script) as double:
        p = tools.start("nf-load", "--plaintext", "--endpoint",
                        double.endpoint, "--batch-rows", "8", "--results",
                        "-", "--results-all", "bigtable://p/i",
                        stdin=subprocess.PIPE)
        p.stdin.write(b"".join(lines[:8]))
        p.stdin.flush()
        assert arrived.wait(60)
        if why == "SIGTERM":
            p.terminate()
        else:
            p.stdin.write(lines[8])
            p.stdin.flush()
            assert told.wait(60)
        time.sleep(0.5)
        let_go.set()
        out, err = p.communicate(timeout=60)
    term = why == "SIGTERM"
    assert p.returncode == (128 + signal.SIGTERM if term else 69), err
    sent = [r.rows for r in double.requests if len(r.rows) > 1]
    assert [len(rows) for rows in sent] == [8, 4]
    codes = {r["row"]: r["code"] for r in ndjson(out.decode())}
    assert codes == {**dict.fromkeys(sent[0], 1), **dict.fromkeys(sent[1], 0),
                     **({} if term else {"000008": 3})}
