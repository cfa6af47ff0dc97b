# SPDX-License-Identifier: Apache-2.0
"""transform + load against the reference architecture's job, beside
pipeline.sh."""

import glob
import os
import shutil

from .race import Run
from .races import load_command, raced_loads, transform_command

PART = 50000  # invoices: a part for each of two cores


def submit(bench, *arguments):
    return ["env", "PYSPARK_PYTHON=" + bench.python,
            os.path.join(bench.cache, "venv/bin/spark-submit"), "--master",
            "local[2]", *arguments]


def connector(bench, path):
    jars = ",".join(sorted(glob.glob(os.path.join(bench.cache, "jars/*"))))
    return lambda target: [submit(bench, "--jars", jars,
                                  bench.peer("load_spark.py"), target.port,
                                  path)]


def ours(bench):
    return lambda target: [transform_command(bench, "flat.json"),
                           load_command(bench)]


def staged(bench):
    """name -> commands(target) of what loads a committed run."""
    where = ["--stage", "file://" + bench.path("spark-run"),
             "--to", load_command(bench)[1]]
    return {
        "pipeline.sh load": lambda target: [
            ["env", "NF_BIN=" + os.path.abspath(bench.tools),
             os.path.join(bench.root, "pipeline.sh"), "load", *where,
             "-m", bench.mapping("flat.json")]],
    }


def spark(bench, count):
    path = bench.data("small", count)
    run_of = bench.path("spark-run")
    bench.run(Run([[bench.tool("nf-stage"), "put", "--unsealed",
                    "--emit=none", "--part-records", str(PART),
                    "file://" + run_of]], stdin=path))
    contenders = {"nf-transform | nf-load": ours(bench),
                  "Spark local[2] + spark-bigtable": connector(bench, path)}
    if not bench.quick:
        contenders.update(staged(bench))
    try:
        return raced_loads(
            bench, "spark", "transform + load against Spark",
            "100k invoices", path, count / 1e5, contenders,
            f"{count} small invoices to one row of 8 cells an item, null "
            "server. pipeline.sh loads a committed run of two parts, whose "
            "cells have the run's time. Memory: all processes together, "
            "sampled (PSS) or the sum of their peaks, whichever is more",
            1 if bench.quick else None, sampled=True)
    finally:
        shutil.rmtree(run_of, ignore_errors=True)
