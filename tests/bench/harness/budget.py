# SPDX-License-Identifier: Apache-2.0
"""The budgets of the design: what must be reached and what is aimed at."""

# name, what is measured, must, aim, race, contender measured against (the
# beginning of its name), figure.  Ratios: how many times more the other uses.
RATIOS = (
    ("transform-small-jq", "nf-transform, small invoices, against jq",
     20, 45, "transform-small", "jq", "cpu_ratio"),
    ("transform-full-jq", "nf-transform, full NF-e, against jq",
     15, 32, "transform-full", "jq", "cpu_ratio"),
    ("transform-small-orjson",
     "nf-transform, small invoices, against a Python orjson script",
     8, 15, "transform-small", "Python orjson", "cpu_ratio"),
    ("transform-full-orjson",
     "nf-transform, full NF-e, against a Python orjson script",
     3, 6, "transform-full", "Python orjson", "cpu_ratio"),
    ("transform-jobs", "nf-transform, two cores against one (wall)",
     1.6, 1.9, "transform-jobs", "nf-transform --jobs 1", "wall_ratio"),
    ("load-go", "nf-load against Go ApplyBulk fed by encoding/json",
     6, 11, "load", "Go ApplyBulk", "cpu_ratio"),
    ("load-python", "nf-load against Python's data client",
     60, 135, "load-python", "Python data", "cpu_ratio"),
    ("fetch-requests", "nf-fetch to NDJSON against requests + json",
     8, 14, "fetch", "Python requests", "cpu_ratio"),
    ("fetch-prefetch",
     "nf-fetch, 8 pages in flight against one, 20 ms latency (wall)",
     6, 7.6, "fetch-prefetch", "nf-fetch --prefetch 1", "wall_ratio"),
    ("stage-python",
     "nf-stage put to file:// against Python json.loads + gzip 1",
     3, 5, "stage", "Python json.loads", "cpu_ratio"),
    ("stage-jq", "nf-stage put to file:// against jq -c . | gzip -1",
     3, 5, "stage", "jq -c", "cpu_ratio"),
    ("spark-cpu", "transform + load against Spark, 100,000 invoices: CPU",
     15, 30, "spark", "Spark", "cpu_ratio"),
    ("spark-memory",
     "transform + load against Spark, 100,000 invoices: peak memory",
     20, 40, "spark", "Spark", "rss_ratio"),
)

# tool, most megabytes at any size (must), prototype (aim)
MEMORY = (("nf-transform", 8, 2.5), ("nf-fetch", 24, 11),
          ("nf-stage", 32, 19), ("nf-load", 32, 15))
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


def table(races, memory):
    """All rows, as dicts: name, what, must, aim, unit, measured, verdict."""
    return list(from_races(races)) + list(from_memory(memory))
