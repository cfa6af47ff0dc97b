# SPDX-License-Identifier: Apache-2.0
"""The same APIs in the words of nf-fetch, dlt and Airbyte's low-code CDK.

    configs.py [NF-FETCH]

Runs the files in configs/, which docs/side-by-side.md shows, against APIs that
behave as they say: 25 records, 10 a page.  Prints for each how many records
came, how many lines the configuration has, and what is left of 1.10.  Needs
what walks.py needs.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT / "tests/server"), str(HERE)]

from rest import Reply, Rest  # noqa: E402
import walks  # noqa: E402

BASE = "https://api.example.com"
SECRET = "/run/secrets/senha"


def record(i):
    return '{"id": %d, "valor": %d.10}' % (i, i)


def page(records, **members):
    text = json.dumps({**members, "HERE": 0})
    return Reply(body=text.replace(
        '"HERE": 0', '"%s": [%s]' % records).encode())


def drf(r):
    if r.headers.get("authorization") != "Bearer tok":
        return Reply(401)
    at = int(r.query.get("offset", 0))
    return page(("results", ",".join(map(record, range(at + 1, min(
        at + 11, 26))))), count=25, next="http://%s/notas/?offset=%d" % (
            r.headers["host"], at + 10) if at < 20 else None)


def keyset(r):
    if not r.headers.get("authorization", "").startswith("Basic "):
        return Reply(401)
    at = int(r.query.get("starting_after", 0))
    return page(("data", ",".join(map(record, range(at + 1, min(
        at + 11, 26))))), has_more=at < 15)


def login(r):
    if r.path == "/login":
        good = json.loads(r.body) == {"usuario": "eu", "senha": "segredo"}
        return Reply(200 if good else 401, b'{"token": "tok"}')
    if r.headers.get("authorization") != "Bearer tok":
        return Reply(401)
    at = int(r.query.get("pagina", 1)) * 10 - 10
    return page(("registros", ",".join(map(record, range(at + 1, min(
        at + 11, 26))))), total_de_registros=25, total_de_paginas=3)


ENV = {**os.environ, "TOKEN": "tok", "KEY": "sk", "USER_NAME": "eu"}
DLT = """import os, requests
from dlt.sources.rest_api import rest_api_source
%s
import json
for name in source.resources:
    for one in source.resources[name]:
        print(json.dumps(one))
"""


def prepared(name, ending, base, secret):
    text = (HERE / "configs" / f"{name}.{ending}").read_text()
    return text.replace(BASE, base).replace(SECRET, secret)


def run_nf_fetch(tool, text):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        f.write(text)
        f.flush()
        return subprocess.run([tool, "-q", "-s", f.name], env=ENV,
                              capture_output=True, encoding="utf-8")


def run_dlt(text):
    return subprocess.run([sys.executable, "-c", DLT % text], env={
        **ENV, "RUNTIME__LOG_LEVEL": "CRITICAL"}, capture_output=True,
        encoding="utf-8")


def run_airbyte(text):
    retriever = json.dumps(yaml.safe_load(text))
    return subprocess.run([sys.executable, __file__, "--airbyte", retriever],
                          env=ENV, capture_output=True, encoding="utf-8")


def airbyte(retriever):
    config = {"token": "tok", "key": "sk", "user": "eu",
              "password": "segredo"}
    for one in walks.read_airbyte(json.loads(retriever), config):
        print(json.dumps(one))


def cell(done, lines):
    rows = [x for x in done.stdout.splitlines() if '"valor"' in x]
    digits = sum('"valor": %d.10' % i in "".join(rows)
                 for i in range(1, 26))
    end = "" if done.returncode == 0 else f", exit {done.returncode}"
    return f"{lines} lines, {len(rows)} records, {digits} exact{end}"


def main():
    tool = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/nf-fetch")
    print("| API | nf-fetch | dlt | Airbyte CDK |\n|---|---|---|---|")
    for name, api in ("drf", drf), ("keyset", keyset), ("login", login):
        with Rest(api) as server, tempfile.NamedTemporaryFile("w") as secret:
            secret.write("segredo\n")
            secret.flush()
            cells = []
            for ending, run in (
                    ("json", lambda text: run_nf_fetch(tool, text)),
                    ("py", run_dlt), ("yaml", run_airbyte)):
                text = prepared(name, ending, server.base, secret.name)
                cells.append(cell(run(text), text.count("\n")))
        print("| %s | %s |" % (name, " | ".join(cells)), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--airbyte"]:
        airbyte(sys.argv[2])
    else:
        main()
