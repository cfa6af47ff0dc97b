# SPDX-License-Identifier: Apache-2.0
"""Secrets of Secret Manager for the environment of a task's tools.

A source takes a secret from "env:NF_SECRET_NAME" wherever it runs; function
and Cloud Run job have such variables.  Composer gives its tasks none, so a
task reads them, as the environment's service account, when it runs.
"""

import base64
import json
import os
import urllib.parse
from collections.abc import Iterable

import nf_google


def secret(variable: str) -> str:
    """The secret that a variable is for: NF_SECRET_NFE_TOKEN, nfe-token."""
    return variable.removeprefix("NF_SECRET_").lower().replace("_", "-")


def environment(variables: Iterable[str]) -> dict[str, str]:
    """The newest values of secrets, by their variables; but of those that are
    there already."""
    return {v: value(secret(v)) for v in variables if v not in os.environ}


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
