# SPDX-License-Identifier: Apache-2.0
"""nf-fetch's credentials: they arrive, are kept fresh, and show nowhere."""

import base64
import dataclasses
import json
import pathlib
import subprocess
import time
import urllib.parse

import pytest

from rest import Reply, Rest

CANARY = "canary-7f3a9c"
QUERY_KEY = '/auth={"type":"api_key","query":"apikey","key":"env:T"}'
GOOGLE_ID = '/auth={"type":"google_id","audience":"https://svc"}'


class Api:
    """Wants credentials; is its own token endpoint and metadata server."""

    def __init__(self, want=None, lives=3600):
        self.want = want
        self.lives = lives
        self.tokens = []
        self.refused = 0
        self.pages = 3

    def __call__(self, r):
        if r.path == "/token":
            return self.token(r)
        if r.path.startswith("/computeMetadata"):
            return self.metadata(r)
        if not self.let_in(r):
            return Reply(401, b"{}")
        n = int(r.query.get("page", 1))
        return Reply(body=json.dumps([n] if n <= self.pages else [])
                     .encode())

    def let_in(self, r):
        if self.want is not None:
            name, value = self.want
            return value in (r.headers.get(name), r.query.get(name))
        token = r.headers.get("authorization", "").removeprefix("Bearer ")
        if not self.tokens or token != self.tokens[-1]:
            self.refused += 1
            return False
        return True

    def new(self, text):
        self.tokens.append(text)
        return text

    def token(self, r):
        assert r.method == "POST"
        self.form = r.body.decode()
        self.basic = r.headers.get("authorization")
        return Reply(body=json.dumps({
            "access_token": self.new(f"{CANARY}-t{len(self.tokens)}"),
            "token_type": "Bearer", "expires_in": self.lives}).encode())

    def metadata(self, r):
        assert r.headers["metadata-flavor"] == "Google"
        assert r.query["audience"] == "https://svc"
        claims = base64.urlsafe_b64encode(json.dumps(
            {"exp": int(time.time()) + 3600}).encode()).decode()
        token = self.new(f"{CANARY}.{claims.rstrip('=')}.sig")
        return Reply(body=token.encode(),
                     headers={"Metadata-Flavor": "Google"})


def oauth2(api, **more):
    return {"auth": {"type": "oauth2", "token_url": api.base + "/token",
                     "client_id": "env:ID", "client_secret": "env:SECRET",
                     **more}}


ENV = {"T": CANARY, "ID": f"{CANARY}id", "SECRET": f"{CANARY}:x/y",
       "PAIR": f"user:{CANARY}", "FRESH": f"{CANARY}refresh"}


def fetch(tools, api, *args, source=None, ahead=1, **kwargs):
    if source is not None:
        (tools.folder / "s.json").write_text(json.dumps(source))
        args = ("-s", "s.json", *args)
    env = {**ENV, **kwargs.pop("env", {})}
    return tools.run("nf-fetch", "-p", "page", "--prefetch", ahead, *args,
                     api.base + "/list", env=env, **kwargs)


@pytest.mark.parametrize("args,want", [
    (["--bearer", "env:T"], ("authorization", f"Bearer {CANARY}")),
    (["--bearer", "file:secret"], ("authorization", f"Bearer {CANARY}")),
    (["--basic", "env:PAIR"], ("authorization", "Basic " + base64.b64encode(
        f"user:{CANARY}".encode()).decode())),
    (["--api-key", "X-Api-Key=env:T"], ("x-api-key", CANARY)),
    (["--set", QUERY_KEY], ("apikey", CANARY)),
    (["-H", "X-Auth-Token: a {env.T}"], ("x-auth-token", f"a {CANARY}")),
])
def test_static(tools, args, want):
    (tools.folder / "secret").write_text(CANARY + "\n")
    with Rest(Api(want)) as api:
        done = fetch(tools, api, *args, check=0)
        assert done.stdout == "1\n2\n3\n"
        done = fetch(tools, api)
        assert done.returncode == 77
        assert len(api.requests) == 5


def test_oauth2(tools):
    handler = Api()
    with Rest(handler) as api:
        done = fetch(tools, api, source=oauth2(api, scope="a b"), check=0)
        assert done.stdout == "1\n2\n3\n"
        assert len(handler.tokens) == 1 and handler.refused == 0
        assert handler.form == \
            "grant_type=client_credentials&scope=a%20b"
        pair = base64.b64decode(handler.basic.removeprefix("Basic "))
        assert pair == f"{CANARY}id:{CANARY}%3Ax%2Fy".encode()
        fetch(tools, api, source=oauth2(api, client_auth="body",
                                        refresh_token="env:FRESH"), check=0)
        assert handler.basic is None
        assert f"refresh_token={CANARY}refresh" in handler.form
        assert f"client_id={CANARY}id" in handler.form


