# SPDX-License-Identifier: Apache-2.0
"""Every kind of Google credential, against endpoints that check them."""

import json
import os
import subprocess

import pytest

from staging import ObjectRun, plain, put, records, stream
from storage import Storage
from tokens import Tokens

ROWS = records(20)
LARGE = [b'{"n":%d,"x":"%s"}' % (i, b"y" * 65000) for i in range(300)]


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    """(private, public) of a service account, in PEM."""
    private = subprocess.run(["openssl", "genrsa", "2048"], check=True,
                             capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout"], input=private,
                            check=True, capture_output=True).stdout
    return private.decode(), public.decode()


@pytest.fixture
def world(tmp_path, key):
    with Tokens(key[1]) as tokens, Storage() as storage:
        storage.tokens = tokens.accepts
        host = storage.url.removeprefix("http://")
        yield World(tmp_path, tokens, storage, {
            "NF_CRED_HOSTS": f"{tokens.host},{host}",
            "NO_GCE_CHECK": "true", "HOME": str(tmp_path)}, key[0])


class World:
    def __init__(self, folder, tokens, storage, env, private):
        self.folder, self.tokens, self.storage = folder, tokens, storage
        self.env, self.private = env, private
        self.run = ObjectRun(storage, "r")

    def file(self, conf):
        path = self.folder / "cred.json"
        path.write_text(conf if isinstance(conf, str) else json.dumps(conf))
        self.env["GOOGLE_APPLICATION_CREDENTIALS"] = str(path)

    def service(self):
        return {"type": "service_account", "private_key_id": "kid",
                "client_email": "sa@p.iam.gserviceaccount.com",
                "private_key": self.private,
                "token_uri": f"{self.tokens.url}/token"}

    def user(self):
        return {"type": "authorized_user", "client_id": "id",
                "client_secret": "s3cr3t&=", "refresh_token": "rt",
                "token_uri": f"{self.tokens.url}/token"}

    def external(self, source, **more):
        return {"type": "external_account",
                "audience": "//iam.googleapis.com/pool",
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "token_url": f"{self.tokens.url}/sts",
                "credential_source": source, **more}

    @property
    def impersonation(self):
        return f"{self.tokens.url}/v1/projects/-/serviceAccounts/x" \
            ":generateAccessToken"

    def put(self, tools, rows=ROWS, *args):
        return put(tools, self.run, stream(rows), "-v", "-v", "--endpoint",
                   self.storage.url, "--retry-time=10s", *args, env=self.env)

    def works(self, tools, rows=ROWS, *args):
        code, out, err = self.put(tools, rows, *args)
        assert code == 0, err
        assert plain(out) == rows
        # Nothing secret is said, however loud.
        for secret in ("c4n4ry", "s3cr3t", "PRIVATE", "upload_id",
                       "subject-token", "eyJ"):
            assert secret.encode() not in err, err


def test_service_account_signs_for_itself(tools, world):
    world.file(world.service())
    world.works(tools)
    assert world.tokens.log == []


def test_service_account_exchange(tools, world):
    world.file(world.service())
    world.env["NF_CRED_EXCHANGE"] = "1"
    world.works(tools)
    assert world.tokens.log == [("/token", 200)]


def test_authorized_user(tools, world):
    world.file(world.user())
    world.works(tools)


def test_gcloud_file(tools, world):
    folder = world.folder / ".config" / "gcloud"
    folder.mkdir(parents=True)
    (folder / "application_default_credentials.json").write_text(
        json.dumps(world.user()))
    world.works(tools)


def test_external_account_file(tools, world):
    (world.folder / "subject").write_text("subject-token\n")
    world.file(world.external({"file": str(world.folder / "subject")}))
    world.works(tools)


def test_external_account_url(tools, world):
    world.file(world.external(
        {"url": f"{world.tokens.url}/subject", "headers": {"X-Secret": "s"},
         "format": {"type": "json", "subject_token_field_name": "the"}},
        service_account_impersonation_url=world.impersonation))
    world.works(tools)
    assert [p for p, _ in world.tokens.log][:2] == ["/subject", "/sts"]
    assert len(world.tokens.log) == 3


