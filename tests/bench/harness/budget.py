# SPDX-License-Identifier: Apache-2.0
"""The budgets of the design: what must be reached and what is aimed at."""

# name, what is measured, must, aim, race, contender measured against (the
# beginning of its name), figure.  Ratios: how many times more the other uses.
OLD = "nf-transform 0.1.0"

RATIOS = (
    ("transform-small-jq", "nf-transform, small invoices, against jq",
     55, 65, "transform-small", "jq", "cpu_ratio"),
    ("transform-full-jq", "nf-transform, full NF-e, against jq",
     36, 45, "transform-full", "jq", "cpu_ratio"),
    ("transform-small-orjson",
     "nf-transform, small invoices, against a Python orjson script",
     12, 15, "transform-small", "Python orjson", "cpu_ratio"),
    ("transform-full-orjson",
     "nf-transform, full NF-e, against a Python orjson script",
     7, 8, "transform-full", "Python orjson", "cpu_ratio"),
    ("transform-nf-flat", "nf-transform -m nf-flat, against 0.1.0",
     2.2, 2.6, "transform-nf-flat", OLD, "cpu_ratio"),
    ("transform-nf-wide", "nf-transform -m nf-wide, against 0.1.0",
     1.6, 1.9, "transform-nf-wide", OLD, "cpu_ratio"),
    ("transform-nf-relational",
     "nf-transform -m nf-relational, against 0.1.0",
     1.6, 1.9, "transform-nf-relational", OLD, "cpu_ratio"),
    ("transform-nfe-4.00", "nf-transform, the nfe-4.00 of 0.1.0, against it",
     1.3, 1.8, "transform-nfe-4.00", OLD, "cpu_ratio"),
    ("transform-jobs",
     "nf-transform --jobs 2, against two processes of half each (wall)",
     0.97, 1, "transform-jobs", "two nf-transform", "wall_ratio"),
    ("load-go", "nf-load against Go ApplyBulk fed by encoding/json",
     11, 13, "load", "Go ApplyBulk", "cpu_ratio"),
    ("load-python", "nf-load against Python's data client",
     60, 135, "load-python", "Python data", "cpu_ratio"),
    ("sqlite-salted", "nf-load into SQLite, keys in no order, against 0.1.0",
     2, 3, "sqlite-salted", "nf-load 0.1.0", "cpu_ratio"),
    ("fetch-requests", "nf-fetch to NDJSON against requests + json",
     20, 25, "fetch", "Python requests", "cpu_ratio"),
    ("fetch-prefetch",
     "nf-fetch, 8 pages in flight against one, 20 ms latency (wall)",
     7, 7.8, "fetch-prefetch", "nf-fetch --prefetch 1", "wall_ratio"),
    ("stage-python",
     "nf-stage put to file:// against Python json.loads + gzip 1",
     7, 8, "stage", "Python json.loads", "cpu_ratio"),
    ("stage-jq", "nf-stage put to file:// against jq -c . | gzip -1",
     3, 5, "stage", "jq -c", "cpu_ratio"),
    ("chain-small", "the whole chain, small, against 0.1.0",
     1.25, 1.4, "chain-small", "those of 0.1.0", "cpu_ratio"),
    ("chain-nf-flat", "the whole chain, nf-flat, against 0.1.0",
     1.4, 1.6, "chain-nf-flat", "those of 0.1.0", "cpu_ratio"),
    ("spark-cpu", "transform + load against Spark, 100,000 invoices: CPU",
     40, 48, "spark", "Spark", "cpu_ratio"),
    ("spark-memory",
     "transform + load against Spark, 100,000 invoices: peak memory",
     38, 45, "spark", "Spark", "rss_ratio"),
)

# name, what, must, aim, ours and theirs of the starts: CPU of ours to theirs.
STARTS = (
    ("start-load", "nf-load, one row, against 0.1.0 (CPU)", 0.6, 0.5,
     "nf-load, one row", "nf-load 0.1.0, one row"),
    ("start-pipeline", "one invoice by nf-pipeline, against 0.1.0 (CPU)",
     0.6, 0.5, "nf-pipeline, one invoice", "pipeline.sh 0.1.0, one invoice"),
)

# tool, most megabytes at any size (must), prototype (aim)
MEMORY = (("nf-transform", 4, 3), ("nf-fetch", 12, 11),
          ("nf-stage", 20, 12), ("nf-load", 20, 18))
GROWTH = 1.1


def verdict(value, must, aim, less=False):
    if less:
        value, must, aim = -value, -must, -aim
    if value >= aim:
        return "aim"
    return "must" if value >= must else "missed"


def from_races(races):
    for name, what, must, aim, race, peer, figure in RATIOS:
        row = {"name": name, "what": what, "must": must, "aim": aim,
               "unit": "x"}
        table = races.get(race)
        if table is None or "failed" in table:
            yield dict(row, measured=None, verdict="not measured",
                       why=(table or {}).get("failed", "not run"))
            continue
        found = [r for r in table["rows"][1:] if r["name"].startswith(peer)]
        if not found:
            yield dict(row, measured=None, verdict="not measured",
                       why=f"{peer}: not installed")
            continue
        value = found[0][figure]
        yield dict(row, measured=value, verdict=verdict(value, must, aim))


def growth(samples):
    """The peak with the largest input against that with the smallest."""
    return samples[-1]["rss_kb"] / samples[0]["rss_kb"]


def from_memory(memory):
    for tool, must, aim in MEMORY:
        samples = memory.get(tool)
        for name, what, limits, unit, figure in (
                ("memory-" + tool, f"{tool}: peak memory, MB", (must, aim),
                 "MB", lambda s: max(p["rss_kb"] for p in s) / 1024),
                ("growth-" + tool,
                 f"{tool}: peak memory, largest input against 1 MB",
                 (GROWTH, 1.0), "x", growth)):
            row = {"name": name, "what": what, "must": limits[0],
                   "aim": limits[1], "unit": unit, "less": True}
            if not samples:
                yield dict(row, measured=None, verdict="not measured",
                           why="not run")
                continue
            value = figure(samples)
            yield dict(row, measured=value, verdict=verdict(
                round(value, 2), *limits, less=True))


def from_starts(starts):
    cpu = {row["name"]: row.get("cpu_ms") for row in starts}
    for name, what, must, aim, ours, theirs in STARTS:
        row = {"name": name, "what": what, "must": must, "aim": aim,
               "unit": "x", "less": True}
        if not cpu.get(ours) or not cpu.get(theirs):
            yield dict(row, measured=None, verdict="not measured",
                       why="not run")
            continue
        value = cpu[ours] / cpu[theirs]
        yield dict(row, measured=value, verdict=verdict(
            round(value, 2), must, aim, less=True))


def table(races, memory, starts):
    """All rows, as dicts: name, what, must, aim, unit, measured, verdict."""
    return (list(from_races(races)) + list(from_starts(starts))
            + list(from_memory(memory)))
