# SPDX-License-Identifier: Apache-2.0
"""The results as Markdown: docs/performance.md is made here."""

from .budget import growth
from .short import short
from .tables import megabytes, number, table, times

HEAD = """# Performance

How much processor time and memory the four tools need, beside what people \
would use instead. `make bench` wrote this page, the chart and \
[performance.json](performance.json); edit nothing here.{mode}
{short}
![CPU seconds for 100,000 small invoices](performance.svg)

## How it was measured

- Machine: {machine[cpus]} x {machine[cpu]}, {machine[memory_gb]} GB, \
{machine[system]}, {machine[compiler]}; {machine[when]}.
- Peers: {machine[peers]}.
- Build: nf-tools {machine[version]} ({machine[commit]}), `-O2` and the \
hardening flags of the Makefile, as `make` builds it. "0.1.0" is the first \
version, commit 7c95097, built in the same way; both run the mapping that it \
had.
- Runs of all contenders of a race take turns; each figure is the median of \
{machine[repeats]}. **CPU is the client's user and system time** (getrusage \
of every process in the pipe and of their children); the servers it talks to \
are not counted. Memory is the sum of the processes' peaks.
- Before a peer is timed its output is compared with ours, record by record \
or cell by cell (transformers on the first 3,000 documents). *exact*: every \
value is the same text; *digits lost*: the same only after both are read as \
doubles (`9.00` became `9`).
- Each race shows the machine's load average before it. Other work on the \
machine moves wall times most; CPU seconds rise for both sides as caches are \
shared, so read the ratios. On another processor they are others.

To repeat it: `make bench` (15 minutes on a quiet machine, and 2 GB of \
downloads and data in `build-bench/` the first time), or `make bench-quick` \
(10 minutes; writes `build-bench/quick.md` and leaves this page alone). \
`tests/bench/run --only NAME` runs one race.
"""

def budget(rows):
    def measured(row):
        if row["measured"] is None:
            return f"not measured: {row['why']}"
        text = number(row["measured"])
        return f"**{text}**" + ("x" if row["unit"] == "x" else "")

    def limit(row, which):
        sign = "<=" if row.get("less") else ">="
        return f"{sign} {row[which]:g}"

    def aimed(row):
        if row["measured"] is None:
            return ""
        share = row["measured"] / row["aim"]
        if row.get("less"):
            share = 1 / share
        return f"{100 * share:.0f} %"

    return "\n## Budgets\n\nWhat a change must not fall below, and what is " \
        "aimed at.\n\n" + table(
        ("row", "what", "must", "aim", "measured", "of aim", ""),
        [(f"`{r['name']}`", r["what"], limit(r, "must"), limit(r, "aim"),
          measured(r), aimed(r), r["verdict"]) for r in rows])


def races(found):
    out = ["\n## Races\n"]
    for r in found.values():
        if "failed" in r:
            out.append(f"\n### {r['name']}\n\nNot run: {r['failed']}\n")
            continue
        unit = r["unit"]
        ours = r["rows"][0]["name"]
        out.append(f"\n### {r['title']}\n\n{r['note']}. "
                   f"Load before it: {r['load']:.1f}.\n\n" + table(
            ("program", "output", f"CPU s / {unit}", "min - max s a run",
             f"{unit} / s wall", "peak MB", f"CPU x {ours}", "wall x"),
            [(row["name"], row["output"], f"{row['cpu_per_unit']:.4f}",
              f"{row['cpu_min_s']:.3f} - {row['cpu_max_s']:.3f}",
              number(1 / row["wall_per_unit"]), megabytes(row["rss_kb"]),
              times(row.get("cpu_ratio", 1)),
              times(row.get("wall_ratio", 1))) for row in r["rows"]]))
    return "".join(out)


def wins(found):
    """Where a peer uses less than we do."""
    lines = []
    for r in found.values():
        if "failed" in r or r["name"] in ("transform-jobs",
                                          "fetch-prefetch", "stage-ahead",
                                          "transform-nfe-4.00"):
            continue
        for row in r["rows"][1:]:
            for figure, what in (("cpu_ratio", "CPU"),
                                 ("wall_ratio", "wall time"),
                                 ("rss_ratio", "memory")):
                if row[figure] < 1:
                    lines.append(f"- {r['title']}: {row['name']} needs "
                                 f"{row[figure]:.2f} times our {what}.\n")
    return ("\n## Where peers win\n\n" + ("".join(lines) or
            "Nowhere in the races of this page.\n") + OTHERS)


OTHERS = """
What the races do not show: Google's emulator and a real Bigtable answer \
later than the null server, and with tens of milliseconds of latency every \
client waits most of the time; bytes that need no checking and no compression \
cost Python's client for Cloud Storage little more CPU than ours after its \
start; Spark spreads over machines, one pipe does not (the staged parts do: \
`nf-stage cat --part N/M`); jq and Miller are languages, a mapping is not.
"""