def test_impersonation(tools, world):
    world.file({"type": "impersonated_service_account",
                "service_account_impersonation_url": world.impersonation,
                "source_credentials": world.user(), "delegates": ["a"]})
    world.works(tools)


def test_metadata_server(tools, world):
    del world.env["NO_GCE_CHECK"]
    world.env["GCE_METADATA_HOST"] = world.tokens.host
    world.env["http_proxy"] = "http://127.0.0.1:1"
    world.env["no_proxy"] = world.storage.url.removeprefix("http://")
    world.env["no_proxy"] = "127.0.0.1"
    world.works(tools)
    world.tokens.flavor = "Other"
    world.run = ObjectRun(world.storage, "r2")
    code, _, err = world.put(tools)
    assert code == 77 and b"not a metadata server" in err


def test_no_credentials(tools, world):
    code, _, err = world.put(tools)
    assert code == 77 and b"GOOGLE_APPLICATION_CREDENTIALS" in err


def test_token_endpoint_recovers(tools, world):
    world.file(world.user())
    world.tokens.fault = lambda path, n: 503 if n < 3 else None
    world.works(tools)


def test_token_endpoint_refuses(tools, world):
    world.file(world.user())
    world.tokens.fault = lambda path, n: 400
    code, _, err = world.put(tools)
    assert code == 77 and b"invalid_grant" in err
    assert len(world.tokens.log) == 1


def test_token_that_the_store_refuses(tools, world):
    """A fresh one is tried; then it is no permission, and no waiting."""
    world.file(world.user())
    world.works(tools)
    world.storage.tokens = lambda token: False
    data = stream(ROWS).decode()
    for verb in ("put", "cat", "mark", "ls", "verify"):
        world.storage.log.clear()
        p = tools.run("nf-stage", verb, "--endpoint", world.storage.url,
                      world.run.uri, input=data, env=world.env, timeout=60)
        assert p.returncode == 77, p.stderr
        assert "Invalid Credentials" in p.stderr
        assert [x[2] for x in world.storage.log] == [401, 401]


def test_expiry_in_mid_upload(tools, world):
    """Each chunk finds its token refused once: a new one, the same session."""
    world.file(world.user())
    seen = set()

    def fault(op, n, name):
        if op == "chunk" and n in (2, 3) and n not in seen:
            seen.add(n)
            world.tokens.granted.append("no longer")
            return None
        return None

    world.storage.fault = fault
    world.works(tools, LARGE, "--plain")
    assert len([x for x in world.storage.log if x[0] == "start"]) == 1
    assert any(x[2] == 401 for x in world.storage.log)


def test_short_lived_tokens(tools, world):
    world.file(world.user())
    world.tokens.life = 1
    world.works(tools, LARGE, "--plain")


@pytest.mark.parametrize("url", [
    "https://evil.example/token", "http://oauth2.googleapis.com/token",
    "https://oauth2.googleapis.com.evil.example/token",
    "https://evil.example/.googleapis.com",
    "https://oauth2.googleapis.com@evil.example/token",
    "https://evil.example#.googleapis.com", "file:///etc/passwd",
    "https://googleapis.com.evil", "https://notgoogleapis.com/token"])
def test_hostile_file(tools, world, url):
    for conf in (dict(world.service(), token_uri=url),
                 dict(world.user(), token_uri=url),
                 dict(world.external({"file": "/x"}), token_url=url),
                 {"type": "impersonated_service_account",
                  "service_account_impersonation_url": url,
                  "source_credentials": world.user()}):
        world.file(conf)
        code, _, err = world.put(tools)
        assert code == 78 and b"googleapis.com" in err, err


@pytest.mark.parametrize("conf,what", [
    ("{", "JSON"), ({}, "type"), ({"type": "gdch_service_account"}, "type"),
    ({"type": "service_account", "client_email": "x"}, "private_key"),
    ({"type": "external_account", "audience": "a", "subject_token_type": "t",
      "credential_source": {"executable": {"command": "x"}}}, "executable"),
    ({"type": "external_account", "audience": "a", "subject_token_type": "t",
      "credential_source": {"environment_id": "aws1"}}, "AWS"),
    ({"type": "service_account", "client_email": "x",
      "private_key": "-----BEGIN PRIVATE KEY-----\nx"}, "private_key")])
