# SPDX-License-Identifier: Apache-2.0
"""Google's conformance suite for Bigtable clients, run against nf-load.

The suite (a Go module) talks to tests/conformance/proxy, which runs the
binary for every operation.  All of MutateRows and ReadRows must pass.
"""

import os
import re
import subprocess

import pytest

from conftest import BUILD, CACHE, ROOT

PROXY = ROOT / "tests" / "conformance" / "proxy"
SUITE = "github.com/googleapis/cloud-bigtable-clients-test/tests"


@pytest.fixture(scope="session")
def programs():
    """The proxy and the suite, built when their sources are newer."""
    go = CACHE / "go"
    if not go.exists():
        pytest.skip("no Go compiler, see tests/setup")
    out = CACHE / "conformance"
    out.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly",
           "GOTOOLCHAIN": "local"}
    built = [out / "proxy", out / "suite"]
    sources = [*PROXY.glob("*.go"), PROXY / "go.mod", PROXY / "go.sum"]
    newest = max(p.stat().st_mtime for p in sources)
    for path, command in zip(built, (["build"], ["test", "-c"])):
        if path.exists() and path.stat().st_mtime > newest:
            continue
        what = "." if command == ["build"] else SUITE
        new = path.with_suffix(f".{os.getpid()}")
        subprocess.run([go, *command, "-o", new, what], cwd=PROXY, env=env,
                       check=True, timeout=600)
        new.rename(path)
    return built


def test_all_of_mutate_rows_and_read_rows(programs):
    proxy, suite = programs
    server = subprocess.Popen([proxy, "-nf-load", BUILD / "nf-load"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    try:
        address = server.stdout.readline().strip()
        done = subprocess.run(
            [suite, "-test.v", "-proxy_addr", address, "-test.run",
             "^Test(MutateRows|ReadRows)_"], capture_output=True, text=True,
            timeout=300)
    finally:
        server.kill()
        server.wait()
        server.stdin.close()
        server.stdout.close()
    result = re.findall(r"^--- (\w+): Test(\w+?)_", done.stdout, re.M)
    failed = re.findall(r"^--- FAIL: (\w+)", done.stdout, re.M)
    assert failed == [] and done.returncode == 0, done.stdout[-4000:]
    assert result.count(("PASS", "MutateRows")) == 11
    assert result.count(("PASS", "ReadRows")) == 22
