# SPDX-License-Identifier: Apache-2.0
"""docs/scale.md: its table is what its own figures give, and what it calls
measured grows as it says."""
import json
import re
import subprocess
import time

import pytest

from infra import BUILD, ROOT

PAGE = (ROOT / "docs/scale.md").read_text()
ROWS = [[c.strip(" *") for c in line.strip("|").split("|")]
        for line in PAGE.splitlines() if line.startswith("| ")]
DAYS = (10**6, 10**7, 10**8, 10**9)
UNITS = {"s": 1, "min": 60, "h": 3600, "KB": 1e3, "MB": 1e6, "GB": 1e9,
         "TB": 1e12, "": 1}


def cells(begin):
    """The four figures of a row, each a list in base units."""
    (row,) = [r for r in ROWS if r[0].startswith(begin)]
    found = []
    for cell in row[1:5]:
        unit = re.search(r"([A-Za-z]*)\*{0,2}$", cell).group(1)
        found.append([float(n.replace(",", "")) * UNITS[unit]
                      for n in re.findall(r"[\d,.]+", cell)])
    return found


def near(got, want):
    assert abs(got - want) <= 0.12 * want, (got, want)


def test_table():
    for n, walk, size, large, small, manifest, cpu, nodes, disk in zip(
            DAYS, cells("one walk"), cells("raw bytes"),
            cells("parts of 64"), cells("parts of 8"),
            cells("manifest at 8"), cells("transform, one core"),
            cells("Bigtable, 10,000"), cells("table, 1 KB")):
        near(walk[0], n / 4000)
        for i, one in enumerate((374, 3400)):
            near(size[i], n * one)
            near(large[i], n * one / (64 << 20))
            near(small[i], n * one / (8 << 20))
            near(manifest[i], n * one / (8 << 20) * 221)
        near(cpu[0], n * 374 / 224e6)
        near(nodes[0], n / 10_000 / 3600)
        near(disk[0], n * 1000)


def test_knobs_are_there():
    """What is to be turned, can be."""
    text = "".join(f.read_text() for f in (
        *(ROOT / "deploy").rglob("*.py"), *(ROOT / "deploy").rglob("*.tf"),
        ROOT / "mappings/job.schema.json", ROOT / "stage/options.c",
        ROOT / "fetch/options.c"))
    for knob in set(re.findall(r"`(NF_\w+)`", PAGE)) | {
            "part-size", "prefetch", "max_nodes", "executors", "shares"}:
        assert knob in text, knob


def test_many_parts_and_windows(tmp_path):
    """A part of what was measured, in no more than its time."""
    if not (BUILD / "nf-stage").exists():
        pytest.skip("not built")

    def timed(*words, **given):
        start = time.monotonic()
        done = subprocess.run([BUILD / "nf-stage", *words],
                              capture_output=True, text=True, **given)
        assert done.returncode in (0, 75), done.stderr
        return time.monotonic() - start, done.stdout

    run = f"file://{tmp_path}/run"
    lines = "".join(f'{{"NFeNumber":{i}}}\n' for i in range(1000))
    timed("put", "-q", "--emit=none", "--unsealed",
          "--part-records", "1", run, input=lines)
    size = (tmp_path / "run/_nf/manifest.json").stat().st_size
    near(size / 1000, 221)
    seconds, out = timed("cat", "-q", "--no-seal", "--part", "1/64", run)
    assert seconds < 20 and len(out.splitlines()) >= 15
    (tmp_path / "j.json").write_text(json.dumps({
        "nf_job": 1, "name": "j", "source": "s.json", "mapping": "m.json",
        "window": {"every": "1h", "since": "2020-01-01T0000"},
        "stage": f"file://{tmp_path}/staged", "target": "sqlite:t.db"}))
    seconds, out = timed("days", "-q", "--now", "2026-01-01T00:00:00Z",
                         tmp_path / "j.json")
    assert seconds < 20 and len(out.splitlines()) > 50_000