def test_bad_file(tools, world, conf, what):
    world.file(conf)
    code, _, err = world.put(tools)
    assert code == 78 and what.encode() in err, err


def test_endpoint_of_a_stranger(tools, world):
    world.file(world.service())
    world.env["NF_CRED_HOSTS"] = world.tokens.host
    code, _, err = world.put(tools)
    assert code == 78 and b"--endpoint" in err
    # An error of the variable is reported the same way.
    p = tools.run("nf-stage", "ls", world.run.uri, env={
        **world.env, "NF_STORAGE_ENDPOINT": "https://storage.example"})
    assert p.returncode == 78 and "https://storage.example" in p.stderr


def test_emulator_gets_no_token(tools, world):
    world.file(world.service())
    world.env.update(world.storage.env)
    code, _, _ = put(tools, world.run, stream(ROWS), "--retry-time=0s",
                     env=world.env)
    assert code == 77  # the double wants a token and was given none


def test_quota_project(tools, world):
    world.file(dict(world.user(), quota_project_id="who-pays"))
    world.works(tools)


def spooled(p):
    """What is in the files without a name that a process has open."""
    folder = f"/proc/{p.pid}/fd"
    for fd in os.listdir(folder):
        name = os.readlink(f"{folder}/{fd}")
        if name.endswith(" (deleted)"):
            with open(f"{folder}/{fd}", "rb") as f:
                yield f.read()


def environ(p):
    with open(f"/proc/{p.pid}/environ", encoding="utf-8") as f:
        return dict(x.split("=", 1) for x in f.read().rstrip("\0").split("\0"))


@pytest.mark.parametrize("kind", ["service", "exchange", "user", "external"])
@pytest.mark.parametrize("spool", ["memory", "folder"])
def test_where_secrets_are_not(tools, world, kind, spool, shim):
    """In a process that is at work with a token, and what it leaves."""
    if kind == "external":
        (world.folder / "subject").write_text("subject-token\n")
        world.file(world.external({"file": str(world.folder / "subject")}))
    elif kind == "user":
        world.file(world.user())
    else:
        world.file(world.service())
        world.env |= {"NF_CRED_EXCHANGE": "1"} if kind == "exchange" else {}
    left = tools.folder / "left"
    left.mkdir()
    env = world.env | {"LD_PRELOAD": shim, "NF_FAULT_LOG": str(left / "log")}
    rows = records(200)
    data = stream(rows)
    with open(left / "stderr", "wb") as err:
        p = tools.start(
            "nf-stage", "-vv", "--part-size=2K", "--endpoint",
            world.storage.url, f"--summary={left}/summary",
            f"--metrics={left}/metrics",
            *([f"--spool={left}"] if spool == "folder" else []),
            world.run.uri, stdin=subprocess.PIPE, stderr=err, env=env,
            cwd=left)
        p.stdin.write(data[:len(data) // 2])
        p.stdin.flush()
        assert p.stdout.read(1) == b"{"  # the token has been used
        with open(f"/proc/{p.pid}/cmdline", "rb") as f:
            seen = [f.read()]
        if os.geteuid() == 0:
            spool = list(spooled(p))
            assert any(spool)
            seen += spool
            assert environ(p) == {**tools.env, **env}
        else:  # not even its owner may look
            with pytest.raises(PermissionError):
                list(spooled(p))
        with open(f"/proc/{p.pid}/limits", encoding="ascii") as f:
            core = [x for x in f if x.startswith("Max core file size")]
        assert core[0].split()[4:6] == ["0", "0"]
        seen.append(p.communicate(data[len(data) // 2:], 120)[0])
    assert p.returncode == 0, (left / "stderr").read_text()
    assert "dumpable 0" in (left / "log").read_text()
    files = [path for path in left.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"log", "stderr", "summary",
                                             "metrics"}
    seen += [path.read_bytes() for path in files]
    seen += [world.run.read(name) for name in world.run.names()]
    seen.append(repr(world.storage.objects).encode())
    secrets = [b"c4n4ry", b"s3cr3t", b"PRIVATE KEY", b"subject-token", b"eyJ"]
    secrets += [line.encode() for line in world.private.splitlines()[1:-1]]
    for secret in secrets:
        assert not any(secret in text for text in seen), secret
