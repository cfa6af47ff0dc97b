# SPDX-License-Identifier: Apache-2.0
"""One rule for proxies, whether it is HTTP or gRPC that goes through them."""

import socket
import threading

import pytest

from conftest import free_port


class Connects:
    """A proxy that notes what it is asked for, and refuses."""

    def __enter__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        self.asked = []
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            with c:
                self.asked.append(c.recv(4096).split(b"\r\n")[0].decode())
                c.sendall(b"HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n")


def ask(tools, tool, env, local=False):
    """Let a tool ask a server, which is not there."""
    host = "127.0.0.1" if local else "nowhere.googleapis.com"
    port = free_port()
    env = {"NF_TOKEN_FILE": str(tools.folder / "token"),
           "NF_CRED_HOSTS": f"{host}:{port}", **env}
    (tools.folder / "token").write_text("t")
    if tool == "nf-load":
        return tools.run(tool, "scan", "--retry-time", "1s", "--timeout",
                         "2s", "--endpoint", f"{host}:{port}",
                         "bigtable://p/i/t", env=env)
    return tools.run(tool, "mark", "--retry-time", "1s", "--endpoint",
                     f"https://{host}:{port}", "gs://bucket/r", env=env)


@pytest.mark.parametrize("tool", ("nf-stage", "nf-load"))
@pytest.mark.parametrize("name", ("https_proxy", "HTTPS_PROXY", "all_proxy",
                                  "ALL_PROXY"))
def test_both_transports_use_it(tools, tool, name):
    with Connects() as proxy:
        ask(tools, tool, {name: proxy.url})
        asked = {a for a in proxy.asked if a}
        assert [a for a in asked if not a.startswith(
            "CONNECT nowhere.googleapis.com")] == [] and asked


@pytest.mark.parametrize("tool", ("nf-stage", "nf-load"))
@pytest.mark.parametrize("env", (
    {"no_proxy": "googleapis.com"}, {"NO_PROXY": ".googleapis.com"},
    {"no_proxy": "a, nowhere.googleapis.com"}, {"no_proxy": "*"}))
def test_both_transports_go_around_it(tools, tool, env):
    with Connects() as proxy:
        ask(tools, tool, {"https_proxy": proxy.url, **env})
        assert not proxy.asked


@pytest.mark.parametrize("tool", ("nf-stage", "nf-load"))
@pytest.mark.parametrize("name", ("https_proxy", "http_proxy", "grpc_proxy",
                                  "ALL_PROXY"))
def test_never_for_this_machine(tools, tool, name):
    with Connects() as proxy:
        ask(tools, tool, {name: proxy.url}, local=True)
        assert not proxy.asked


@pytest.mark.parametrize("name", ("http_proxy", "grpc_proxy", "HTTP_PROXY",
                                  "all_proxy"))
@pytest.mark.parametrize("host", ("localhost", "127.0.0.1", "[::1]"))
def test_never_for_an_emulator_here(tools, name, host):
    with Connects() as proxy:
        p = tools.run("nf-load", "scan", "--retry-time", "1s", "--timeout",
                      "2s", "bigtable://p/i/t", env={
                          name: proxy.url,
                          "BIGTABLE_EMULATOR_HOST": f"{host}:{free_port()}"})
        assert p.returncode == 75 and not proxy.asked


def test_a_proxy_that_grpc_cannot_use(tools):
    for url in "https://127.0.0.1:1", "socks5://127.0.0.1:1":
        p = ask(tools, "nf-load", {"https_proxy": url})
        assert p.returncode == 78 and "proxy" in p.stderr
