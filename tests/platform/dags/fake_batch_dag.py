# SPDX-License-Identifier: Apache-2.0
"""Dataproc as far as the DAG can tell, if NF_FAKE_BATCH is set: the states
that batches end in, by try.  What is submitted must be a Batch, is written
to NF_FAKE_BATCH_LOG, and loads what it says when it succeeds.  (Airflow
reads this file because it is beside a dag.)
"""

import json
import os
import subprocess
import types

if os.environ.get("NF_FAKE_BATCH"):
    from airflow.providers.google.cloud.hooks.dataproc import DataprocHook
    from google.api_core.exceptions import AlreadyExists
    from google.cloud.dataproc_v1 import Batch

    submitted = {}

    def create_batch(self, *, batch, batch_id, **_):
        if batch_id in submitted:
            raise AlreadyExists(batch_id)
        batch = Batch(batch)
        submitted[batch_id] = batch
        with open(os.environ["NF_FAKE_BATCH_LOG"], "a") as f:
            f.write(json.dumps({"id": batch_id, **Batch.to_dict(batch)})
                    + "\n")
        return types.SimpleNamespace(metadata=types.SimpleNamespace(
            batch=f"projects/p/locations/r/batches/{batch_id}"))

    def wait_for_batch(self, *, batch_id, **_):
        batch = submitted[batch_id]
        states = os.environ["NF_FAKE_BATCH"].split(",")
        batch.state = states[int(batch_id.rpartition("-")[2]) - 1]
        if batch.state == Batch.State.SUCCEEDED:
            args = list(batch.pyspark_batch.args)
            given = dict(zip(args[::2], args[1::2]))
            for n in range(int(given["--shares"])):
                subprocess.run(
                    [os.path.join(os.environ["NF_BIN"], "nf-pipeline"),
                     "load", os.path.join(os.environ["NF_JOBS"],
                                          given["--job"] + ".job.json"),
                     "--window", *given["--window"].split(),
                     "--part", f"{n + 1}/{given['--shares']}"],
                    check=True, stdin=subprocess.DEVNULL)
        return batch

    DataprocHook.create_batch = create_batch
    DataprocHook.wait_for_batch = wait_for_batch
