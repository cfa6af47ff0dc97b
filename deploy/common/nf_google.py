# SPDX-License-Identifier: Apache-2.0
"""Calls of Google's APIs as the machine's service account, with one exit
code for each way to be refused.

Standard library only: Airflow's workers and Spark's executors have their own
ideas of which clients are installed.
"""

import http.client
import json
import os
import time
import urllib.error
import urllib.request

TIMEOUT = 20  # seconds, for one request
LONGEST_WAIT = 30.0  # seconds, between two requests
AGAIN = (408, 429, 500, 502, 503, 504)
DENIED = (401, 403)


class Refused(Exception):
    """An API did not do what it was asked.  status: of HTTP, or 0 if there
    was no answer; nf_exit: the exit code that it stands for."""

    def __init__(self, what: str, status: int, text: str,
                 after: float = 0.0) -> None:
        super().__init__(f"{what}: {status or 'no answer'}: {text}")
        self.status = status
        self.after = after
        self.nf_exit = exit_code(status)


def exit_code(status: int) -> int:
    """75: another try may succeed; 77: a grant is missing; 78: what was
    asked for is not there, or asked wrongly."""
    if status == 0 or status in AGAIN or status >= 500:
        return 75
    return 77 if status in DENIED else 78


def once(what: str, request: urllib.request.Request) -> bytes:
    """Ask once; what names the thing that is asked for, in an error."""
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as e:
        after = e.headers.get("Retry-After") or ""
        e.close()
        raise Refused(what, e.code, e.reason,
                      float(after) if after.isdecimal() else 0.0) from e
    except (OSError, http.client.HTTPException) as e:
        raise Refused(what, 0, f"{type(e).__name__}: {e}") from e


def metadata(path: str) -> bytes:
    """Ask the machine's metadata server, where Google's clients do."""
    host = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    return once("the metadata server", urllib.request.Request(
        f"http://{host}/computeMetadata/v1/{path}",
        headers={"Metadata-Flavor": "Google"}))


def token() -> str:
    found = json.loads(metadata("instance/service-accounts/default/token"))
    return str(found["access_token"])


def project() -> str:
    return os.environ.get("NF_PROJECT") \
        or metadata("project/project-id").decode()


def ask(what: str, method: str, url: str, body: bytes | None = None, *,
        anonymous: bool = False, patience: float = 0.0) -> bytes:
    """Ask, and ask again for so many seconds what may be granted later."""
    end = time.monotonic() + patience
    wait = 1.0
    while True:
        try:
            headers = {"Content-Type": "application/json"}
            if not anonymous:
                headers["Authorization"] = f"Bearer {token()}"
            return once(what, urllib.request.Request(
                url, data=body, method=method, headers=headers))
        except Refused as e:
            pause = min(max(wait, e.after), LONGEST_WAIT)
            if e.nf_exit != 75 or time.monotonic() + pause > end:
                raise
            time.sleep(pause)
            wait *= 2
