# SPDX-License-Identifier: Apache-2.0
"""nf-fetch logs in first: for a token or a cookie, and again after 401;
cookies between pages; OAuth2 as servers really answer; two API keys."""

import gzip
import json
import time
import urllib.parse

import pytest

from rest import Reply, Rest
from test_fetch_auth import Api, CANARY, ENV, fetch, oauth2

USER, PASSWORD = f"{CANARY}user", f'{CANARY}-p"w&ç'


class Session:
    """An API with a login; a session lives for some requests."""

    def __init__(self, login, let_in, lives=10 ** 9, pages=5):
        self.login, self.let_in = login, let_in
        self.lives, self.pages = lives, pages
        self.sessions, self.left = 0, 0

    def __call__(self, r):
        if r.path.endswith("/Login"):
            self.asked = r
            reply = self.login(r, f"{CANARY}-s{self.sessions + 1}")
            if reply.status in (200, 201, 204, 302):
                self.sessions += 1
                self.left = self.lives
            return reply
        if not self.sessions or self.left == 0 or \
                not self.let_in(r, f"{CANARY}-s{self.sessions}"):
            return Reply(401, b"{}")
        self.left -= 1
        n = int(r.query.get("page", 1))
        return Reply(body=json.dumps([n] if n <= self.pages else [])
                     .encode())


def cookies(r):
    return dict(c.split("=", 1) for c in
                r.headers.get("cookie", "").split("; ") if c)


# How it is logged in, by the habits of real servers: what the source says,
# what the login answers, and what lets a request in.
SAP = {"request": {"url": "/b1s/v1/Login", "body": {"json": {
    "CompanyDB": "SBO", "UserName": "{user}", "Password": "{password}"}}}}
WAYS = {
    "sap": (SAP, lambda r, s: Reply(
        body=json.dumps({"SessionId": s}).encode(), headers={"Set-Cookie": [
            f"B1SESSION={s}; HttpOnly; path=/", "ROUTEID=.node2; path=/"]}),
        lambda r, s: cookies(r) == {"B1SESSION": s, "ROUTEID": ".node2"}),
    "bearer": ({**SAP, "token": "/data/0/token"},
               lambda r, s: Reply(201, json.dumps(
                   {"data": [{"token": s}]}).encode()),
               lambda r, s: r.headers.get("authorization") == f"Bearer {s}"),
    "header": ({**SAP, "token": "X-Token", "header": "X-Session"},
               lambda r, s: Reply(204, b"", {"X-Token": s}),
               lambda r, s: r.headers.get("x-session") == s),
    "prefix": ({**SAP, "token": "/t", "prefix": "Token "},
               lambda r, s: Reply(body=json.dumps({"t": s}).encode()),
               lambda r, s: r.headers.get("authorization") == f"Token {s}"),
    "redirect": (SAP, lambda r, s: Reply(302, b"", {
        "Location": "/home", "Set-Cookie": f"sid={s}"}),
        lambda r, s: False),  # its path is that of the login
    "form": ({"request": {"url": "/Login", "body": {"form": {
        "grant_type": "password", "username": "{user}",
        "password": "{password}"}}}, "token": "/access_token"},
        lambda r, s: Reply(body=json.dumps({"access_token": s}).encode()),
        lambda r, s: r.headers.get("authorization") == f"Bearer {s}"),
    "query": ({"request": {"url": "/Login", "method": "POST", "query": {
        "username": "{user}", "password": "{password}"}},
        "token": "/access_token"},
        lambda r, s: Reply(body=json.dumps({"access_token": s}).encode()),
        lambda r, s: r.headers.get("authorization") == f"Bearer {s}"),
}


def login(api, way, **more):
    auth = json.loads(json.dumps(WAYS[way][0]))
    auth["request"]["url"] = api.base + auth["request"]["url"]
    return {"auth": {"type": "login", "secrets": {
        "user": "env:U", "password": "file:pw"}, **auth, **more}}