def test_oauth2_expiry(tools):
    """A token of a second is replaced before each page, not after a 401."""
    handler = Api(lives=1)

    def slow(r):
        if r.path == "/list":
            time.sleep(0.8)
        return handler(r)
    with Rest(slow) as api:
        fetch(tools, api, source=oauth2(api), check=0)
    assert len(handler.tokens) >= 2 and handler.refused == 0


def test_oauth2_revoked(tools):
    """A 401 brings a new token once; a second 401 is the end."""
    handler = Api()

    def revoke(r):
        if r.query.get("page") == "2" and len(handler.tokens) == 1:
            handler.tokens.append("gone")
        return handler(r)
    with Rest(revoke) as api:
        done = fetch(tools, api, source=oauth2(api), check=0)
        assert done.stdout == "1\n2\n3\n" and handler.refused == 1
        handler.want = ("x", "never")
        api.requests.clear()
        done = fetch(tools, api, source=oauth2(api))
        assert done.returncode == 77
        assert [r.path for r in api.requests] == ["/token", "/list"] * 2


def test_revoked_under_way(tools):
    """Several pages in flight are refused one token: one new one is got."""
    handler = Api()
    handler.pages = 6

    def revoke(r):
        if int(r.query.get("page", 0)) >= 3 and len(handler.tokens) == 1:
            handler.tokens.append("gone")
            time.sleep(0.5)  # until the others are under way
        return handler(r)
    with Rest(revoke) as api:
        done = fetch(tools, api, ahead=4, source=oauth2(api), check=0)
    assert done.stdout == "1\n2\n3\n4\n5\n6\n" and handler.refused > 1
    assert len(handler.tokens) == 3


@pytest.mark.parametrize("reply,code", [
    (Reply(400, b'{"error":"invalid_client"}'), 77),
    (Reply(401, b"{}"), 77), (Reply(200, b"{}"), 77), (Reply(200, b"x"), 77),
    (Reply(200, b'{"access_token":"a","token_type":"mac"}'), 77),
    (Reply(404, b"{}"), 78), (Reply(302, headers={"Location": "/x"}), 77),
])
def test_no_token(tools, reply, code):
    with Rest(lambda r: reply) as api:
        done = fetch(tools, api, source=oauth2(api))
        assert done.returncode == code
        assert [r.path for r in api.requests] == ["/token"]


def test_token_file_is_read_again(tools):
    """A bearer token in a file that is replaced during the walk."""
    secret = tools.folder / "secret"
    secret.write_text("old")
    handler = Api(("authorization", "Bearer old"))

    def rotate(r):
        if r.query["page"] == "2" and handler.want[1] == "Bearer old":
            handler.want = ("authorization", "Bearer new")
            secret.write_text("new")
        return handler(r)
    with Rest(rotate) as api:
        done = fetch(tools, api, "--bearer", "file:secret", check=0)
    assert done.stdout == "1\n2\n3\n"


def test_google_id(tools):
    handler = Api()
    with Rest(handler) as api:
        done = fetch(tools, api, "--set", GOOGLE_ID, check=0,
                     env={"GCE_METADATA_HOST": api.base[7:]})
    assert done.stdout == "1\n2\n3\n" and len(handler.tokens) == 1


@pytest.mark.parametrize("args", [
    ["--bearer", CANARY], ["--bearer", "env:NOPE"], ["--bearer", "file:/no"],
    ["-H", f"Authorization: Bearer {CANARY}"], ["-H", f"x-api-key: {CANARY}"],
    ["--api-key", f"X-Key={CANARY}"],
])
def test_secrets_are_named(tools, args):
    done = tools.run("nf-fetch", *args, "http://127.0.0.1:1/")
    absent = args[1].startswith(("env:", "file:"))
    assert done.returncode == (78 if absent else 64)
    assert CANARY not in done.stderr


def test_one_way_to_log_in(tools):
    done = tools.run("nf-fetch", "-n", "--api-key", "X-Key=env:HOME",
                     "--bearer", "env:HOME", "https://x/")
    assert done.returncode == 64 and "exclude" in done.stderr


@pytest.mark.parametrize("args", [
    ["--bearer", "env:T"], ["-H", "Authorization: Bearer {env.T}"],
    ["-H", "X-Tenant: {env.T}"], ["--query", "q=a{env.T}"],
    ["--data", '{"a":["{env.T}"]}']])
def test_plain_http(tools, args):
    """Nothing of the environment leaves this machine in clear."""
    for more, code in ([], 78), (["--set", "/allow_http=true"], 75):
        done = tools.run("nf-fetch", *args, *more, "--tries", "1",
                         "--set", "/timeouts/connect=50ms", "http://192.0.2.1/",
                         env=ENV)
        assert done.returncode == code
        assert ("allow_http" in done.stderr) == (code == 78)
    assert tools.run("nf-fetch", "-H", "X-A: {{env.T}}", "--tries", "1",
                     "--set", "/timeouts/connect=50ms",
                     "http://192.0.2.1/").returncode == 75


