# SPDX-License-Identifier: Apache-2.0
"""nf-fetch with a client certificate as a person has one: a PKCS#12 file, a
key with a pass phrase; and what it says where that is missing or wrong."""

import base64
import os
import pty
import ssl
import subprocess
import time

import pytest

from keys import authority, certificate, dated, openssl
from rest import Reply, Rest

PASS = "canary-segredo ç"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A CA, a server, and client.pem with its key in many forms."""
    folder = tmp_path_factory.mktemp("certificates")
    authority(folder, "ca")
    certificate(folder, "server", "ca")
    certificate(folder, "client", "ca")
    authority(folder, "stranger")
    dated(folder, "late", "ca", "20200101000000Z", "20210101000000Z")
    dated(folder, "early", "ca", "20980101000000Z", "20990101000000Z")
    (folder / "pass").write_text(PASS + "\n")
    pkcs8 = ["pkcs8", "-topk8", "-in", "client.key", "-passout", "file:pass"]
    openssl(folder, *pkcs8, "-out", "pkcs8.key")
    openssl(folder, *pkcs8, "-v1", "PBE-SHA1-3DES", "-out", "old.key")
    openssl(folder, "ec", "-in", "client.key", "-aes256", "-passout",
            "file:pass", "-out", "ec.key")
    both = (folder / "client.pem").read_text()
    (folder / "both.pem").write_text(
        both + (folder / "pkcs8.key").read_text())
    export = ["pkcs12", "-export", "-in", "client.pem", "-inkey",
              "client.key"]
    openssl(folder, *export, "-passout", "file:pass", "-out", "a1.pfx")
    openssl(folder, *export, "-passout", "file:pass", "-out", "a1",
            "-certfile", "ca.pem")
    openssl(folder, *export, "-passout", "pass:", "-out", "open.p12")
    openssl(folder, "pkcs12", "-export", "-nokeys", "-in", "client.pem",
            "-passout", "file:pass", "-out", "no-key.pfx")
    openssl(folder, "x509", "-in", "client.pem", "-outform", "DER", "-out",
            "client.cer")
    whole = (folder / "a1.pfx").read_bytes()
    (folder / "cut.pfx").write_bytes(whole[:len(whole) // 2])
    (folder / "junk.pfx").write_bytes(whole[::-1])
    (folder / "a1.b64").write_bytes(base64.encodebytes(whole))
    (folder / "empty.pfx").write_bytes(b"")
    (folder / "crlf.pem").write_bytes(
        (folder / "both.pem").read_bytes().replace(b"\n", b"\r\n"))
    try:
        openssl(folder, *export, "-legacy", "-certpbe", "PBE-SHA1-RC2-40",
                "-keypbe", "PBE-SHA1-3DES", "-passout", "file:pass", "-out",
                "windows.pfx")
    except subprocess.CalledProcessError:
        pass  # this OpenSSL has no old ciphers
    return folder


def context(keys, verify=ssl.CERT_REQUIRED, tls=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(keys / "server.pem", keys / "server.key")
    c.load_verify_locations(keys / "ca.pem")
    c.verify_mode = verify
    if tls:
        c.maximum_version = tls
    return c


# What is given, whether with the pass phrase; how it ends.
GIVEN = [
    (["client.pem", "client.key"], False, 0),
    (["client.pem", "client.key"], True, 0),
    (["client.pem", "pkcs8.key"], True, 0),
    (["client.pem", "old.key"], True, 0),
    (["client.pem", "ec.key"], True, 0),
    (["both.pem"], True, 0),
    (["a1.pfx"], True, 0), (["a1"], True, 0),
    (["windows.pfx"], True, 0),
    (["open.p12"], False, 0),
    (["client.pem", "pkcs8.key"], False, 78),
    (["client.pem", "ec.key"], False, 78),
    (["both.pem"], False, 78), (["a1.pfx"], False, 78),
    (["client.pem"], False, 78), (["nowhere.pem"], False, 78),
    (["nowhere.pfx"], True, 78), (["server.key"], False, 78),
    (["cut.pfx"], True, 78), (["junk.pfx"], True, 78), (["a1.b64"], True, 78),
    (["no-key.pfx"], True, 78), (["empty.pfx"], True, 78),
    (["client.pem", "server.key"], False, 78), (["client.cer"], False, 78),
    (["a1.pfx", "client.key"], True, 0), (["crlf.pem"], True, 0),
]


def arguments(keys, files, password):
    args = ["--tries", "1", "--ca", keys / "ca.pem", "--cert", files[0]]
    if len(files) > 1:
        args += ["--key", files[1]]
    return args + (["--key-password", password] if password else [])


@pytest.mark.parametrize("tls", [None, ssl.TLSVersion.TLSv1_2])
def test_forms(tools, keys, tls):
    with Rest(lambda r: Reply(body=b"[1]"), context(keys, tls=tls)) as api:
        for files, password, code in GIVEN:
            if files == ["windows.pfx"] and \
                    not (keys / "windows.pfx").exists():
                continue
            done = tools.run(
                "nf-fetch", "-v", "-v", *arguments(
                    keys, files, password and f"file:{keys}/pass"),
                api.base, cwd=keys)
            assert done.returncode == code, (files, password, done.stderr)
            assert "canary" not in done.stderr
            assert (code == 0) == (done.stdout == "1\n")
            assert code == 0 or "--key-password" in done.stderr


@pytest.mark.parametrize("tls", [None, ssl.TLSVersion.TLSv1_2])
def test_refused(tools, keys, tls):
    """By TLS 1.3 its alert may be lost, as the server hangs up with it."""
    with Rest(lambda r: Reply(body=b"[1]"), context(keys, tls=tls)) as api:
        done = tools.run("nf-fetch", *arguments(
            keys, ["stranger.pem", "stranger.key"], None), api.base, cwd=keys)
    assert done.returncode == 77 or tls is None and done.returncode == 75
    assert "refuse" in done.stderr and "certificate" in done.stderr
    assert not api.requests


@pytest.mark.parametrize("tls", [None, ssl.TLSVersion.TLSv1_2])
@pytest.mark.parametrize("name,says", [
    ("late", "has expired"), ("early", "is not valid yet")])
def test_dates(tools, keys, tls, name, says):
    """A year is over soon, and no retry fixes that, whatever is heard of the
    server's alert; a server that does not look at the date has its way."""
    files = [f"{name}.pem", f"{name}.key"]
    with Rest(lambda r: Reply(body=b"[1]"), context(keys, tls=tls)) as api:
        done = tools.run("nf-fetch", *arguments(keys, files, None), api.base,
                         cwd=keys)
    assert done.returncode == 77 and says in done.stderr
    assert not api.requests
    with Rest(lambda r: Reply(body=b"[1]"),
              context(keys, ssl.CERT_NONE, tls)) as api:
        tools.run("nf-fetch", *arguments(keys, files, None), api.base,
                  cwd=keys, check=0)


