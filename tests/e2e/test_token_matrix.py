# SPDX-License-Identifier: Apache-2.0
"""Where a token comes from x how that fails x which tool: the exit code, how
long the answer takes, and what is said.  nf-pipeline(7) has the table.
"""

import contextlib
import http.server
import json
import os
import socket
import subprocess
import threading
import time

import pytest

from staging import ObjectRun, put, records, stream
from storage import Storage
from tokens import Tokens

SOURCES = ("user", "service", "external", "impersonated", "metadata",
           "token-file")
SA = "sa@p.iam.gserviceaccount.com"


class World:
    """A token server, a storage server and a folder for files."""

    def __init__(self, folder, tokens, storage, key):
        self.folder, self.tokens, self.storage = folder, tokens, storage
        self.private = key
        self.where = tokens.host
        self.env = {"HOME": str(folder), "NO_GCE_CHECK": "true",
                    "NF_CRED_EXCHANGE": "1", "NF_LOG_FORMAT": "text"}

    def use(self, source):
        url = f"http://{self.where}"
        self.env["NF_CRED_HOSTS"] = ",".join((
            self.where, self.tokens.host,
            self.storage.url.removeprefix("http://")))
        user = {"type": "authorized_user", "client_id": "id",
                "client_secret": "s3cr3t&=", "refresh_token": "rt",
                "token_uri": f"{url}/token"}
        subject = self.folder / "subject"
        subject.write_text("subject-token")
        conf = {
            "user": user,
            "service": {"type": "service_account", "client_email": SA,
                        "private_key": self.private,
                        "token_uri": f"{url}/token"},
            "external": {
                "type": "external_account", "audience": "//iam.googleapis.com/pool",
                "subject_token_type":
                    "urn:ietf:params:oauth:token-type:jwt",
                "token_url": f"{url}/sts",
                "credential_source": {"file": str(subject)}},
            "impersonated": user}.get(source)
        if conf is not None:
            path = self.folder / "cred.json"
            path.write_text(json.dumps(conf))
            self.env["GOOGLE_APPLICATION_CREDENTIALS"] = str(path)
        if source == "impersonated":
            self.env["NF_IMPERSONATE"] = SA
            self.env["NF_IAM_ENDPOINT"] = url
        if source == "metadata":
            del self.env["NO_GCE_CHECK"]
            self.env["GCE_METADATA_HOST"] = self.where
        if source == "token-file":
            (self.folder / "token").write_text(
                self.tokens.grant("agent") + "\n")
            self.env["NF_TOKEN_FILE"] = str(self.folder / "token")

    def run(self, tools, tool, retry="2s"):
        """The exit code, the seconds, and what was said."""
        begun = time.monotonic()
        if tool == "nf-stage":
            p = tools.run("nf-stage", "mark", "-v", "--retry-time", retry,
                          "--endpoint", self.storage.url,
                          ObjectRun(self.storage, "r").uri, env=self.env)
        else:
            # Nothing listens there: what matters comes before.
            p = tools.run("nf-load", "scan", "-v", "--retry-time", retry,
                          "--endpoint", "nowhere.googleapis.com:443",
                          "bigtable://p/i/t", env=self.env)
        return p.returncode, time.monotonic() - begun, p.stderr


@pytest.fixture
def world(tmp_path, key):
    with Tokens(key[1]) as tokens, Storage() as storage:
        storage.tokens = tokens.accepts
        yield World(tmp_path, tokens, storage, key[0])


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    private = subprocess.run(["openssl", "genrsa", "2048"], check=True,
                             capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout"], input=private,
                            check=True, capture_output=True).stdout
    return private.decode(), public.decode()