MODES = [
    lambda api: ["--bearer", "env:T"], lambda api: ["--basic", "env:PAIR"],
    lambda api: ["--api-key", "X-Api-Key=env:T"],
    lambda api: ["--set", QUERY_KEY],
    lambda api: ["-H", "X-Auth-Token: {env.T}"],
    lambda api: ["--query", "q={env.T}"],
    lambda api: oauth2(api), lambda api: oauth2(api, client_auth="body"),
    lambda api: oauth2(api, refresh_token="env:FRESH"),
    lambda api: ["--set", GOOGLE_ID],
]


def test_hidden_in_the_path(tools):
    """{env.} in the URL: in no mark, no message, no tape."""
    def answer(r):
        n = int(r.query.get("after", 0))
        assert r.path == f"/{CANARY}-%3A%2Fx/list"
        # As the API writes it, which is another way than ours.
        path = r.path.replace("-", "%2d")
        return Reply(body=b"[%d]" % n, headers={
            "Link": f"<{path}?after={n + 1}>; rel=next"} if n < 2 else {})

    def run(*args, **kwargs):
        return tools.run("nf-fetch", "--seal", "--at", "1000", *args,
                         api.base + "/{env.W}/list",
                         env={"W": CANARY + "-:/x"}, **kwargs)
    with Rest(lambda r: answer(dataclasses.replace(
            r, target=r.target.replace("%2d", "-")))) as api:
        live = run("--record", "tape", check=0)
        assert CANARY not in live.stdout and "mark" not in live.stdout
    again = run("--replay", "tape", check=0)
    assert again.stdout == live.stdout and live.stdout.count("\n") == 5
    for path in (tools.folder / "tape").iterdir():
        assert CANARY not in urllib.parse.unquote(path.read_text())
    # There is nobody any more.
    gone = run("--tries", "1")
    assert gone.returncode == 75 and CANARY not in gone.stderr
    assert "/***/list" in gone.stderr


@pytest.mark.parametrize("args,marks", [
    (["--set", QUERY_KEY], 2), (["--query", "q={env.T}"], 0)])
def test_echoed_secret(tools, args, marks):
    """An API that repeats our key in its next URL: it is in no mark."""
    def answer(r):
        assert CANARY in (r.query.get("apikey"), r.query.get("q"))
        n = "abc".index(r.query.get("after", "a"))
        reply = Reply(body=b"[%d]" % n)
        if n < 2:
            query = r.target.partition("?")[2].replace(
                "after=" + "abc"[n], "")
            reply.headers["Link"] = \
                f"</x?{query}&after={'abc'[n + 1]}>; rel=next"
        return reply
    with Rest(answer) as api:
        done = tools.run("nf-fetch", "--seal", *args, api.base + "/x",
                         env=ENV, check=0)
    assert done.stdout.count('{"$nf":"mark"') == marks
    assert done.stdout.count("\n") == 5 + marks
    assert CANARY not in done.stdout


BASIC = base64.b64encode(f"user:{CANARY}".encode()).decode()


@pytest.mark.parametrize("how", ["--bearer=env:T", "--basic=env:PAIR", "pair",
                                 "--api-key=X-Key=env:T",
                                 "--set=" + QUERY_KEY, "oauth2"])
@pytest.mark.parametrize("where", ["link", "body"])
def test_echoed_credential(tools, how, where):
    """An API that repeats what it was sent, in a parameter of its own."""
    def answer(r):
        if r.path == "/token":
            return Reply(body=b'{"access_token":"%s/t","token_type":"bearer"}'
                         % CANARY.encode())
        n = int(r.query.get("after", 0))
        token = CANARY + "/t" if how == "oauth2" else \
            BASIC if where == "link" and "PAIR" in how else CANARY
        more = f"/x?access_token={urllib.parse.quote(token, '')}&after={n+1}"
        body = {"data": [n]}
        reply = Reply()
        if n < 2 and where == "body":
            body["next"] = more
        elif n < 2:
            reply.headers["Link"] = f"<{more}>; rel=next"
        reply.body = json.dumps(body).encode()
        return reply

    with Rest(answer) as api:
        source = {} if how != "oauth2" else oauth2(api)
        if how == "pair":
            source = {"auth": {"type": "basic", "user": "env:ID",
                               "password": "env:T"}}
        (tools.folder / "s.json").write_text(json.dumps(source))
        args = ["nf-fetch", "-s", "s.json", "--seal", "--at", "1000",
                "--records", "/data", "-p",
                *(["link"] if where == "link" else ["next", "--next",
                                                    "/next"]),
                *([how] if how[0] == "-" else []), api.base + "/x"]
        live = tools.run(*args, "--record", "tape", env=ENV, check=0)
    assert CANARY not in live.stdout and BASIC not in live.stdout
    assert '"mark"' not in live.stdout and live.stdout.count("\n") == 5
    again = tools.run(*args, "--replay", "tape", env=ENV)
    if how == "oauth2" and where == "body":  # nobody knows that token again
        assert again.returncode == 78
    else:
        assert again.stdout == live.stdout
    for path in (tools.folder / "tape").iterdir():
        head = path.read_text().partition("\n\n")[0]
        assert CANARY not in head and BASIC not in head


