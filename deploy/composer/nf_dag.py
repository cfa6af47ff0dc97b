# SPDX-License-Identifier: Apache-2.0
"""One DAG a source in NF_SOURCES: fetch and stage its interval, load it,
compare.  For Airflow 2.10 and 3.

    fetch -> shares -> size -> load (mapped) -> audit
                            -> spark          /

The interval is a true one on both (CronDataIntervalTimetable: in Airflow 3 a
cron string has start == end, and nothing would be fetched).  The run id is
made of the source and the interval, never of Airflow's run_id, so running an
interval again finds its staged run.  XCom carries shares, not addresses: a
run may have any number of parts.
"""

import datetime
import hashlib
import json
import os
import re
import shlex
from typing import Any

try:
    from airflow.sdk import DAG, Asset, task
except ImportError:  # Airflow 2.10
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
from airflow.exceptions import AirflowFailException
from airflow.timetables.interval import CronDataIntervalTimetable

import nf_bundle
import nf_job
from nf_operator import NfOperator, on_failure, run_pipeline

MAX_SHARES = int(os.environ.get("NF_SHARES", "64"))
# From so many bytes of records on, Spark loads; 0: never.
SPARK_BYTES = int(os.environ.get("NF_SPARK_BYTES", "0"))
POOL = os.environ.get("NF_POOL", "default_pool")
RETRY_DELAY = datetime.timedelta(
    seconds=int(os.environ.get("NF_RETRY_DELAY", "60")))
DEFAULT_SCHEDULE = "0 3 * * *"


def macro_window(start: Any, end: Any) -> nf_job.Window:
    """The interval as a window; a run without one has nothing to fetch."""
    utc = datetime.timezone.utc
    try:
        if start is None or end is None:
            raise nf_job.ConfigError("this run has no data interval")
        return nf_job.Window(start.astimezone(utc), end.astimezone(utc))
    except nf_job.ConfigError as e:
        raise AirflowFailException(str(e)) from e


def macro_run(name: str, start: Any, end: Any) -> str:
    return nf_job.run_id(name, macro_window(start, end))


def macro_args(name: str, start: Any, end: Any) -> str:
    """Arguments of nf-fetch for the interval, quoted for bash."""
    return shlex.join(nf_job.fetch_args(nf_job.source(name),
                                        macro_window(start, end)))


def mapping_path(name: str) -> str:
    """A mapping in the environment's bucket, else one of the bundle."""
    data = os.environ.get("NF_MAPPINGS", "/home/airflow/gcs/data/mappings")
    path = os.path.join(data, name)
    if os.path.exists(path):
        return path
    share = nf_bundle.bin_dir().parent / "share/nf-tools/mappings" / name
    return str(share)


def shares_of(stage: str, most: int) -> list[str]:
    """The shares to load the run by: "1/M" ... "M/M", at most most."""
    code, found = nf_job.manifest(nf_bundle.bin_dir(), stage)
    if code != 0:
        raise RuntimeError(f"the manifest cannot be read: exit {code}")
    of = min(len(found["parts"]), most)
    return [f"{n}/{of}" for n in range(1, of + 1)]


def bytes_of(stage: str) -> int:
    """Bytes of the records of a committed run."""
    code, found = nf_job.manifest(nf_bundle.bin_dir(), stage)
    if code != 0:
        raise RuntimeError(f"the manifest cannot be read: exit {code}")
    return int(found["raw_size"])


def batch_id(run: str, number: int) -> str:
    """4 to 63 of [a-z0-9-]; another one each try, for a batch that failed
    keeps its name."""
    digest = hashlib.sha256(run.encode()).hexdigest()[:10]
    plain = re.sub(r"[^a-z0-9]+", "-", run.lower()).strip("-")
    return f"nf-{plain[:40].rstrip('-')}-{digest}-{number}"


