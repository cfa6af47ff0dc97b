# SPDX-License-Identifier: Apache-2.0
"""--metrics of each tool: what is counted is what the other side saw."""

import json
import re
import subprocess

import pytest

from bigtable_double import Double, retry_info
from conftest import RELATIONAL, make_invoice

SAMPLE_LINE = re.compile(r"(\w+)\{(.*)\} (\S+)")


def read(path):
    """{(name, "label=value,..." without the tool): number}"""
    found = {}
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE_LINE.fullmatch(line).groups()
            rest = ",".join(labels.replace('"', "").split(",")[1:])
            assert (name, rest) not in found
            found[name, rest] = float(value)
    return found


def counted_once(m, requests):
    """Each request is in the histogram once."""
    assert m["nf_request_duration_seconds_count", ""] == requests
    assert m["nf_request_duration_seconds_bucket", "le=+Inf"] == requests
    assert sum(v for (name, _), v in m.items()
               if name == "nf_requests_total") == requests


def test_fetch(tools, api, tmp_path):
    server = api([make_invoice(n) for n in range(6)], per_page=2)
    busy = [True]

    def before(handler, path, query):
        if busy and len(server.requests) > 1:
            busy.clear()
            handler.answer(429, "{}", {"Retry-After": "1"})
            return True
        return False

    server.before = before
    tools.run("nf-fetch", "--metrics", "m", "--summary", "s", server.url,
              check=0)
    m = read(tmp_path / "m")
    assert m["nf_requests_total", "code=429"] == 1
    assert m["nf_requests_total", "code=200"] == 3
    counted_once(m, len(server.requests))
    assert m["nf_retries_total", ""] == 1
    assert m["nf_throttled_seconds_total", ""] >= 1
    assert json.loads((tmp_path / "s").read_text())[
        "throttled_seconds"] == m["nf_throttled_seconds_total", ""]
    assert m["nf_records_total", "outcome=out"] == 6


def test_fetch_without_an_answer(tools, tmp_path):
    tools.run("nf-fetch", "--tries", 1, "--metrics", "m",
              "http://127.0.0.1:1/", check=75)
    m = read(tmp_path / "m")
    assert m["nf_requests_total", "code=none"] == 1
    assert m["nf_exit_code", ""] == 75
    assert not any(n.startswith("nf_last_success") for n, _ in m)


def test_stage(tools, storage, tmp_path):
    tools.run("nf-stage", "put", "--unsealed", "--emit=none", "--metrics",
              "m", f"{storage.uri}/r", input='{"a":1}\n', check=0,
              env=storage.env)
    m = read(tmp_path / "m")
    counted_once(m, m["nf_request_duration_seconds_count", ""])
    assert m["nf_requests_total", "code=200"] >= 3
    assert m["nf_throttled_seconds_total", ""] == 0


def test_transform(tools, tmp_path):
    tools.run("nf-transform", "-m", RELATIONAL, "--ts", 1000, "--reject",
              "bad", "--metrics", "m",
              input=make_invoice(1) + '\n{"NFeNumber":2}\n', check=0)
    m = read(tmp_path / "m")
    assert m["nf_records_total", "outcome=in"] == 2
    assert m["nf_records_total", "outcome=rejected"] == 1
    assert sum(v for (n, _), v in m.items() if n == "nf_rejects_total") == 1


@pytest.mark.parametrize("how", ["retry_info", "rate"])
def test_load(tools, tmp_path, how):
    """RetryInfo and the server's rate are both time held back."""
    def script(request):
        if how == "retry_info" and request.attempt == 0:
            yield "status", 14, "busy", [retry_info(0.4)]
            return
        yield "entries", [(i, 0) for i in range(len(request.rows))]
        if how == "rate":
            yield "rate", 0.7, 60

    lines = "".join(json.dumps(
        {"table": "t", "row": f"{i:03d}", "ts": 1000,
         "cells": {"f": {"q": "v"}}}) + "\n" for i in range(40))
    with Double(script) as double:
        tools.run("nf-load", "apply", "--plaintext", "--endpoint",
                  double.endpoint, "--batch-rows", 10, "--metrics", "m",
                  "bigtable://p/i", input=lines, check=0)
    m = read(tmp_path / "m")
    counted_once(m, len(double.requests))
    assert m["nf_requests_total", "code=OK"] == 4
    assert m["nf_batch_rows_count", ""] == len(double.requests)
    assert m["nf_batch_rows_sum", ""] == 10 * len(double.requests)
    if how == "retry_info":
        assert m["nf_requests_total", "code=UNAVAILABLE"] == 4
        assert m["nf_throttled_seconds_total", ""] >= 1.6


def test_load_sqlite(tools, tmp_path):
    tools.run("nf-load", "create", "-m", RELATIONAL, "sqlite:t.db", check=0)
    line = json.dumps({"table": "invoices", "row": "1", "ts": 1000,
                       "cells": {"nf": {"number": "1"}}})
    tools.run("nf-load", "--metrics", "m", "sqlite:t.db", input=line + "\n",
              check=0)
    m = read(tmp_path / "m")
    assert m["nf_batch_rows_sum", ""] == m["nf_batch_rows_count", ""] == 1


def test_promtool_takes_them(tools, api, sample, tmp_path):
    tools.run("nf-fetch", "--metrics", "m", api(sample).url, check=0)
    try:
        done = subprocess.run(["promtool", "check", "metrics"],
                              stdin=open(tmp_path / "m"),
                              capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no promtool (Debian's package prometheus)")
    assert done.returncode == 0, done.stderr