def test_wrong_pass_phrase(tools, keys):
    with Rest(lambda r: Reply(body=b"[1]"), context(keys)) as api:
        for files in (["client.pem", "pkcs8.key"], ["a1.pfx"], ["both.pem"]):
            done = tools.run("nf-fetch", *arguments(keys, files, "env:P"),
                             api.base, cwd=keys, env={"P": "canary-wrong"})
            assert done.returncode == 78 and "canary" not in done.stderr
            done = tools.run("nf-fetch", *arguments(keys, files, "env:NONE"),
                             api.base, cwd=keys)
            assert done.returncode == 78 and "NONE" in done.stderr
            done = tools.run("nf-fetch", *arguments(keys, files, "canary"),
                             api.base, cwd=keys)
            assert done.returncode == 64 and "canary" not in done.stderr
    done = tools.run("nf-fetch", "--key-password", "env:P", "https://x/",
                     env={"P": "x"})
    assert done.returncode == 64 and "--cert" in done.stderr


def test_in_a_source(tools, keys):
    """The same in a file; nothing shows the pass phrase."""
    with Rest(lambda r: Reply(body=b'["canary-segredo \xc3\xa7"]'),
              context(keys)) as api:
        (tools.folder / "s.json").write_text('''{"url": "%s", "tls": {
            "ca": "%s/ca.pem", "cert": "%s/a1.pfx", "key_password": "env:P"}}
            ''' % (api.base, keys, keys))
        env = {"P": PASS}
        done = tools.run("nf-fetch", "--seal", "-v", "-v", "-s", "s.json",
                         "--record", "tape", env=env, check=0)
        assert "canary" in done.stdout  # the API's own word
        for how in "--print", "--dry-run", "--check":
            shown = tools.run("nf-fetch", how, "-s", "s.json", env=env,
                              check=0)
            assert "canary" not in shown.stdout + shown.stderr
        assert "canary" not in done.stderr


