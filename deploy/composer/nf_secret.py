# SPDX-License-Identifier: Apache-2.0
"""Secrets of Secret Manager for the environment of a task's tools.

The function has its secrets as files; Composer mounts none.  So a task reads
them, as the environment's service account, when it runs.
"""

import base64
import json
import os
import re
import urllib.parse
import urllib.request
from collections.abc import Iterable

import nf_report

TIMEOUT = 20  # seconds, for one request


def variable(name: str) -> str:
    """The environment variable that a secret is in."""
    return "NF_SECRET_" + re.sub("[^A-Z0-9]", "_", name.upper())


def environment(names: Iterable[str]) -> dict[str, str]:
    """The newest values of secrets, by their variables."""
    return {variable(name): value(name) for name in names}


def value(name: str) -> str:
    project = os.environ.get("NF_PROJECT") \
        or nf_report.metadata("project/project-id").decode()
    token = json.loads(nf_report.metadata(
        "instance/service-accounts/default/token"))["access_token"]
    base = os.environ.get("NF_SECRETS_ENDPOINT",
                          "https://secretmanager.googleapis.com")
    request = urllib.request.Request(
        f"{base}/v1/projects/{project}/secrets/"
        f"{urllib.parse.quote(name, safe='')}/versions/latest:access",
        headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        found = json.loads(answer.read())
    return base64.b64decode(found["payload"]["data"]).decode().strip()