def batch(source: str, stage: str) -> dict[str, Any]:
    """What the Spark operator submits."""
    artifacts = os.environ.get("NF_SPARK_ARTIFACTS", "gs://unset")
    version = os.environ.get("NF_VERSION", "0.1.0")
    return {
        "pyspark_batch": {
            "main_python_file_uri": f"{artifacts}/spark/driver.py",
            "python_file_uris": [f"{artifacts}/spark/nf_job.py",
                                 f"{artifacts}/spark/nf_report.py"],
            "archive_uris":
                [f"{artifacts}/spark/nf-bundle-{version}.tar.gz#nf"],
            "args": ["--stage", stage, "--source", source,
                     "--mapping", nf_job.source(source).mapping,
                     "--to", os.environ.get("NF_TARGET", "")],
        },
        "runtime_config": {
            "version": "2.3",
            "properties": {
                "spark.executor.cores": "4",
                "spark.executor.memoryOverhead": "2056m",
                "spark.dynamicAllocation.maxExecutors": "8",
                "spark.speculation": "false",
                "spark.executorEnv.NF_REPORT":
                    os.environ.get("NF_REPORT", "off"),
            },
        },
        "environment_config": {"execution_config": {
            "service_account": os.environ.get("NF_SPARK_ACCOUNT", ""),
            "subnetwork_uri": os.environ.get("NF_SPARK_SUBNET", ""),
            "staging_bucket": os.environ.get("NF_SPARK_BUCKET", ""),
            "ttl": {"seconds": 4 * 3600},
        }},
    }


def on_spark(name: str, stage: str, run: str) -> Any:
    """The task that loads with Spark."""
    from airflow.providers.google.cloud.operators.dataproc import \
        DataprocCreateBatchOperator
    words = run.removeprefix("{{ ").removesuffix(" }}")
    return DataprocCreateBatchOperator(
        task_id="spark", project_id=os.environ.get("NF_PROJECT", ""),
        region=os.environ.get("NF_REGION", ""), batch=batch(name, stage),
        batch_id=f"{{{{ nf_batch({words}, ti.try_number) }}}}",
        deferrable=os.environ.get("NF_DEFERRABLE") == "true")


def make(name: str) -> DAG:
    """The DAG of a source."""
    source = nf_job.source(name)
    known = json.loads(os.environ["NF_SOURCES"])[name]
    interval = "data_interval_start, data_interval_end"
    run = f'{{{{ nf_run("{name}", {interval}) }}}}'
    stage = os.environ["NF_STAGING"].rstrip("/") + "/" + run
    target = os.environ["NF_TARGET"]
    mapping = mapping_path(source.mapping)
    common = {"source": name, "run_name": run}

    dag = DAG(
        f"nf_{name}",
        schedule=CronDataIntervalTimetable(
            known.get("schedule") or DEFAULT_SCHEDULE,
            timezone=known.get("time_zone") or "America/Sao_Paulo"),
        start_date=datetime.datetime(2021, 1, 1,
                                     tzinfo=datetime.timezone.utc),
        catchup=False, max_active_runs=1, tags=["nf-tools"],
        render_template_as_native_obj=False,
        user_defined_macros={"nf_run": macro_run, "nf_args": macro_args,
                             "nf_batch": batch_id},
        default_args={"retries": 2, "retry_delay": RETRY_DELAY,
                      "retry_exponential_backoff": True,
                      "on_failure_callback": on_failure})
    with dag:
        words = f'{{{{ nf_args("{name}", {interval}) }}}}'
        fetch = NfOperator(
            task_id="fetch", **common, pool=POOL,
            bash_command=run_pipeline("fetch", "--from", source.url,
                                      "--stage", stage, "--skip-if-empty",
                                      more=f"-- {words}"))

        @task(task_id="shares")
        def shares(stage: str) -> list[str]:
            return shares_of(stage, MAX_SHARES)

        found = shares(stage)
        fetch >> found
        load = NfOperator.partial(
            task_id="load", **common,
            outlets=[Asset(target.replace("bigtable://", "x-bigtable://"))],
            bash_command=run_pipeline("load", "--stage", stage, "-m", mapping,
                                      "--to", target,
                                      more='--part "$NF_PART"'),
        ).expand_kwargs(found.map(lambda s: {"part": s,
                                             "env": {"NF_PART": s}}))
        audit = NfOperator(
            task_id="audit", **common,
            trigger_rule="none_failed_min_one_success",
            output_processor=str,
            bash_command=f"set -o pipefail\nnf-stage cat '{stage}' |"
            f" nf-transform -m '{mapping}' | nf-load diff '{target}'")
        if SPARK_BYTES:
            spark = on_spark(name, stage, run)

            @task.branch(task_id="size")
            def size(stage: str) -> str:
                return "spark" if bytes_of(stage) >= SPARK_BYTES else "load"

            found >> size(stage) >> [load, spark] >> audit
        load >> audit
    return dag


for _name in json.loads(os.environ.get("NF_SOURCES", "{}")):
    globals()[f"nf_{_name}"] = make(_name)
