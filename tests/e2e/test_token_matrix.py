# SPDX-License-Identifier: Apache-2.0
"""Where a token comes from x how that fails x which tool: the exit code, how
long the answer takes, and what is said.  nf-pipeline(7) has the table.
"""

import contextlib
import email.utils
import json
import os
import re
import socket
import subprocess
import time

import pytest

from bigtable_double import Double
from keys import authority, certificate
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
    # nf-load goes on trying to connect until its time is up.
    retry = "90s" if tool == "nf-stage" else "20s"
    code, _, said = world.run(tools, tool, retry)
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
    assert said.count(b"using the current token until it expires") == 1


@pytest.mark.parametrize("ends", (-3600, 0, 7200, -36000))
def test_a_token_that_ends_by_another_clock(tools, world, ends):
    """Whatever our clock says, one token is asked for, not one a request."""
    world.use("impersonated")
    world.tokens.ahead = ends - world.tokens.life
    run = ObjectRun(world.storage, "r")
    code, _, said = put(tools, run, stream(records(20)), "--emit=none",
                        "--endpoint", world.storage.url, env=world.env)
    assert code == 0, said
    asked = [p for p, _ in world.tokens.log]
    assert sum(p.endswith("generateAccessToken") for p in asked) == 1


SIGNED = ("service", "service-exchanged")
HOUR = 3600
OFF = re.compile(r"; the clock of this machine is (\d+) s (behind|ahead)")


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    authority(folder, "ca")
    certificate(folder, "server", "ca")
    return folder


class Clock:
    """All of Google's servers, with one clock that is not ours."""

    def __init__(self, world, tls, source, ahead):
        self.world, self.tls = world, tls
        world.use(source.removesuffix("-exchanged"))
        if not source.endswith("-exchanged"):
            world.env.pop("NF_CRED_EXCHANGE")
        world.tokens.ahead = world.storage.ahead = ahead
        world.storage.tokens = self.takes
        self.date = email.utils.formatdate(time.time() + ahead, usegmt=True)

    def takes(self, token):
        tokens = self.world.tokens
        return token in tokens.granted or tokens.accepts(token)

    def script(self, request):
        sent = request.metadata["authorization"].removeprefix("Bearer ")
        if self.takes(sent):
            yield "entries", [(i, 0) for i in range(len(request.rows))]
        else:
            yield "status", 16, "not you", [("date", self.date)]

    def run(self, tools, tool):
        world = self.world
        if tool == "nf-stage":
            return put(tools, ObjectRun(world.storage, "r"),
                       stream(records(20)), "--emit=none", "--endpoint",
                       world.storage.url, env=world.env)
        now = int(time.time()) * 1000000
        row = {"table": "t", "row": "1", "ts": now, "cells": {"f": {"q": "v"}}}
        pair = [(self.tls / f"server.{x}").read_bytes() for x in ("key", "pem")]
        with Double(self.script, pair) as double:
            world.env["NF_CRED_HOSTS"] += f",{double.endpoint}"
            p = tools.run("nf-load", "--ca", self.tls / "ca.pem", "--endpoint",
                          double.endpoint, "bigtable://p/i", env=world.env,
                          input=json.dumps(row) + "\n")
        return p.returncode, p.stdout, p.stderr


@pytest.mark.parametrize("ahead", (HOUR, -HOUR))
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("source", (*SOURCES, "service-exchanged"))
def test_a_clock_that_is_off(tools, world, tls, source, tool, ahead):
    """No matter, but for what is signed here: that is refused, with a word
    about the clock."""
    code, _, said = Clock(world, tls, source, ahead).run(tools, tool)
    if source not in SIGNED:
        assert code == 0 and not OFF.search(str(said)), said
        return
    assert code == 77, said
    assert OFF.search(str(said)), said
    seconds, side = OFF.search(str(said)).groups()
    assert abs(int(seconds) - HOUR) < 60
    assert side == ("behind" if ahead > 0 else "ahead")


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("source", ("user", "service"))
def test_a_refusal_that_is_not_the_clocks(tools, world, tls, source, tool):
    """A few minutes do not explain it."""
    clock = Clock(world, tls, source, 200)
    clock.date = email.utils.formatdate(time.time() + 200, usegmt=True)
    clock.takes = world.storage.tokens = lambda token: False
    code, _, said = clock.run(tools, tool)
    assert code == 77 and not OFF.search(str(said)), said


@pytest.mark.parametrize("source", ("service", "user"))
def test_a_clock_that_is_off_in_a_job(tools, world, tls, source):
    """nf-pipeline hands the code and the words on."""
    Clock(world, tls, source, HOUR)
    mapping = world.folder / "m.json"
    mapping.write_text(json.dumps({
        "nf_mapping": 1, "tables": {"t": {"families": {"f": {}}}},
        "rules": [{"table": "t", "key": "{/id}", "cells": {"f": {"v": "/id"}}}]}))
    world.env["NF_STORAGE_ENDPOINT"] = world.storage.url
    p = tools.run("pipeline.sh", "load", "--stage", "gs://bucket/none", "-m",
                  mapping, "--to", f"sqlite:{world.folder}/db", env=world.env)
    summary = json.loads(p.stdout.splitlines()[-1])
    if source == "service":
        assert p.returncode == summary["exit"] == 77, p.stderr
        assert OFF.search(p.stderr)
    else:       # the token is good, the run is not there
        assert p.returncode != 77 and not OFF.search(p.stderr), p.stderr
