#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the report page of a real run, which failed twice and then
succeeded: at desktop and phone width, light and dark.

usage: docs/screens/report.py     (from the source tree, built; needs chromium)
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "server")]
import conftest  # noqa: E402
RECORDS, PAGE = 6000, 100
SHOWN = {"{folder}": "/home/you", "{root}/mappings": "/usr/share/nf-tools"}

# Name: which report, width, height, and whether it is dark.
PICTURES = {
    "report": ("good", 1000, 2860, False),
    "report-phone": ("good", 500, 3200, True),
    "report-failed": ("failed", 1000, 1900, True),
    "report-failed-phone": ("failed", 500, 1900, False),
}


def invoices():
    """Some lack the member that is the row key, some have a wrong number."""
    rows = [conftest.make_invoice(n) for n in range(RECORDS)]
    for n in range(0, RECORDS, 90):
        rows[n] = '{"NFeNumber":%d}' % n
    for n in range(1, RECORDS, 200):
        rows[n] = rows[n].replace('"Discount":', '"Discount":"x","D":')
    return rows


def slow(handler, path, query):
    """0.1 s a page, and one 503."""
    time.sleep(0.1)
    server = handler.server
    if query.get("cursor", "").startswith("7") and \
            not getattr(server, "failed", False):
        server.failed = True
        handler.answer(503, "{}")
        return True
    return False


def reports(folder):
    """The page after a record without a reject file, and after all."""
    with conftest.invoices.Api(invoices(), PAGE) as api:
        api.before = slow
        (folder / "api.json").write_text(json.dumps({
            "url": api.base + "/cursor", "records": "/data",
            "total": "/total", "paginate": {
                "type": "cursor", "from": "/next", "param": "cursor"}}))
        run = f"file://{folder}/2026-11-22"
        command = [ROOT / "pipeline.sh", "--from", "api.json", "--stage", run,
                   "-m", "nf-relational", "--to", "sqlite:nf.db", "--create",
                   "--stage-arg", "--part-records=200"]
        env = {**os.environ, "NF_LOG_FORMAT": "text"}

        def call(*command):
            return subprocess.run(command, cwd=folder, env=env,
                                  capture_output=True, encoding="utf-8")

        call("timeout", "-s", "TERM", "3", *command)
        call(*command)
        failed = call(ROOT / "pipeline.sh", "report", run).stdout
        call(*command, "--reject", "bad.ndjson")
        good = call(ROOT / "pipeline.sh", "report", "-m", "nf-relational",
                    run).stdout
    return {"failed": failed, "good": good}


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for kind, text in reports(folder).items():
            for path, shown in SHOWN.items():
                text = text.replace(
                    path.format(folder=folder, root=ROOT), shown)
            (folder / f"{kind}.html").write_text(text)
        for picture, (kind, width, height, dark) in PICTURES.items():
            subprocess.run([
                "chromium", "--headless", "--no-sandbox", "--disable-gpu",
                "--hide-scrollbars", f"--window-size={width},{height}",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}",
                f"--screenshot={ROOT}/docs/{picture}.png",
                f"file://{folder}/{kind}.html"], check=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
