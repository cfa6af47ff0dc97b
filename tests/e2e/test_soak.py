# SPDX-License-Identifier: Apache-2.0
"""All four tools in one pipe for a long while, on connections that break.

API, Cloud Storage and Google's emulator of Bigtable are each behind a proxy
that resets, ends, stalls and slows connections, in an order that the seed
decides (tests/server/proxy.py).  Nothing is lost and nothing is there twice,
and neither memory nor descriptors grow.  15 minutes and a million records
with NF_TORTURE=full; NF_SOAK_SECONDS says otherwise, NF_SEED the seed.
"""

import hashlib
import json
import os
import pathlib
import threading
import time
import urllib.parse

import chain
from conftest import FULL
from proxy import Proxy
from storage import Storage

SECONDS = int(os.environ.get("NF_SOAK_SECONDS", 900 if FULL else 15))
SEED = int(os.environ.get("NF_SEED", time.time_ns() % 10 ** 6 if FULL else 7))
PER_PAGE = 500
PACE = 0.33          # seconds between two pages
TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")
MAPPING = {
    "nf_mapping": 1,
    "tables": {"sold": {"families": {"nf": {"gc": {"versions": 1}}}}},
    "rules": [{"table": "sold", "key": "{/id}",
               "cells": {"nf": {"product": "/product", "value": "/value"}}}],
}


def record(n):
    return '{"id":"%012d","product":"notebook %d","value":%d.%02d}' % (
        n, n % 977, n % 5000, n % 100)


class Endless:
    """An API that has another page until the test ends it; what
    it has said stays so."""

    def __init__(self):
        self.pages = None
        self.asked = 0
        self.lock = threading.Lock()

    def __call__(self, handler, path, query):
        page = int(query.get("cursor", 0))
        with self.lock:
            self.asked = max(self.asked, page + 1)
        time.sleep(PACE)
        more = self.pages is None or page + 1 < self.pages
        handler.answer(200, '{"next":%s,"data":[%s]}' % (
            f'"{page + 1}"' if more else "null",
            ",".join(map(record, range(page * PER_PAGE,
                                       (page + 1) * PER_PAGE)))))
        return True

    def enough(self):
        """The page after the newest is the last."""
        with self.lock:
            self.pages = self.asked + 1


def state(pid):
    """Memory in KiB and descriptors of a process."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    rss = next(int(line.split()[1]) for line in text.splitlines()
               if line.startswith("VmRSS:"))
    return rss, len(os.listdir(f"/proc/{pid}/fd"))


def watch(process, seconds):
    """{tool: [(memory, descriptors), ...]} while it runs."""
    found = {name: [] for name in TOOLS}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        living = chain.children(process.pid)
        for name in TOOLS:
            if name in living:
                try:
                    found[name].append(state(living[name]))
                except (OSError, StopIteration):
                    pass
        time.sleep(0.5)
    return found


def flat(states):
    """What the last quarter takes most, over what the second does."""
    quarter = len(states) // 4
    return [max(column[-quarter:]) / max(column[quarter:2 * quarter])
            for column in zip(*states)]


def digest(lines):
    sha = hashlib.sha256()
    for line in lines:
        sha.update(line.encode() + b"\n")
    return sha.hexdigest()


def test_soak(tools, api, bigtable):
    mapping = tools.folder / "sold.json"
    mapping.write_text(json.dumps(MAPPING))
    server = api([])
    endless = server.before = Endless()
    stage = "gs://bucket/run"
    tools.run("nf-load", "create", "-m", mapping, bigtable.uri, check=0,
              env=bigtable.env)
    port = urllib.parse.urlsplit
    with Storage() as bucket, \
            Proxy(port(server.base).port, SEED, mean=200_000) as one, \
            Proxy(port(bucket.url).port, SEED + 1, mean=80_000) as two, \
            Proxy(int(bigtable.host.rpartition(":")[2]), SEED + 2,
                  mean=600_000) as three:
        env = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{two.port}",
               "BIGTABLE_EMULATOR_HOST": f"127.0.0.1:{three.port}"}
        with open(tools.folder / "err", "wb") as err:
            p = tools.start(
                "pipeline.sh", "--live", "--from",
                f"http://127.0.0.1:{one.port}/invoices", "--stage", stage,
                "-m", mapping, "--to", bigtable.uri,
                "--stage-arg", "--part-size=256K", "--", "--paginate",
                "cursor", "--cursor-param", "cursor", "--next", "/next",
                "--records", "/data", "--set", "/timeouts/retry_base=100ms", env=env,
                stderr=err, start_new_session=True)
            states = watch(p, SECONDS)
            endless.enough()
            out, _ = p.communicate(timeout=120)
        said = (tools.folder / "err").read_text()
        assert p.returncode == 0, (SEED, said[-4000:], out)
        records = endless.pages * PER_PAGE
        expected = digest(map(record, range(records)))
        staged = tools.sh(f"nf-stage cat --no-seal {stage} | sha256sum",
                          check=0, env=bucket.env, timeout=600)
        parts = len([n for n in bucket.names() if n.endswith(".gz")])
    assert staged.stdout.split()[0] == expected, SEED
    # The same rows, each cell once, as one clean load of what was staged.
    loaded = tools.sh(f"nf-load scan -t sold {bigtable.uri}",
                      check=0, env=bigtable.env, timeout=600).stdout
    assert loaded.count("\n") == records, SEED
    for n, line in enumerate(loaded.splitlines()):
        row, want = json.loads(line), json.loads(record(n))
        assert (row["row"], row["cells"]) == (want["id"], {"nf": {
            "product": want["product"],
            "value": record(n).rpartition(":")[2][:-1]}}), (SEED, line)
    faults = one.done + two.done + three.done
    print(f"seed {SEED}: {SECONDS} s, {records} records in {parts} parts, "
          f"{sum(faults.values())} faults: {json.dumps(dict(faults))}")
    for name in TOOLS:
        memory, files = flat(states[name])
        print(f"  {name}: {max(states[name])[0]} KiB at most, last quarter "
              f"{memory:.3f} of the second, descriptors {files:.3f}")
        if FULL:
            assert memory <= 1.05 and files <= 1.05, (SEED, name)
    assert all(proxy.done for proxy in (one, two, three)), SEED
