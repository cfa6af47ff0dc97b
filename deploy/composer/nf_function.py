# SPDX-License-Identifier: Apache-2.0
"""The function fetches, for a task: NF_FETCH is "function", NF_FUNCTION its
URL.  It is called again while it makes progress."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import nf_google
import nf_job

LONGEST = 1860.0  # seconds: the function's own deadline, and a minute
MOST_CALLS = 48  # a day of them


def token(url: str) -> str:
    """An identity of the machine's service account for the function."""
    return nf_google.metadata(
        "instance/service-accounts/default/identity?audience="
        + urllib.parse.quote(url, safe="")).decode()


def call(url: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Status and answer of one call."""
    headers = {"Content-Type": "application/json"}
    if url.startswith("https://"):
        headers["Authorization"] = f"Bearer {token(url)}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=LONGEST) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as e:
        try:
            return e.code, json.loads(e.read())
        except ValueError:
            return e.code, {}


def fetch(name: str, words: str) -> dict[str, Any]:
    """Have the function fetch and stage a window; what it answered at last.
    nf_job.Failed has its exit code."""
    url = os.environ.get("NF_FUNCTION", "")
    if not url:
        raise nf_job.ConfigError("NF_FUNCTION: not set")
    asked = nf_job.WORDS.fullmatch(words)
    if not asked:
        raise nf_job.ConfigError("not a window, or what to do with one")
    body: dict[str, Any] = {"job": name, "window": asked["window"]}
    if asked["revision"]:
        body["revision"] = int(asked["revision"])
    if asked["lookback"]:
        body["lookback"] = asked["lookback"]
    for _ in range(MOST_CALLS):
        status, said = call(url, body)
        if status == 200:
            return said
        if status != 202:
            code = said.get("exit") or nf_google.exit_code(status)
            raise nf_job.Failed(f"the function: {status}", int(code))
    raise nf_job.Failed(f"the function: {MOST_CALLS} calls", 75)