def test_a_secret_begins_another(tools):
    done = tools.run("nf-fetch", "--tries", "1",
                     "http://127.0.0.1:1/{env.A}/{env.B}",
                     env={"A": "acme", "B": f"acme-{CANARY}"}, check=75)
    assert "/***/***: " in done.stderr and CANARY not in done.stderr


def test_sources_differ(tools):
    """Lists that differ in a value are two sources, whatever its name."""
    def source(*args, path="/list", **env):
        done = tools.run("nf-fetch", "--seal", *args, api.base + path,
                         env={**ENV, **env}, check=0)
        return json.loads(done.stdout.splitlines()[0])["source"]
    with Rest(lambda r: Reply()) as api:
        for name in "secretaria", "key", "token":
            seen = {source(path=f"/list?{name}=a"),
                    source(path=f"/list?{name}=b"),
                    source("--query", f"{name}=a"),
                    source("--query", f"{name}=b")}
            assert len(seen) == 4
        # But a secret may be another one the next day.
        for args in (["--query", "key={env.T}"], ["--bearer", "env:T"]):
            assert source(*args) == source(*args, T="another-one")
    shown = tools.run("nf-fetch", "--print", "--query", "secretaria=a",
                      "--query", "secretKey=b", "http://x/?SECRETARIO=c",
                      check=0).stdout
    assert json.loads(shown) == {"url": "http://x/?SECRETARIO=c", "query": {
        "secretaria": "a", "secretKey": "***"}}


@pytest.mark.parametrize("mode", range(len(MODES)))
def test_canary(tools, mode):
    """No secret in the output, the messages, the arguments, a core, a tape."""
    class Loose(Api):
        def let_in(self, r):
            return True

        def __call__(self, r):
            if r.query.get("page") == "2" and not self.refused:
                self.refused = 1
                return Reply(500, b"{}")
            return super().__call__(r)
    with Rest(Loose()) as api:
        args = MODES[mode](api)
        if isinstance(args, dict):
            (tools.folder / "s.json").write_text(json.dumps(args))
            args = ["-s", "s.json"]
        env = {**ENV, "GCE_METADATA_HOST": api.base[7:]}
        for more in ([], ["--dry-run"], ["--print"], ["--seal"],
                     ["--record", "tape"], ["--replay", "tape"]):
            for form in "text", "json":
                done = tools.run("nf-fetch", "-vv", "--log-format", form,
                                 "-p", "page", "--set", "/timeouts/retry_base=1ms", *more,
                                 *args, api.base + "/list", env=env, check=0)
                assert CANARY not in done.stdout + done.stderr
        for path in (tools.folder / "tape").iterdir():
            assert CANARY not in path.read_text()
        assert CANARY in str(api.requests) or "--basic" in args

    # While it runs: not in its arguments, and no core comes of it.
    with Rest(lambda r: Reply(200, b'{"access_token":"%s"}'
                              % CANARY.encode()) if r.path == "/token"
              else Reply(fault="mute")) as api:
        args = MODES[mode](api)
        if isinstance(args, dict):
            (tools.folder / "s.json").write_text(json.dumps(args))
            args = ["-s", "s.json"]
        p = tools.start("nf-fetch", *args, api.base + "/x",
                        env={**ENV, "GCE_METADATA_HOST": api.base[7:]})
        while not api.requests:
            time.sleep(0.01)
        proc = pathlib.Path(f"/proc/{p.pid}")
        assert CANARY not in (proc / "cmdline").read_text()
        limits = subprocess.run(["prlimit", "--core", "--pid", str(p.pid),
                                 "--noheadings", "--output", "HARD"],
                                capture_output=True, text=True)
        assert limits.stdout.strip() == "0"
        p.kill()
        p.communicate()


def test_a_long_name_is_masked(tools):
    """Wherever in it the word is; and no character of it is cut."""
    for name in ("x" * 200 + "token", "x" * 126 + "\u00e9password"):
        shown = tools.run("nf-fetch", "--print", f"https://a/?{name}=abc&b=1",
                          check=0).stdout
        assert json.loads(shown)["url"] == f"https://a/?{name}=***&b=1"