def walk(tools, api, source, *args, **kwargs):
    (tools.folder / "pw").write_text(PASSWORD + "\n")
    return fetch(tools, api, *args, source=source, env={"U": USER}, **kwargs)


@pytest.mark.parametrize("way", [w for w in WAYS if w != "redirect"])
def test_login(tools, way):
    _, answer, let_in = WAYS[way]
    for lives, ahead, sessions in (10 ** 9, 1, 1), (2, 1, 3), (3, 4, None):
        handler = Session(answer, let_in, lives)
        with Rest(handler) as api:
            done = walk(tools, api, login(api, way), ahead=ahead)
            assert done.returncode == 0, (way, lives, done.stderr)
        assert done.stdout == "1\n2\n3\n4\n5\n", (way, lives)
        assert sessions in (None, handler.sessions)
    sent = handler.asked
    if way == "query":
        assert sent.query == {"username": USER, "password": PASSWORD}
    elif way == "form":
        assert urllib.parse.parse_qs(sent.body.decode())["password"] == \
            [PASSWORD]
    else:
        assert json.loads(sent.body)["Password"] == PASSWORD


def test_login_redirects(tools):
    """Where it is a page with a form; its cookie is for all of the host."""
    _, _, _ = WAYS["redirect"]
    handler = Session(lambda r, s: Reply(302, b"", {
        "Location": "/home", "Set-Cookie": f"sid={s}; Path=/"}),
        lambda r, s: cookies(r) == {"sid": s})
    with Rest(handler) as api:
        done = walk(tools, api, login(api, "redirect"))
    assert done.stdout == "1\n2\n3\n4\n5\n"


def test_login_expires(tools):
    """Before its time is over another is fetched."""
    handler = Session(lambda r, s: Reply(body=json.dumps(
        {"data": [{"token": s}], "in": 0.0, "s": "1"}).encode()),
        WAYS["bearer"][2])
    with Rest(handler) as api:
        done = walk(tools, api, login(api, "bearer", expires="/s"), "--rate",
                    "2/s")
    assert done.returncode == 0 and handler.sessions >= 3


@pytest.mark.parametrize("reply,code", [
    (Reply(401, b"{}"), 77), (Reply(403, b"{}"), 77), (Reply(404), 78),
    (Reply(200, b"{}"), 77), (Reply(200, b"nothing"), 77),
    (Reply(200, b'{"data":[{"token":""}]}'), 77),
    (Reply(302, b"", {"Location": "/"}), 77),
])
def test_login_refused(tools, reply, code):
    handler = Session(lambda r, s: reply, WAYS["bearer"][2])
    with Rest(handler) as api:
        for way in "bearer", "sap":
            done = walk(tools, api, login(api, way), "--seal")
            assert (done.returncode, done.stdout) == (code, ""), done.stderr
            assert "login: " in done.stderr and CANARY not in done.stderr
        assert len(api.requests) == 2


def test_login_races(tools):
    """A session that others have used up is over, not wrong."""
    handler = Session(WAYS["bearer"][1], WAYS["bearer"][2])

    def page(r):
        n = int(r.query.get("page", 1))
        if not r.path.endswith("/Login"):
            if handler.sessions == 1 and n > 1 or \
                    handler.sessions == 2 and n == 2:
                return Reply(401, b"{}")
            if handler.sessions == 2:
                time.sleep(0.2)
        return handler(r)
    with Rest(page) as api:
        done = walk(tools, api, login(api, "bearer"), ahead=3)
        assert done.stdout == "1\n2\n3\n4\n5\n", done.stderr
    assert handler.sessions == 3


def test_login_headers(tools):
    """As many as any request has; none is left out."""
    handler = Session(*WAYS["bearer"][1:])
    for n, code in (63, 0), (64, 78):
        with Rest(handler) as api:
            source = login(api, "bearer")
            request = source["auth"]["request"]
            del request["body"]
            request["headers"] = {f"X-{i}": "1" for i in range(n)}
            done = walk(tools, api, source)
            assert done.returncode == code, done.stderr
            assert not code or "login: over 64 headers" in done.stderr
            assert bool(code) or f"x-{n - 1}" in handler.asked.headers


