# SPDX-License-Identifier: Apache-2.0
"""nf-load over TLS: who is trusted, and who is sent which token."""

import json
import time

import pytest

from bigtable_double import Double
from conftest import ndjson
from keys import authority, certificate, service_account
from tokens import Tokens

# Young cells: for old ones the rules, and so another token, are asked for.
NOW = int(time.time()) * 1000000
LINES = "".join(json.dumps(
    {"table": "t", "row": f"{i:04d}", "ts": NOW,
     "cells": {"f": {"q": "v"}}}) + "\n" for i in range(40))


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    authority(folder, "ca")
    authority(folder, "other")
    certificate(folder, "server", "ca")
    return folder


@pytest.fixture(scope="module")
def account(keys):
    return service_account(keys)


def accepts(request):
    yield "entries", [(i, 0) for i in range(len(request.rows))]


class World:
    """The double behind TLS, and the token endpoints."""

    def __init__(self, folder, keys, account, script):
        self.folder, self.keys, self.account = folder, keys, account
        self.tokens = Tokens(account[1])
        self.double = Double(script, ((keys / "server.key").read_bytes(),
                                      (keys / "server.pem").read_bytes()))

    def __enter__(self):
        self.tokens.__enter__()
        self.double.__enter__()
        self.env = {
            "NF_CRED_HOSTS": f"{self.tokens.host},{self.double.endpoint}",
            "HOME": str(self.folder), "no_proxy": "127.0.0.1",
            "GCE_METADATA_HOST": self.tokens.host}
        return self

    def __exit__(self, *_):
        self.double.__exit__()
        self.tokens.__exit__()

    def service(self):
        path = self.folder / "cred.json"
        path.write_text(json.dumps({
            "type": "service_account", "private_key_id": "kid",
            "client_email": "sa@p.iam.gserviceaccount.com",
            "private_key": self.account[0],
            "token_uri": f"{self.tokens.url}/token"}))
        self.env["GOOGLE_APPLICATION_CREDENTIALS"] = str(path)

    def load(self, tools, *args, code=0, ca="ca", endpoint=None, lines=LINES,
             **env):
        trust = [] if ca is None else ["--ca", self.keys / f"{ca}.pem"]
        done = tools.run(
            "nf-load", *args, *trust, "--endpoint",
            endpoint or self.double.endpoint, "bigtable://p/i", input=lines,
            env={**self.env, **env}, check=code)
        for secret in ("c4n4ry", "PRIVATE", "eyJ", "Bearer"):
            assert secret not in done.stderr + done.stdout
        return done

    @property
    def sent(self):
        """The authorization of each call."""
        return [r.metadata.get("authorization") for r in self.double.requests]


@pytest.fixture
def world(tmp_path, keys, account):
    def start(script=accepts):
        w = World(tmp_path, keys, account, script)
        started.append(w)
        return w.__enter__()

    started = []
    yield start
    for w in started:
        w.__exit__()


def test_each_call_carries_a_token_of_the_metadata_server(tools, world):
    w = world()
    w.load(tools, "--batch-rows", "10")
    # One for the data, one to ask for the table's schema.
    assert len(w.sent) == 4 and len(set(w.sent)) == 1
    assert w.sent[0].removeprefix("Bearer ") in w.tokens.granted
    assert len(w.tokens.granted) == 2


def test_a_service_account_signs_for_itself(tools, world):
    w = world()
    w.service()
    w.load(tools)
    (sent,) = w.sent
    kind, token = sent.split()
    assert kind == "Bearer" and w.tokens.accepts(token)
    assert w.tokens.verify(token, None)["scope"].endswith("bigtable.data")
    assert w.tokens.log == []


def test_tokens_are_renewed_in_mid_run(tools, world):
    def slow(request):
        yield "sleep", 0.3
        yield from accepts(request)

    w = world(slow)
    w.tokens.life = 1
    w.load(tools, "--batch-rows", "4", "--in-flight", "1")
    assert len(w.sent) == 10 and None not in w.sent
    assert len(set(w.sent)) > 1
    # Each was the newest then, so they come in the order they were given.
    order = [w.tokens.granted.index(x.split()[1]) for x in w.sent]
    assert order == sorted(order)


