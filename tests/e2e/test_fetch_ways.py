# SPDX-License-Identifier: Apache-2.0
"""nf-fetch by other ways: through a proxy, over HTTP/2, at a rate."""

import shutil
import subprocess
import time

import pytest

from conftest import Emulator, free_port, listening
from rest import Reply, Rest
from test_fetch_tls import keys  # noqa: F401 (a fixture)


def test_proxy(tools):
    """Through http_proxy; the proxy sees whole URLs, no_proxy goes around."""
    with Rest(lambda r: Reply(body=b'["proxied"]')) as proxy, \
            Rest(lambda r: Reply(body=b'["direct"]')) as api:
        env = {"http_proxy": proxy.base}
        done = tools.run("nf-fetch", "http://api.example/list", env=env,
                         check=0)
        assert done.stdout == '"proxied"\n'
        assert len(proxy.requests) == 1
        assert proxy.requests[0].target == "http://api.example/list"
        done = tools.run("nf-fetch", api.base,
                         env={**env, "no_proxy": "127.0.0.1"}, check=0)
        assert done.stdout == '"direct"\n'
        assert len(proxy.requests) == 1


def test_nothing_local_by_proxy(tools):
    """Credentials may go to this machine in clear, but not around it."""
    with Rest(lambda r: Reply(body=b'["proxied"]')) as proxy, \
            Rest(lambda r: Reply(body=b'["direct"]')) as api:
        for base in api.base, api.base.replace("127.0.0.1", "LOCALHOST"):
            done = tools.run("nf-fetch", "--bearer", "env:T", base,
                             env={"T": "canary", "http_proxy": proxy.base},
                             check=0)
            assert done.stdout == '"direct"\n' and not proxy.requests


def test_proxy_that_is_not_there(tools):
    done = tools.run("nf-fetch", "--tries", "1", "http://api.example/",
                     env={"http_proxy": f"http://127.0.0.1:{free_port()}"})
    assert done.returncode == 75


def test_http2(tools, keys, tmp_path):  # noqa: F811
    """A server that speaks nothing but HTTP/2."""
    if shutil.which("nghttpd") is None:
        pytest.skip("nghttpd: not installed (nghttp2-server)")
    (tmp_path / "list.json").write_text('[{"n":9.00},{"n":-0}]')
    port = free_port()
    server = Emulator(
        ["nghttpd", "-a", "127.0.0.1", "-d", str(tmp_path), "-v", str(port),
         str(keys / "server.key"), str(keys / "server.pem")],
        listening(port), tmp_path / "log")
    try:
        done = tools.run("nf-fetch", "--ca", keys / "ca.pem",
                         f"https://127.0.0.1:{port}/list.json", check=0)
        assert done.stdout == '{"n":9.00}\n{"n":-0}\n'
        assert "list.json" in (tmp_path / "log").read_text()
    finally:
        server.stop()
    assert subprocess.run(["nghttpd", "--version"], capture_output=True,
                          check=True).stdout


def test_rate_counts_redirects(tools):
    def answer(r):
        n = int(r.path.strip("/"))
        return Reply(302, headers={"Location": f"/{n + 1}"}) if n < 3 else \
            Reply(body=b"[1]")
    with Rest(answer) as api:
        start = time.monotonic()
        tools.run("nf-fetch", "--rate", "1/s", api.base + "/1", check=0)
        assert time.monotonic() - start > 1.9


def test_rate_is_not_retry_time(tools):
    """What waits for --rate is not given up sooner."""
    with Rest(lambda r: Reply(503 if len(api.requests) == 3 else 200,
                              b"[%d]" % len(api.requests))) as api:
        tools.run("nf-fetch", "-p", "page", "--max-pages", "3", "--prefetch",
                  "3", "--rate", "1/s", "--retry-time", "1s",
                  "--set", "/timeouts/retry_base=1ms", api.base, check=0)


def test_rate(tools):
    """However many pages are under way, no span has more than the budget."""
    seen = []

    def answer(request):
        seen.append(time.monotonic())
        page = int(request.query.get("page", "1"))
        return Reply(body=b"[%d]" % page if page <= 9 else b"[]")

    with Rest(answer) as api:
        tools.run("nf-fetch", "--paginate", "page", "--page-param", "page",
                  "--prefetch", "8", "--rate", "4/s", api.base, check=0)
    # Sent within the budget; a tenth of a second for the way here.
    for first, fifth in zip(seen, seen[4:]):
        assert fifth - first > 0.9