def test_login_faults(tools):
    """It is tried again; a session that is never right is not."""
    count = []

    def answer(r, s):
        count.append(1)
        return Reply(503) if len(count) == 1 else \
            Reply(fault="reset") if len(count) == 2 else WAYS["sap"][1](r, s)
    handler = Session(answer, WAYS["sap"][2])
    with Rest(handler) as api:
        done = walk(tools, api, login(api, "sap"))
        assert done.stdout == "1\n2\n3\n4\n5\n" and len(count) == 3
    handler = Session(WAYS["sap"][1], lambda r, s: False)
    with Rest(handler) as api:
        done = walk(tools, api, login(api, "sap"))
    assert done.returncode == 77 and handler.sessions == 2


def test_login_shows_nothing(tools):
    """Nor does an API that repeats what it got: in marks, tapes, messages."""
    def let_in(r, s):
        return r.headers.get("authorization") == f"Bearer {s}"
    handler = Session(WAYS["bearer"][1], let_in)

    def page(r):
        if r.path.endswith("/Login"):
            return handler(r)
        if handler(r).status == 401:
            return Reply(401, b"{}")
        n = int(r.query.get("c", 0))
        echo = urllib.parse.quote(PASSWORD)
        return Reply(
            404 if n == 3 else 200, json.dumps(
                {"d": [n], "next": f"/list?c={n + 1}&k={echo}&t={CANARY}-s1",
                 "message": f"{PASSWORD} {USER} {CANARY}-s1"}).encode(),
            {"X-Echo": f"{CANARY}-s1"})
    with Rest(page) as api:
        source = {**login(api, "bearer"), "records": "/d", "paginate": {
            "type": "next", "from": "/next"}}
        (tools.folder / "pw").write_text(PASSWORD + "\n")
        source["url"] = api.base + "/list"
        (tools.folder / "s.json").write_text(json.dumps(source))
        done = tools.run("nf-fetch", "-v", "-v", "--seal", "--record", "tape",
                         "--summary", "sum", "-s", "s.json", env={"U": USER})
        assert done.returncode == 69 and "***" in done.stderr
        kept = done.stderr + (tools.folder / "sum").read_text() + \
            "".join(x for x in done.stdout.splitlines() if '"$nf"' in x)
        for how in "--print", "--dry-run", "--check":
            shown = tools.run("nf-fetch", how, "-s", "s.json", check=0,
                              env={"U": USER})
            kept += shown.stdout + shown.stderr
        for path in (tools.folder / "tape").iterdir():
            kept += path.read_text().split("\n\n")[0]
    assert CANARY not in kept and urllib.parse.quote(PASSWORD) not in kept


MISTAKES = [
    ({"type": "login"}, "/auth/request: missing"),
    ({"type": "login", "request": {}}, "/auth/request/url: missing"),
    ({"type": "login", "request": {"url": "x"}}, "/auth/request/url: not an"),
    ({"type": "login", "request": {"url": "http://x{user}/"}, "token": "/t",
      "secrets": {"user": "env:U"}}, "/auth/request/url: not an"),
    ({"type": "login", "request": {"url": "http://y/"}},
     "another origin"),
    ({"type": "login", "request": {"url": "http://x/{nope}"}},
     "no variable {nope}"),
    ({"type": "login", "request": {"url": "http://x/"},
      "secrets": {"user": CANARY}}, "/auth/secrets/user: "),
    ({"type": "login", "request": {"url": "http://x/"}, "header": "X"},
     "/auth/token: missing"),
    ({"type": "login", "request": {"url": "http://x/", "auth": 1}}, "auth"),
    ({"type": "login", "request": {"url": "http://x/"}, "user": "env:U"},
     "user"),
    ({"type": "api_key", "keys": []}, "/auth/keys: "),
    ({"type": "api_key", "keys": [{"header": "A"}]}, "key: missing"),
    ({"type": "api_key", "keys": [{"query": "a", "key": "env:U"},
                                  {"query": "b", "key": "env:U"}]}, "query"),
]