def memory(found):
    if not found:
        return ""
    sizes = [p["mb"] for p in next(iter(found.values()))]
    return "\n## Memory while the input grows\n\nPeak MB of the tool:\n\n" + \
        table(["input"] + [f"{mb:,} MB" for mb in sizes]
              + ["last / first", "CPU s of the last"],
              [[tool] + [megabytes(p["rss_kb"]) for p in points]
               + [times(growth(points)), f"{points[-1]['cpu_s']:.1f}"]
               for tool, points in found.items()])


def parts(found):
    if not found:
        return ""
    counts = [p["parts"] for p in found["put"]]
    return "\nPeak MB of nf-stage while a run has more parts, of one record " \
        "each:\n\n" + table(
            ["verb"] + [f"{n:,} parts" for n in counts]
            + ["CPU ms a part, the last"],
            [[f"nf-stage {verb}"] + [megabytes(p["rss_kb"]) for p in points]
             + [f"{1e3 * points[-1]['cpu_s'] / points[-1]['parts']:.2f}"]
             for verb, points in found.items()])


def chain(found):
    out = ["\n## The whole chain\n\n`nf-fetch --seal URL | nf-stage put "
           "file://RUN | nf-transform | nf-load`, pages of 100 from a server "
           "on this machine, two tables.\n"]
    for run in found:
        out.append(
            f"\n**{run['name'].capitalize()}**: {run['invoices']:,} invoices "
            f"({run['rows']:,} rows) in {run['wall_s']:.1f} s, "
            f"{run['invoices_per_s']:,.0f} invoices/s; client CPU "
            f"{run['cpu_s']:.2f} s.\n\n" + table(
                ("tool", "CPU s", "user", "system", "share", "peak MB"),
                [(t["tool"], f"{t['cpu_s']:.2f}", f"{t['user_s']:.2f}",
                  f"{t['sys_s']:.2f}",
                  f"{100 * t['cpu_s'] / run['cpu_s']:.0f} %",
                  megabytes(t["rss_kb"])) for t in run["tools"]]))
    return "".join(out) if found else ""


DONE = """
How that is kept small:

- `walk_text` is the strict scanner that every record passes in every tool. It \
predicts: an object's keys are compared, whole and with their colons, with \
those that came at the same place before, which proves at once that they are \
valid and that none stands twice. What it does not expect goes to a slower \
scanner, which alone says what is wrong. It makes a flat list of slices, never \
a tree.
- nf-stage compresses with ISA-L at level 1 \
(`isal_deflate_icf_body_hash_hist_04`), not zlib, which takes about six times \
as long; its checksums are ISA-L's too.
- nf-load packs what stands before a column's values once and copies it; names \
and times that the line before had are not checked again, and an answer that \
a row is written is read without unpacking it.
- nf-transform formats what belongs to the record once and not for each item, \
proves from the mapping which keys cannot meet, and passes on numbers as they \
were written.
"""
SHOWN = 8  # functions a tool


def whole(found, chain_run):
    """[(share of the chain's CPU, function, tools)]: each tool's profile by
    its part of the chain."""
    sums = {}
    for part in chain_run["tools"]:
        for percent, _, name in found.get(part["tool"], ()):
            share, tools = sums.setdefault(name, [0, []])
            sums[name] = [share + percent * part["cpu_s"]
                          / chain_run["cpu_s"], tools + [part["tool"]]]
    return sorted(((share, name, ", ".join(tools))
                   for name, (share, tools) in sums.items()), reverse=True)


def profile(found, chain_runs):
    if not found:
        return ""
    out = ["\n## Where the time goes\n\n`perf record -e cpu-clock`, one tool "
           "at a time, small invoices.\n"]
    if chain_runs:
        out.append("\nOf the whole chain's CPU time into the null server, "
                   "each tool weighed by its share:\n\n" + table(
                       ("%", "function", "in"),
                       [(f"{p:.1f}", f"`{name}`", tools) for p, name, tools
                        in whole(found, chain_runs[0])[:SHOWN]]))
    out.append(DONE)
    for tool, rows in found.items():
        out.append(f"\n{tool}\n\n" + table(
            ("%", "in", "function"),
            [(f"{p:.1f}", f"`{where}`", f"`{name}`")
             for p, where, name in rows[:SHOWN]]))
    return "".join(out)


def startup(found):
    return "\n## Start\n\nMedians of whole runs.\n\n" + table(
        ("what", "wall ms", "CPU ms", "peak MB"),
        [(f["name"], "failed", "", "") if "failed" in f else
         (f["name"], f"{f['wall_ms']:.1f}", f"{f['cpu_ms']:.1f}",
          megabytes(f["rss_kb"])) for f in found]) if found else ""


def page(results):
    mode = (" Written by `make bench-quick`: smaller data and fewer runs than "
            "the figures of `docs/performance.md`." if results["quick"] else "")
    return "".join((
        HEAD.format(mode=mode, machine=results["machine"],
                    short=short(results)),
        wins(results["races"]), races(results["races"]),
        memory(results["memory"]), parts(results["parts"]),
        chain(results["chain"]), startup(results["startup"]),
        profile(results["profile"], results["chain"]),
        budget(results["budget"])))
