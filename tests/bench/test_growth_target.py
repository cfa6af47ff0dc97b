# SPDX-License-Identifier: Apache-2.0
"""Ten times the rows, tables, columns, keys or parts take about ten times the
instructions, in nf-load and nf-stage."""

import json
import random
import shutil
import subprocess

import pytest

import instructions
from test_growth import LINEAR

TS = 1795456800000000


def line(row, cells, table="t"):
    return json.dumps({"table": table, "row": row, "ts": TS,
                       "cells": {"f": cells}}) + "\n"


def rows(order):
    def make(n):
        numbers = list(range(n))
        if order == "in no order":
            random.Random(7).shuffle(numbers)
        return 1, "".join(line(f"{k:08}", {"q": "v"}) for k in numbers)
    return make


def tables(n):
    """Rows of all in turn, so that each is looked up from afar."""
    return n, "".join(line("r%d" % (k // n), {"q": "v"}, f"t{k % n}")
                      for k in range(10 * n))


def columns(order):
    """Few rows of n columns, which come in another order in each."""
    def make(n):
        names = [f"column_{k:05}" for k in range(n)]
        out = []
        for k in range(4):
            out.append(line(f"r{k}", dict.fromkeys(names, "v")))
            if order == "in no order":
                random.Random(k).shuffle(names)
        return 1, "".join(out)
    return make


LOADS = {"rows in order": (rows("in order"), 300),
         "rows in no order": (rows("in no order"), 1500),
         "tables": (tables, 10),
         "columns in no order": (columns("in no order"), 90)}


def need_valgrind():
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind")


def loaded(make, n, folder):
    """The instructions for the lines, loaded once more: the views of the
    tables are there."""
    count, text = make(n)
    mapping = folder / "m.json"
    mapping.write_text(json.dumps({"nf_mapping": 1, "tables": {
        "t" if count == 1 else f"t{k}": {"families": {"f": {}}}
        for k in range(count)}}))
    target = folder / f"{n}.db"
    load = [instructions.BUILD / "nf-load", "-q", f"sqlite:{target}"]
    subprocess.run([load[0], "create", "-q", "-m", mapping, load[2]],
                   check=True)
    subprocess.run(load, input=text.encode(), check=True)
    return instructions.count(load, text.encode()) - instructions.count(load)


@pytest.mark.parametrize("name", LOADS)
def test_growth_of_a_load(name, tmp_path):
    need_valgrind()
    make, n = LOADS[name]
    small, large = (loaded(make, size, tmp_path) for size in (n, 10 * n))
    print(f"{name}: {small} to {large}: {large / small:.1f}")
    # A deeper tree of a database is a little more for each row.
    assert small > 0 and large < 1.15 * LINEAR * small


@pytest.mark.parametrize("verb", ("keys", "put", "cat", "verify"))
def test_growth_of_what_is_read(verb, tmp_path):
    """Keys of a scan; parts of a run."""
    need_valgrind()
    count = []
    for n in (40, 400):
        run = f"file://{tmp_path}/run{n}"
        text = "".join(json.dumps({"a": k}) + "\n" for k in range(n))
        stage = [instructions.BUILD / "nf-stage"]
        put = [*stage, "put", "-q", "--emit=none", "--part-records", "1", run]
        if verb == "keys":
            keys = tmp_path / "keys"
            keys.write_text("".join(f"{k:08}\n" for k in range(10 * n)))
            load = instructions.BUILD / "nf-load"
            subprocess.run([load, "create", "-q", "-t", "t", "-f", "f",
                            f"sqlite:{tmp_path}/k.db"], check=True)
            count.append(instructions.count([
                load, "scan", "-q", "-t", "t", "--keys", keys,
                f"sqlite:{tmp_path}/k.db"]))
        elif verb == "put":
            count.append(instructions.count([*put, "--unsealed"],
                                            text.encode()))
        else:
            subprocess.run([*put, "--unsealed"], input=text.encode(),
                           check=True)
            count.append(instructions.count([*stage, verb, "-q", run]))
    print(f"{verb}: {count}")
    assert count[1] < LINEAR * count[0]