@contextlib.contextmanager
def silent():
    """Somebody who takes connections and never answers."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(64)
        yield "127.0.0.1:%d" % s.getsockname()[1]


def refused():
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % s.getsockname()[1]


TOOLS = ("nf-stage", "nf-load")
ASKED = [s for s in SOURCES if s != "token-file"]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("source,status", [
    *((s, 503) for s in ASKED), ("user", 429), ("metadata", 500)])
def test_a_server_that_fails_for_now(tools, world, tool, source, status):
    """Asked again until the time is up: 75, and a line for each attempt."""
    world.tokens.fault = lambda path, n: status
    world.use(source)
    code, seconds, said = world.run(tools, tool)
    assert code == 75, said
    assert seconds < 8
    assert f"HTTP {status}" in said and said.count("trying again") >= 2


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("source", ASKED)
def test_a_server_that_recovers(tools, world, tool, source):
    world.tokens.fault = lambda path, n: 503 if n < 3 else None
    world.use(source)
    code, _, said = world.run(tools, tool, "20s")
    last = said.strip().split("\n")[-1]
    if tool == "nf-stage":
        assert code == 0, said
    else:
        # The token is had; what follows is that nobody is there.
        assert code == 75 and "503" not in last, said


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("source", ASKED)
def test_a_server_that_refuses_connections(tools, world, tool, source):
    world.where = refused()
    world.use(source)
    code, seconds, said = world.run(tools, tool)
    assert code == 75 and seconds < 6, said
    assert "trying again" in said


@pytest.mark.parametrize("tool", TOOLS)
def test_a_name_that_is_not_there(tools, world, tool):
    """Without a metadata server there are no credentials, at once."""
    world.where = "no-such-host.invalid"
    world.use("metadata")
    code, seconds, said = world.run(tools, tool, "10m")
    assert code == 77 and seconds < 10, said
    assert "gcloud auth application-default login" in said
    assert "GOOGLE_APPLICATION_CREDENTIALS" in said


@pytest.mark.parametrize("tool", TOOLS)
def test_a_token_endpoint_whose_name_is_not_there(tools, world, tool):
    """A file names it, so that it is meant: asked again."""
    world.where = "no-such-host.invalid"
    world.use("user")
    code, seconds, said = world.run(tools, tool)
    assert code == 75 and seconds < 15, said


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("source,status", [
    *((s, 400) for s in ASKED), ("user", 401), ("metadata", 403)])
def test_a_server_that_says_no(tools, world, tool, source, status):
    world.tokens.fault = lambda path, n: status
    world.use(source)
    code, seconds, said = world.run(tools, tool, "10m")
    assert code == 77 and seconds < 5, said
    assert f"HTTP {status}" in said


@pytest.mark.parametrize("tool", TOOLS)
def test_a_metadata_server_that_hangs(tools, world, tool):
    with silent() as where:
        world.where = where
        world.use("metadata")
        code, seconds, said = world.run(tools, tool, "1s")
    assert code == 75 and seconds < 25, said


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("value", (
    "http://127.0.0.1:1", "https://metadata.google.internal",
    "127.0.0.1:1/computeMetadata", "user@127.0.0.1:1", "a b"))
def test_a_metadata_host_of_a_wrong_form(tools, world, tool, value):
    world.use("metadata")
    world.env["GCE_METADATA_HOST"] = value
    code, seconds, said = world.run(tools, tool, "10m")
    assert code == 78 and seconds < 2 and "GCE_METADATA_HOST" in said


@pytest.mark.parametrize("tool", TOOLS)
def test_something_else_answers(tools, world, tool):
    """A captive portal is not a metadata server."""
    world.tokens.flavor = "Other"
    world.use("metadata")
    code, seconds, said = world.run(tools, tool, "10m")
    assert code == 77 and seconds < 5 and "metadata server" in said


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("text,what", (
    ("", "not a token"), ("two words", "not a token"),
    ("bell\a", "not a token"), (None, "No such file")))
def test_token_file_that_is_not_one(tools, world, tool, text, what):
    world.use("token-file")
    path = world.folder / "token"
    path.unlink()
    if text is not None:
        path.write_text(text)
    code, seconds, said = world.run(tools, tool, "10m")
    assert code == 78 and seconds < 2 and what in said, said


def test_token_file_works_and_wins(tools, world):
    world.use("user")
    world.use("token-file")
    code, _, said = world.run(tools, "nf-stage")
    assert code == 0, said
    assert world.tokens.log == []


def test_token_file_is_read_again(tools, world):
    """An agent writes a new token; the old one is refused from then on."""
    world.use("token-file")
    run = ObjectRun(world.storage, "r")
    rows = [b'{"n":%d,"x":"%s"}' % (i, b"y" * 65000) for i in range(300)]
    renewed = []

    def fault(op, n, name):
        if op == "chunk" and not renewed:
            renewed.append(world.tokens.grant("agent"))
            (world.folder / "token.new").write_text(renewed[0])
            os.rename(world.folder / "token.new", world.folder / "token")
        return None
    world.storage.fault = fault
    code, _, said = put(tools, run, stream(rows), "--emit=none", "--plain",
                        "--endpoint", world.storage.url, env=world.env)
    assert code == 0, said
    assert renewed


def test_impersonation_of_what_is_found(tools, world):
    """Also with the metadata server, also through others."""
    for source in ("user", "metadata", "token-file"):
        world.use(source)
        world.env["NF_IMPERSONATE"] = f"b@p.iam.gserviceaccount.com,{SA}"
        world.env["NF_IAM_ENDPOINT"] = world.tokens.url
        code, _, said = world.run(tools, "nf-stage")
        assert code == 0, said
        assert any(p.endswith(f"/{SA}:generateAccessToken")
                   for p, _ in world.tokens.log)
        del world.env["NF_IMPERSONATE"]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("who", ("sa", "@p", "sa@", "sa@p,,b@p", "a/b@p",
                                 "sa@p,"))
def test_impersonation_of_nobody(tools, world, tool, who):
    world.use("user")
    world.env["NF_IMPERSONATE"] = who
    code, seconds, said = world.run(tools, tool, "10m")
    assert code == 64 and "--impersonate" in said and seconds < 2


def test_iam_of_a_stranger(tools, world):
    world.use("impersonated")
    world.env["NF_IAM_ENDPOINT"] = "https://evil.example"
    code, _, said = world.run(tools, "nf-stage")
    assert code == 78 and "googleapis.com" in said


def test_renewal_fails_and_the_token_is_still_good(tools, world):
    """While renewal fails, a token that is valid is used, and that is said
    once."""
    world.use("metadata")
    world.tokens.life = 20          # renewed from its half on
    world.tokens.fault = lambda path, n: 503 if n > 1 else None
    run = ObjectRun(world.storage, "r")
    data = stream(records(40))
    half = data.index(b"\n", len(data) // 2) + 1
    p = tools.start("nf-stage", "put", "--emit=none", "-v", "--endpoint",
                    world.storage.url, "--retry-time", "5s", run.uri,
                    stdin=subprocess.PIPE, env=world.env)
    p.stdin.write(data[:half])
    p.stdin.flush()
    time.sleep(12)
    _, said = p.communicate(data[half:], 60)
    assert p.returncode == 0, said
    assert said.count(b"is used until it ends") == 1


class Skewed(http.server.BaseHTTPRequestHandler):
    """A token that ends, by the server's clock, an hour ago."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        text = json.dumps({
            "accessToken": "t-skewed",
            "expireTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
                time.time() + self.server.offset))}).encode()
        self.server.asked += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("offset", (-3600, 0, 7200, -36000))
def test_a_clock_that_is_off(tools, world, offset):
    """Whatever our clock says, one token is asked for, not one a request."""
    world.use("impersonated")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Skewed)
    server.offset, server.asked = offset, 0
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        host = f"127.0.0.1:{server.server_port}"
        world.env["NF_IAM_ENDPOINT"] = f"http://{host}"
        world.env["NF_CRED_HOSTS"] += f",{host}"
        world.storage.tokens = lambda token: token == "t-skewed"
        run = ObjectRun(world.storage, "r")
        code, _, said = put(tools, run, stream(records(20)), "--emit=none",
                            "--endpoint", world.storage.url, env=world.env)
        assert code == 0, said
        assert server.asked == 1
    finally:
        server.shutdown()
        server.server_close()
