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
from collections.abc import Iterable

import nf_google


def variable(name: str) -> str:
    """The environment variable that a secret is in."""
    return "NF_SECRET_" + re.sub("[^A-Z0-9]", "_", name.upper())


def environment(names: Iterable[str]) -> dict[str, str]:
    """The newest values of secrets, by their variables."""
    return {variable(name): value(name) for name in names}


def value(name: str) -> str:
    """The newest value of a secret.  Refused names it: 77 if the account may
    not read it, 78 if there is no such secret or it has no version."""
    project = nf_google.project()
    base = os.environ.get("NF_SECRETS_ENDPOINT",
                          "https://secretmanager.googleapis.com")
    found = json.loads(nf_google.ask(
        f"the secret {name}", "GET",
        f"{base}/v1/projects/{project}/secrets/"
        f"{urllib.parse.quote(name, safe='')}/versions/latest:access"))
    return base64.b64decode(found["payload"]["data"]).decode().strip()