def test_a_token_that_is_refused_is_renewed_once(tools, world):
    def refuse(request):
        if request.attempt == 0:
            yield "status", 16, "expired", []
        else:
            yield from accepts(request)

    w = world(refuse)
    w.load(tools)
    assert len(w.sent) == 2 and w.sent[0] != w.sent[1]
    assert {s.removeprefix("Bearer ") for s in w.sent} <= \
        set(w.tokens.granted)
    assert len(w.tokens.granted) == 3   # one to ask for the schema


@pytest.mark.parametrize("code,name", [(16, "UNAUTHENTICATED"),
                                       (7, "PERMISSION_DENIED")])
def test_wrong_credentials(tools, world, code, name):
    w = world(lambda request: [("status", code, "not you", [])])
    done = w.load(tools, "--results", "-", code=77)
    assert name in done.stderr and "not you" in done.stderr
    results = ndjson(done.stdout)
    assert len(results) == 40
    assert {r["code"] for r in results} == {code}
    assert len(w.sent) == (2 if code == 16 else 1)


def test_no_credentials(tools, world):
    w = world()
    w.load(tools, code=77, NO_GCE_CHECK="true")
    w.tokens.fault = lambda path, n: 403
    w.load(tools, code=77)
    assert w.sent == []


@pytest.mark.parametrize("ca,endpoint", [
    ("other", None), (None, None), ("ca", "localhost")])
def test_a_server_that_is_not_trusted_gets_nothing(tools, world, ca,
                                                   endpoint):
    w = world()
    if endpoint is not None:
        endpoint = w.double.endpoint.replace("127.0.0.1", endpoint)
        w.env["NF_CRED_HOSTS"] += f",{endpoint}"
    done = w.load(tools, code=78, ca=ca, endpoint=endpoint)
    assert "certificate" in done.stderr and "--ca" in done.stderr
    done = tools.run("nf-load", "scan", "--endpoint",
                     endpoint or w.double.endpoint, "bigtable://p/i/t",
                     env=w.env, check=78)
    assert "certificate" in done.stderr
    assert w.sent == []


def test_ssl_cert_file(tools, world, keys, tmp_path):
    w = world()
    w.load(tools, ca=None, SSL_CERT_FILE=str(keys / "ca.pem"))
    # The option wins.
    w.load(tools, SSL_CERT_FILE=str(keys / "other.pem"))
    assert len(w.sent) == 2
    (tmp_path / "none.pem").write_text("no certificate")
    for name in "none.pem", "nothing.pem":
        done = w.load(tools, code=78, ca=None,
                      SSL_CERT_FILE=str(tmp_path / name))
        assert name in done.stderr


def test_a_token_goes_to_google_only(tools, world):
    w = world()
    w.service()
    for endpoint in (w.double.endpoint, "bigtable.googleapis.com.evil:443",
                     "evil:443", "dns:///bigtable.googleapis.com:443"):
        done = w.load(tools, code=78, endpoint=endpoint,
                      NF_CRED_HOSTS=w.tokens.host)
        assert "googleapis.com" in done.stderr
    w.load(tools, code=64, endpoint="bigtable.googleapis.com@evil:443")
    assert w.sent == []


def test_no_token_without_tls(tools, world):
    """Not in plain text, not to an emulator, and not to a server that speaks
    no TLS where TLS was meant."""
    w = world()
    w.service()
    with Double(accepts) as plain:
        w.env["NF_CRED_HOSTS"] += f",{plain.endpoint}"
        w.load(tools, "--plaintext", endpoint=plain.endpoint)
        tools.run("nf-load", "bigtable://p/i", input=LINES, check=0,
                  env={**w.env, "BIGTABLE_EMULATOR_HOST": plain.endpoint})
        assert len(plain.requests) == 2
        for request in plain.requests:
            assert "authorization" not in request.metadata
        w.load(tools, "--tries", "2", code=75, endpoint=plain.endpoint)
        assert len(plain.requests) == 2
