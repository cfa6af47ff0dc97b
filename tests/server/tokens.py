# SPDX-License-Identifier: Apache-2.0
"""A double of Google's token endpoints: OAuth, STS, IAM credentials, metadata.

Signed assertions are verified with google-auth.  Tokens are good for
self.life seconds; self.log holds (path, what was granted or refused).  Its
clock is self.ahead seconds before ours.
"""

import http.server
import json
import threading
import time
import urllib.parse

import google.auth.jwt

STS = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tokens:
    def __init__(self, public_key=None):
        self.public_key = public_key    # PEM, of the service account
        self.life = 3600
        self.ahead = 0
        self.fault = None               # function of (path, n) -> status
        self.flavor = "Google"
        self.granted = []
        self.log = []

    def __enter__(self):
        double = self

        class Handler(_Handler):
            tokens = double

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}"
        self.thread = threading.Thread(
            target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def grant(self, who):
        token = f"token-{who}-{len(self.granted)}-c4n4ry"
        self.granted.append(token)
        return token

    def verify(self, assertion, audience):
        """Is it a JWT that the service account has signed?"""
        claims = google.auth.jwt.decode(
            assertion, certs=self.public_key, audience=audience,
            clock_skew_in_seconds=10 ** 9)
        now = time.time() + self.ahead
        assert claims["iat"] - 60 <= now < claims["exp"], "its times"
        assert claims["iss"] == "sa@p.iam.gserviceaccount.com"
        assert claims["exp"] - claims["iat"] <= 3600
        assert claims["scope"].startswith("https://www.googleapis.com/auth/")
        return claims

    def accepts(self, token):
        """What a server of ours takes: a granted token, a self-signed JWT."""
        if token in self.granted[-1:]:
            return True
        try:
            return self.verify(token, None)["sub"] is not None
        except Exception:
            return False


class _Handler(http.server.BaseHTTPRequestHandler):
    tokens = None

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + self.tokens.ahead)

    def do_GET(self):
        self.serve(b"")

    def do_POST(self):
        self.serve(self.rfile.read(int(self.headers["Content-Length"])))

    def serve(self, body):
        t = self.tokens
        path = urllib.parse.urlsplit(self.path).path
        n = sum(1 for p, _ in t.log if p == path) + 1
        status = t.fault(path, n) if t.fault else None
        answer = {"error": "invalid_grant",
                  "error_description": "as the test wanted it"}
        try:
            if status is None:
                answer = self.route(path, body)
                status = 200
        except Exception as e:
            status, answer = 400, {"error": "invalid_grant",
                                   "error_description": str(e)}
        t.log.append((path, status))
        text = answer if isinstance(answer, bytes) else \
            json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if path.startswith("/computeMetadata/"):
            self.send_header("Metadata-Flavor", t.flavor)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def oauth(self, who):
        t = self.tokens
        return {"access_token": t.grant(who), "expires_in": t.life,
                "token_type": "Bearer"}

    def route(self, path, body):
        t = self.tokens
        if path.startswith("/computeMetadata/"):
            assert self.headers["Metadata-Flavor"] == "Google"
            return self.oauth("metadata")
        if path == "/subject":
            assert self.headers["X-Secret"] == "s"
            return {"the": "subject-token"}
        if path.endswith(":generateAccessToken"):
            assert self.headers["Authorization"].startswith("Bearer token-")
            asked = json.loads(body)
            assert asked["scope"] and asked["lifetime"] == "3600s"
            return {"accessToken": t.grant("impersonated"),
                    "expireTime": time.strftime(
                        "%Y-%m-%dT%H:%M:%SZ",
                        time.gmtime(time.time() + t.ahead + t.life))}
        form = dict(urllib.parse.parse_qsl(body.decode(),
                                           strict_parsing=True))
        if path == "/sts":
            assert form["grant_type"] == STS
            assert form["subject_token"] == "subject-token"
            assert form["audience"] == "//iam.googleapis.com/pool"
            return self.oauth("sts")
        assert path == "/token"
        if form["grant_type"] == JWT:
            t.verify(form["assertion"], f"{t.url}/token")
            return self.oauth("service")
        assert form == {"grant_type": "refresh_token", "client_id": "id",
                        "client_secret": "s3cr3t&=", "refresh_token": "rt"}
        return self.oauth("user")
