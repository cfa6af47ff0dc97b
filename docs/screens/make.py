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
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e")]
import conftest  # noqa: E402
HERE = pathlib.Path(__file__).resolve().parent
COLOURS = {"31": "#e06c75", "33": "#e5c07b", "1": "#ffffff"}
WIDTH, HEIGHT = 104, 120

# Name: title, lines, what to wait for.
SCREENS = {
    "run": (
        "A killed job continues with the same command; a bad record is kept",
        ["job='--from api.json --stage file:///tmp/day-1 -m nf-wide --create"
         " --to sqlite:nf.db --reject bad'",
         "timeout -s KILL 2 nf-pipeline $job $small",
         "nf-pipeline $job $small | jq -c '{state, exit}'",
         "jq -c '[.code, .pointer, .record]' bad | cut -c -88",
         "nf-load scan -q -o json -k 0000000005 sqlite:nf.db | cut -c -88",
         "echo do''ne"], "done"),
    "progress": (
        "The progress of a load on a terminal",
        ["nf-load create -q -t t -f f sqlite:big.db",
         "nf-load sqlite:big.db < rows.ndjson"], r"nf-load: .* left"),
    "error": (
        "Error messages name the place, the reason and often the remedy",
        ["nf-fetch --recrods /data https://api.example.com/invoices",
         "nf-fetch --bearer s3cr3t https://api.example.com/invoices",
         "echo '{\"NFeID\":1,' | nf-transform -m nf-wide --ts 0",
         "nf-load scan sqlite:nowhere.db",
         "nf-stage cat file:///nowhere/run",
         "echo do''ne"], "done"),
}
# A job at several widths: each moment, and what to wait for.
MOMENTS = [
    ("walking", "nf-pipeline $busy", r"(.*\n)*put +[1-9]\d* records.*/s"),
    ("waiting", None, r"(.*\n)*fetch.*retry in [23] s"),
    ("ending", None, r"(.*\n)*nf-pipeline: loaded: "),
    ("failing", "nf-pipeline $gone", r"(.*\n)*  next: ")]
WIDTHS = (80, 120)
MOST = 880  # pixels of a picture that a page shows whole
PLAIN, TYPED = "#c8ccd4", "#ffffff"


def svg(title, text, width=WIDTH):
    lines = text.rstrip().split("\n")
    height, wide = 18 * len(lines) + 24, width * 8 + 24
    scale = min(1, MOST / wide)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" role="img"'
           f' width="{wide * scale:.0f}" height="{height * scale:.0f}"'
           f' viewBox="0 0 {wide} {height}"'
           ' font-family="DejaVu Sans Mono, Menlo,'
           ' Consolas, monospace" font-size="13">',
           f"<title>{html.escape(title)}</title>",
           '<rect width="100%" height="100%" rx="6" fill="#1e2127"/>']
    for n, line in enumerate(lines):
        # Colours end with the line; what is typed has one of its own.
        typed = re.sub(r"\x1b\[[0-9;]*[mK]", "", line).startswith("$ ")
        colour = TYPED if typed else PLAIN
        spans = []
        for code, part in re.findall(r"(?:\x1b\[([0-9;]*)m)?([^\x1b]*)", line):
            if code and not typed:
                colour = next((COLOURS[c] for c in code.split(";")
                               if c in COLOURS), PLAIN)
            if part:
                spans.append(f'<tspan fill="{colour}">'
                             f"{html.escape(part)}</tspan>")
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


def begin(folder, env, width):
    tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width),
         "-y", str(HEIGHT), "-c", str(folder), "env", "-i",
         *(f"{k}={v}" for k, v in env.items()), "bash", "--norc",
         "--noprofile")