def test_mistakes(tools):
    for auth, message in MISTAKES:
        (tools.folder / "s.json").write_text(
            json.dumps({"url": "http://x/", "auth": auth}))
        done = tools.run("nf-fetch", "--check", "-s", "s.json")
        assert done.returncode == 78, auth
        assert message in done.stderr, (auth, done.stderr)
        assert CANARY not in done.stderr


def test_cookies(tools):
    """Between the pages of one origin, as their attributes say."""
    def page(r):
        n = int(r.query.get("page", 1))
        seen.append(cookies(r))
        if n > 1 and "sid" not in seen[-1]:
            return Reply(401, b"{}")
        return Reply(body=json.dumps([n] if n < 4 else []).encode(), headers={
            "Set-Cookie": [f"sid=s{n}; Path=/; HttpOnly", "far=1; Path=/no",
                           "old=1; Max-Age=0", "gone=1; Expires=Thu, 01 Jan "
                           "1970 00:00:00 GMT", "other=1; Domain=x.example",
                           "tls=1; Secure", "here=1", "=bad", "bad", ""]})
    for ahead in 1, 2, 8:
        seen = []
        with Rest(page) as api:
            done = fetch(tools, api, ahead=ahead)
            assert (done.returncode, done.stdout) == (0, "1\n2\n3\n"), \
                (ahead, done.stderr)
        if ahead == 1:
            assert seen == [{}, {"sid": "s1", "here": "1"},
                            {"sid": "s2", "here": "1"},
                            {"sid": "s3", "here": "1"}]


def test_cookies_of_the_user(tools):
    with Rest(lambda r: Reply(body=b"[%d]" % len(api.requests), headers={
            "Set-Cookie": "a=1"})) as api:
        fetch(tools, api, "-H", "Cookie: b={env.T}", "--max-pages", "2",
              check=0)
        assert {r.headers["cookie"] for r in api.requests} == {f"b={CANARY}"}


def test_cookies_stay(tools):
    """None goes to another origin, none comes from one."""
    with Rest(lambda r: Reply(body=b"[2]", headers={
            "Set-Cookie": "b=2; Path=/"})) as other, \
            Rest(lambda r: Reply(headers={
                "Set-Cookie": "a=1", "Link": f"<{other.base}>; rel=next"},
                body=b"[1]")) as api:
        tools.run("nf-fetch", "--set", f'/allow_origins=["{other.base}"]',
                  api.base, check=0)
        assert "cookie" not in other.requests[0].headers
    # Not even another port of the same machine.
    assert len(other.requests) == 1


def test_401_without_a_cookie_is_final(tools):
    with Rest(lambda r: Reply(401, b"{}")) as api:
        assert fetch(tools, api).returncode == 77
        assert len(api.requests) == 1


# What a token endpoint answers, and whether that is a token.
TOKENS = [
    (200, {"token_type": "Bearer"}, True), (201, {}, True),
    (202, {"token_type": "bearer"}, True), (200, {}, True),
    (200, {"token_type": "BearerToken"}, True),
    (200, {"token_type": "jwt-bearer"}, True),
    (200, {"token_type": "JWT"}, True), (200, {"token_type": ""}, True),
    (200, {"token_type": None}, True), (200, {"token_type": "mac"}, False),
    (200, {"token_type": "DPoP"}, False), (302, {}, False),
    (200, {"access_token": ""}, False), (200, {"access_token": 5}, False),
    (200, {"expires_in": "3600"}, True), (200, {"expires_in": 0}, True),
    (200, {"expires_in": "soon"}, True), (200, {"expires_in": 1e99}, True),
    (200, {"expires_in": 10 ** 25}, True), (200, {"expires_in": -1}, True),
    (200, {"expires_in": None}, True), (200, {"token_type": 7}, True),
    (200, {"access_token": "a\r\nX-B: c"}, False),
    (200, {"access_token": "a\u0000b"}, False),
]


