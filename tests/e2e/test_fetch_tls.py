# SPDX-License-Identifier: Apache-2.0
"""nf-fetch over TLS: who is trusted, who may come in, where it may lead."""

import ssl
import subprocess

import pytest

from rest import Reply, Rest


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """ca.pem, and server.pem, client.pem with their keys, signed by it."""
    folder = tmp_path_factory.mktemp("keys")

    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=folder, check=True,
                       capture_output=True)
    new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes"]
    openssl(*new, "-x509", "-days", "2", "-subj", "/CN=Test CA",
            "-keyout", "ca.key", "-out", "ca.pem")
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in "server", "client":
        openssl(*new, "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem",
                "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", "san", "-out", f"{name}.pem")
    return folder


def context(keys, mutual=False):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(keys / "server.pem", keys / "server.key")
    if mutual:
        c.load_verify_locations(keys / "ca.pem")
        c.verify_mode = ssl.CERT_REQUIRED
    return c


def test_trust(tools, keys):
    with Rest(lambda r: Reply(body=b"[1]"), context(keys)) as api:
        done = tools.run("nf-fetch", api.base)
        assert done.returncode == 78 and "certificate" in done.stderr
        assert not api.requests
        done = tools.run("nf-fetch", "--ca", keys / "ca.pem", api.base,
                         check=0)
        assert done.stdout == "1\n"
        # The name must be right too.
        other = api.base.replace("127.0.0.1", "localhost")
        done = tools.run("nf-fetch", "--ca", keys / "ca.pem", other)
        assert done.returncode == 78


def test_mutual(tools, keys):
    with Rest(lambda r: Reply(body=b"[1]"), context(keys, True)) as api:
        args = ["--tries", "1", "--ca", keys / "ca.pem", api.base]
        assert tools.run("nf-fetch", *args).returncode == 78
        assert not api.requests
        tools.run("nf-fetch", "--cert", keys / "client.pem", "--key",
                  keys / "client.key", *args, check=0)


@pytest.mark.parametrize("way", ["redirect", "link"])
def test_no_certificate_elsewhere(tools, keys, way):
    """Not to an origin that is only allowed."""
    with Rest(lambda r: Reply(body=b"[2]"), context(keys, True)) as other:
        reply = Reply(302, headers={"Location": other.base}) \
            if way == "redirect" else \
            Reply(body=b"[1]", headers={"Link": f"<{other.base}>; rel=next"})
        with Rest(lambda r: reply, context(keys, True)) as api:
            done = tools.run(
                "nf-fetch", "--tries", "1", "--ca", keys / "ca.pem", "--cert",
                keys / "client.pem", "--key", keys / "client.key",
                "--set",
                f'/allow_origins=["{other.base}"]', api.base)
            assert done.returncode == 78
            assert api.requests and not other.requests


def test_variables(tools, keys):
    """Where nothing else says so, the environment does."""
    env = {"NF_CA": keys / "ca.pem", "NF_CERT": keys / "client.pem",
           "NF_KEY": keys / "client.key"}
    env = {name: str(path) for name, path in env.items()}
    with Rest(lambda r: Reply(body=b"[1]"), context(keys, True)) as api:
        tools.run("nf-fetch", api.base, env=env, check=0)
        env["NF_CA"] = "/no/such/file"
        assert tools.run("nf-fetch", api.base, env=env).returncode == 78
        tools.run("nf-fetch", "--ca", keys / "ca.pem", api.base, env=env,
                  check=0)


@pytest.mark.parametrize("way", ["redirect", "link"])
def test_no_downgrade(tools, keys, way):
    """From https to http, whatever is allowed."""
    with Rest(lambda r: Reply()) as plain:
        reply = Reply(302, headers={"Location": plain.base}) \
            if way == "redirect" else \
            Reply(headers={"Link": f"<{plain.base}>; rel=next"})
        with Rest(lambda r: reply, context(keys)) as api:
            done = tools.run("nf-fetch", "--ca", keys / "ca.pem",
                             "--set", f'/allow_origins=["{plain.base}"]',
                             api.base)
        assert done.returncode == 69 and not plain.requests