def capture_job(width, folder, env):
    """The moments of a job, one under the other."""
    shutil.rmtree("/tmp/day-1", ignore_errors=True)
    shutil.rmtree("/tmp/day-2", ignore_errors=True)
    begin(folder, env, width)
    shown = []
    for name, line, until in MOMENTS:
        if line:
            wait(r"(.*\n)*\$ ?$")
            tmux("send-keys", "-l", f"clear; {line}\n")
        text = wait(until)
        shown.append(f"\x1b[33m{name}\n" + "\n".join(
            s.rstrip() for s in text.split("\n")
            if s.strip() and not s.startswith("$ ")))
    tmux("kill-server")
    text = "\n\n".join(shown).replace(str(folder), "/home/you")
    text = text.replace(env["API"], "http://127.0.0.1:8080")
    (HERE / f"job-{width}.svg").write_text(svg(
        f"A job on a terminal of {width} columns: walking, waiting, ending,"
        " failing", text, width), encoding="utf-8")


def capture(name, folder, env):
    title, lines, until = SCREENS[name]
    begin(folder, env, WIDTH)
    for line in lines:
        wait(r"(.*\n)*\$ ?$")
        tmux("send-keys", "-l", line + "\n")
        time.sleep(0.4)
    text = wait(rf"(.*\n)*{until}")
    tmux("kill-server")
    text = re.sub(r"\$ echo do''ne\n.*", "", text, flags=re.S)
    text = text.replace(str(folder), "/home/you")
    text = text.replace(env["API"], "http://127.0.0.1:8080")
    (HERE / f"{name}.svg").write_text(svg(title, text), encoding="utf-8")


def late(handler, path, query):
    """A page takes a while; one is refused at first, or always."""
    time.sleep(0.5)
    if "cursor" in query and "gone" in query:
        handler.answer(403, '{"error":{"message":"your plan has ended"}}')
        return True
    if query.get("cursor") and "busy" in query:
        late.asked = getattr(late, "asked", 0) + 1
        if late.asked % 6 == 4:
            handler.answer(503, "{}", {"Retry-After": "4"})
            return True
    return False


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for mapping in ROOT.glob("mappings/*.json"):
            (folder / mapping.name).write_bytes(mapping.read_bytes())
        (folder / "bin").mkdir()
        for tool in ("fetch", "stage", "transform", "load"):
            os.symlink(ROOT / f"build/nf-{tool}", folder / f"bin/nf-{tool}")
        os.symlink(ROOT / "pipeline.sh", folder / "bin/nf-pipeline")
        shutil.rmtree("/tmp/day-1", ignore_errors=True)
        names = sys.argv[1:] or [*SCREENS, *(f"job-{w}" for w in WIDTHS)]
        with open(folder / "rows.ndjson", "w", encoding="utf-8") as f:
            for i in range(2000000 if "progress" in names else 0):
                f.write('{"table":"t","row":"%08d","ts":0,'
                        '"cells":{"f":{"q":"v"}}}\n' % i)
        records = [conftest.make_invoice(i) for i in range(24)]
        records[9] = '{"NFeID":9,"EmissionDate":"soon"}'
        with conftest.invoices.Api(records, 4) as api:
            api.before = late
            (folder / "api.json").write_text(
                '{"url":"%s/cursor","records":"/data","total":"/total",'
                '"paginate":{"type":"cursor","from":"/next",'
                '"param":"cursor"}}' % api.base)
            for how in "busy", "gone":
                (folder / f"{how}.json").write_text(
                    (folder / "api.json").read_text().replace(
                        '"records":', '"query":{"%s":"1"},"records":' % how))
            env = {"PATH": f"{folder}/bin:/usr/bin:/bin", "PS1": "$ ",
                   "HOME": str(folder), "TERM": "screen", "LANG": "C.UTF-8",
                   "TZ": "UTC", "API": api.base, "TMPDIR": "/tmp",
                   "small": "--stage-arg --part-records=4"}
            job = " -m nf-wide --create --to sqlite:nf.db --reject bad "
            env["busy"] = ("--from busy.json --stage file:///tmp/day-1" + job
                           + env["small"] + " -- --prefetch 1")
            env["gone"] = ("--from gone.json --stage file:///tmp/day-2" + job
                           + env["small"] + " -- --prefetch 1")
            for name in names:
                if name.startswith("job-"):
                    capture_job(int(name[4:]), folder, env)
                else:
                    capture(name, folder, env)
        shutil.rmtree("/tmp/day-1", ignore_errors=True)
        shutil.rmtree("/tmp/day-2", ignore_errors=True)


main()