def test_oauth2_answers(tools):
    for status, more, good in TOKENS:
        class Other(Api):
            def token(self, r):
                super().token(r)
                return Reply(status, json.dumps(
                    {"access_token": self.tokens[-1], **more}).encode())
        handler = Other()
        with Rest(handler) as api:
            done = fetch(tools, api, source=oauth2(api))
        assert done.returncode == (0 if good else 77), (status, more)
        assert CANARY not in done.stderr


# A token endpoint's answer and a login's, by how the bytes of it come.
CODED = {
    "mark": (lambda b: b"\xef\xbb\xbf" + b, {}),
    "utf-16": (lambda b: b.decode().encode("utf-16"), {}),
    "latin-1": (lambda b: b.decode().encode("latin-1"), {
        "Content-Type": "application/json; charset=ISO-8859-1"}),
    "gzip": (gzip.compress, {}),
    "packed": (gzip.compress, {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("how", CODED)
@pytest.mark.parametrize("way", ["oauth2", "login"])
def test_tokens_are_read_as_pages_are(tools, way, how):
    code, headers = CODED[how]

    class Other(Api):
        def token(self, r):
            super().token(r)
            return Reply(200, code(json.dumps({
                "access_token": self.tokens[-1], "por": "São"},
                ensure_ascii=False).encode()), headers)
    session = Session(lambda r, s: Reply(200, code(json.dumps(
        {"t": s, "por": "São"}, ensure_ascii=False).encode()), headers),
        WAYS["prefix"][2])
    with Rest(Other() if way == "oauth2" else session) as api:
        walk(tools, api, oauth2(api) if way == "oauth2" else
             login(api, "prefix"), check=0)


@pytest.mark.parametrize("token", ["a\r\nX-B: c", "a\0b", "a\x7f"])
def test_a_token_that_no_header_can_hold(tools, token):
    handler = Session(lambda r, s: Reply(200, json.dumps(
        {"data": [{"token": token}]}).encode()), WAYS["bearer"][2])
    with Rest(handler) as api:
        done = walk(tools, api, login(api, "bearer"))
        assert done.returncode == 77 and "control character" in done.stderr


def test_two_keys(tools):
    """VTEX wants two, and others one in the query as well."""
    def page(r):
        good = (r.headers.get("x-vtex-api-appkey") == ENV["ID"] and
                r.headers.get("x-vtex-api-apptoken") == ENV["SECRET"])
        n = int(r.query.get("page", 1))
        return Reply(200 if good else 403,
                     json.dumps([n] if n < 3 else []).encode())
    with Rest(page) as api:
        both = ["--api-key", "X-VTEX-API-AppKey=env:ID", "--api-key",
                "X-VTEX-API-AppToken=env:SECRET"]
        done = fetch(tools, api, *both, check=0)
        assert done.stdout == "1\n2\n" and CANARY not in done.stderr
        assert fetch(tools, api, *both[:2]).returncode == 77
        printed = fetch(tools, api, "--print", *both, check=0).stdout
        assert CANARY not in printed
        source = json.loads(printed)
        assert fetch(tools, api, source=source, check=0).stdout == "1\n2\n"
        source["auth"] = {"type": "api_key", "keys": [
            {"header": "X-VTEX-API-AppKey", "key": "env:ID"},
            {"query": "k", "key": "env:FRESH"},
            {"header": "X-VTEX-API-AppToken", "key": "env:SECRET"}]}
        fetch(tools, api, source=source, check=0)
        assert api.requests[-1].query["k"] == ENV["FRESH"]
        assert fetch(tools, api, *both, "--bearer", "env:T").returncode == 64
        assert fetch(tools, api, *both, "--api-key",
                     CANARY).returncode == 64
