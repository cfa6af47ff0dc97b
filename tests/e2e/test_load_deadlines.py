# SPDX-License-Identifier: Apache-2.0
"""--timeout and --attempt-timeout of the verbs that write no rows."""

import itertools
import json
import signal
import subprocess
import threading
import time

import pytest

from conftest import free_port
from bigtable_double import Double
from google.cloud.bigtable_admin_v2.types import \
    bigtable_table_admin, table as tables

LINES = "".join(json.dumps(
    {"table": "t", "row": f"{i:06d}", "ts": 1000,
     "cells": {"f": {"q": "v"}}}) + "\n" for i in range(2000))


@pytest.mark.parametrize("verb", [
    ["create", "-t", "t", "-f", "f"], ["scan"], ["scan", "-t", "t"],
    ["diff", "-t", "t"]])
def test_a_server_that_is_not_there(tools, verb):
    begin = time.monotonic()
    done = tools.run("nf-load", *verb, "--timeout", "500ms", "--plaintext",
                     "--endpoint", f"127.0.0.1:{free_port()}",
                     "bigtable://p/i", input=LINES, check=75, timeout=60)
    assert "DEADLINE_EXCEEDED" in done.stderr
    assert time.monotonic() - begin < 10


def test_all_that_diff_reads_has_one_deadline(tools):
    reads = []

    def read(request):
        reads.append(request)
        time.sleep(0.6)
        return []

    with Double(None, read=read) as double:
        done = tools.run("nf-load", "diff", "--timeout", "1s", "--plaintext",
                         "--endpoint", double.endpoint, "bigtable://p/i",
                         input=LINES, check=75)
    assert "DEADLINE_EXCEEDED" in done.stderr
    assert len(reads) <= 2


def test_all_that_scan_reads_has_one_deadline(tools):
    def names(_):
        return bigtable_table_admin.ListTablesResponse.pb()(tables=[
            {"name": f"projects/p/instances/i/tables/{t}"} for t in "abc"])

    def read(_):
        time.sleep(0.6)
        return []

    with Double(None, read=read, admin={"ListTables": names}) as double:
        done = tools.run("nf-load", "scan", "--timeout", "1s", "--plaintext",
                         "--endpoint", double.endpoint, "bigtable://p/i",
                         check=75)
    assert "DEADLINE_EXCEEDED" in done.stderr


def test_a_deadline_for_each_attempt_of_a_change(tools):
    calls = itertools.count()

    def create(request):
        if next(calls) == 0:
            time.sleep(5)
        return tables.Table.pb()(name=request.parent + "/tables/t")

    with Double(None, admin={"GetTable": lambda _: None,
                             "CreateTable": create}) as double:
        begin = time.monotonic()
        tools.run("nf-load", "create", "-t", "t", "-f", "f",
                  "--attempt-timeout", "500ms", "--plaintext", "--endpoint",
                  double.endpoint, "bigtable://p/i", check=0)
        assert time.monotonic() - begin < 5
    assert next(calls) > 1


def test_an_attempt_cancelled_by_the_server_as_its_time_is_up(tools):
    """What a server says of a time that is over may come before our own
    clock is heard.  The client is stopped, so that both wait for it."""
    def script(request):
        if request.attempt == 0:
            client.send_signal(signal.SIGSTOP)
            time.sleep(0.5)
            threading.Timer(1.5, client.send_signal,
                            [signal.SIGCONT]).start()
            yield "status", 1, "time is up", []
        else:
            yield "entries", [(0, 0)]

    with Double(script) as double:
        client = tools.start("nf-load", "apply", "--attempt-timeout", "1s",
                             "--plaintext", "--endpoint", double.endpoint,
                             "bigtable://p/i", text=True,
                             stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        _, said = client.communicate(LINES.splitlines()[0] + "\n", timeout=60)
    assert client.returncode == 0, said
    assert len(double.requests) == 2