@pytest.mark.parametrize("tls", [None, ssl.TLSVersion.TLSv1_2])
def test_missing(tools, keys, tls):
    """Without one where one is wanted: for a person, not for a retry."""
    with Rest(lambda r: Reply(body=b"[1]"), context(keys, tls=tls)) as api:
        start = time.monotonic()
        done = tools.run("nf-fetch", "--log-format", "json", "--set",
                         "/timeouts/retry_base=1ms", "--ca", keys / "ca.pem", api.base)
    assert done.returncode == 78, done.stderr
    assert '"code":"client_certificate"' in done.stderr
    assert "client certificate (--cert" in done.stderr
    assert time.monotonic() - start < 20 and not api.requests


@pytest.mark.parametrize("fault", ["none", "reset"])
def test_missing_and_no_alert(tools, keys, fault):
    """A server that asks for one, and then just hangs up."""
    with Rest(lambda r: Reply(fault=fault),
              context(keys, ssl.CERT_OPTIONAL)) as api:
        args = ["--set", "/timeouts/retry_base=1ms", "--tries", "3", "--ca",
                keys / "ca.pem", api.base]
        done = tools.run("nf-fetch", *args)
        assert done.returncode == 78, done.stderr
        assert "asked for a client certificate" in done.stderr
        assert len(api.requests) == 3
        # With one it is any failure that passes.
        done = tools.run("nf-fetch", "--cert", keys / "client.pem", "--key",
                         keys / "client.key", *args)
        assert done.returncode == 75, done.stderr


@pytest.mark.parametrize("status,code", [
    (400, 78), (403, 78), (496, 78), (401, 77), (404, 69), (200, 0)])
def test_missing_by_status(tools, keys, status, code):
    """nginx and IIS say it by a status."""
    with Rest(lambda r: Reply(status, body=b"[1]"),
              context(keys, ssl.CERT_OPTIONAL)) as api:
        args = ["--tries", "1", "--ca", keys / "ca.pem", api.base]
        done = tools.run("nf-fetch", *args)
        assert done.returncode == code, done.stderr
        assert ("(--cert)" in done.stderr) == (code == 78)
        done = tools.run("nf-fetch", "--cert", keys / "client.pem", "--key",
                         keys / "client.key", *args)
        assert done.returncode != 78 and "(--cert)" not in done.stderr


def test_a_certificate_nobody_wants(tools, keys):
    with Rest(lambda r: Reply(body=b"[1]"),
              context(keys, ssl.CERT_NONE)) as api:
        done = tools.run("nf-fetch", *arguments(keys, ["a1.pfx"], "env:P"),
                         api.base, cwd=keys, env={"P": PASS}, check=0)
        assert done.stdout == "1\n"


def test_no_common_version(tools, keys):
    """Another failure of TLS that no retry fixes, in libcurl's words."""
    c = context(keys, ssl.CERT_NONE)
    c.set_ciphers("AES128-SHA256")
    c.maximum_version = ssl.TLSVersion.TLSv1_2
    with Rest(lambda r: Reply(), c) as api:
        done = tools.run("nf-fetch", "--tries", "1", "--ca",
                         keys / "ca.pem", api.base)
    assert done.returncode == 78 and "handshake failure" in done.stderr


@pytest.mark.parametrize("files", [["client.pem", "pkcs8.key"], ["a1.pfx"]])
def test_nobody_is_asked(tools, keys, files):
    """On a terminal too: it ends at once."""
    with Rest(lambda r: Reply(body=b"[1]"), context(keys)) as api:
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(keys)
            os.execv(tools.path("nf-fetch"), [
                "nf-fetch", *map(str, arguments(keys, files, None)),
                api.base])
        shown = b""
        try:
            while piece := os.read(fd, 4096):
                shown += piece
                assert b"pass phrase:" not in shown.replace(b"Enter ", b"")
        except OSError:
            pass
        _, status = os.waitpid(pid, 0)
        os.close(fd)
    assert os.waitstatus_to_exitcode(status) == 78, shown
    assert b"Enter" not in shown
