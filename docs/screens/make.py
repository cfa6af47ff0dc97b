#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures of real runs: what tmux shows of a terminal, as SVG.

usage: docs/screens/make.py     (from the source tree, built; needs tmux)

Each screen is a list of lines typed into a shell, and the text to wait for
before the picture is taken.
"""

import html
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
COLOURS = {"31": "#e06c75", "33": "#e5c07b", "1": "#ffffff"}
WIDTH, HEIGHT = 92, 120

SCREENS = {
    "run": ([
        "nf-fetch $API | head -n 1 | cut -c -88",
        "nf-load create -m nf-wide.json sqlite:nf.db",
        "nf-pipeline --from $API --stage file://$PWD/day-1 -m nf-wide.json"
        " --to sqlite:nf.db | jq -c '{state, exit}'",
        "nf-load scan -q -k 0000000002 sqlite:nf.db | jq -c .cells.nf",
        "echo do''ne"], "done"),
    "progress": ([
        "nf-load create -q -t t -f f sqlite:big.db",
        "nf-load sqlite:big.db < rows.ndjson"], r"nf-load: .* left"),
    "error": ([
        "nf-fetch --recrods /data https://api.example.com/invoices",
        "nf-fetch --bearer s3cr3t https://api.example.com/invoices",
        "echo '{\"NFeID\":1,' | nf-transform -m nf-wide.json --ts 0",
        "nf-load scan sqlite:nowhere.db",
        "nf-stage cat file:///nowhere/run",
        "echo do''ne"], "done"),
}


def svg(text):
    lines = text.rstrip().split("\n")
    height = 18 * len(lines) + 24
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * 8 + 24}"'
           f' height="{height}" font-family="DejaVu Sans Mono, Menlo,'
           ' Consolas, monospace" font-size="13">',
           '<rect width="100%" height="100%" rx="6" fill="#1e2127"/>']
    colour = "#c8ccd4"
    for n, line in enumerate(lines):
        spans = []
        for code, part in re.findall(r"(?:\x1b\[([0-9;]*)m)?([^\x1b]*)", line):
            if code:
                colour = next((COLOURS[c] for c in code.split(";")
                               if c in COLOURS), "#c8ccd4")
            elif line.startswith("$ "):
                colour = "#ffffff"
            if part:
                spans.append(f'<tspan fill="{colour}">'
                             f"{html.escape(part)}</tspan>")
            if code in ("0", "39", ""):
                colour = "#c8ccd4"
        out.append(f'<text x="12" y="{26 + 18 * n}" xml:space="preserve">'
                   f'{"".join(spans)}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def tmux(*args):
    return subprocess.run(["tmux", "-L", f"nf-{os.getpid()}", *args],
                          check=True, capture_output=True,
                          encoding="utf-8").stdout


def wait(pattern):
    """Wait until the screen matches; return it with its colours."""
    for _ in range(600):
        text = tmux("capture-pane", "-p", "-e")
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
        plain = "\n".join(s for s in plain.split("\n") if s.strip())
        if re.match(pattern, plain):
            return text
        time.sleep(0.1)
    sys.exit(f"never saw {pattern!r}:\n{plain}")


def capture(name, folder, env):
    lines, until = SCREENS[name]
    tmux("-f", "/dev/null", "new-session", "-d", "-x", str(WIDTH),
         "-y", str(HEIGHT), "-c", str(folder), "env", "-i",
         *(f"{k}={v}" for k, v in env.items()), "bash", "--norc",
         "--noprofile")
    for line in lines:
        wait(r"(.*\n)*\$ ?$")
        tmux("send-keys", "-l", line + "\n")
    text = wait(rf"(.*\n)*{until}")
    tmux("kill-server")
    text = re.sub(r"\$ echo do''ne\n.*", "", text, flags=re.S)
    text = text.replace(env["API"].rsplit("/", 1)[0],
                        "http://127.0.0.1:8080")
    (HERE / f"{name}.svg").write_text(svg(text), encoding="utf-8")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for mapping in ROOT.glob("mappings/*.json"):
            (folder / mapping.name).write_bytes(mapping.read_bytes())
        (folder / "bin").mkdir()
        for tool in ("fetch", "stage", "transform", "load"):
            os.symlink(ROOT / f"build/nf-{tool}", folder / f"bin/nf-{tool}")
        os.symlink(ROOT / "pipeline.sh", folder / "bin/nf-pipeline")
        with open(folder / "rows.ndjson", "w", encoding="utf-8") as f:
            for i in range(2000000):
                f.write('{"table":"t","row":"%08d","ts":0,'
                        '"cells":{"f":{"q":"v"}}}\n' % i)
        api = subprocess.Popen(
            [sys.executable, ROOT / "tests/server/invoices.py",
             ROOT / "mappings/samples/nf-sample.json"],
            stdout=subprocess.PIPE, encoding="utf-8")
        try:
            env = {"PATH": f"{folder}/bin:/usr/bin:/bin", "PS1": "$ ",
                   "HOME": str(folder), "TERM": "screen", "LANG": "C.UTF-8",
                   "TZ": "UTC", "API": api.stdout.readline().strip()}
            for name in sys.argv[1:] or SCREENS:
                capture(name, folder, env)
        finally:
            api.kill()
            api.wait()


main()
